//! The table of a follower as the server has it, and the statements about it.

use super::lsn::Lsn;
use super::unfit::{quoted_name, quoted_text};

/// A table that was checked.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    pub(super) id: u32,
    /// The name in SQL, with its schema.
    pub(super) name: String,
    pub(super) schema_text: String,
    pub(super) name_text: String,
    /// The name by which the options ask for it.
    pub(super) asked_name: String,
    pub(super) publication: String,
    pub(super) is_partitioned: bool,
    pub(super) rows_expected: Option<u64>,
    /// The condition on rows that are published.
    pub(super) filter: Option<String>,
    /// The columns that the record needs, in its order.
    pub(super) columns: Vec<ColumnType>,
    /// A column that the record needs and the publication leaves out. Used by the checks.
    pub(super) column_not_published: Option<String>,
    pub(super) block_bytes: u64,
    pub(super) segment_bytes: u64,
    /// Whether the server keeps its log for a slot without a bound.
    pub(super) keeps_wal_unbounded: bool,
}

/// A column, and the type that its texts are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ColumnType {
    pub(super) name: &'static str,
    pub(super) type_id: u32,
    pub(super) type_modifier: i32,
}

impl Table {
    /// The statement that copies all rows that are published.
    pub(super) fn copy_sql(&self) -> String {
        let columns: Vec<String> = self.columns.iter().map(|column| quoted_name(column.name)).collect();
        // Tables that inherit are published by themselves, and partitions as their table.
        let only = if self.is_partitioned { "" } else { "only " };
        let filter = self.filter.as_ref().map(|filter| format!(" where ({filter})")).unwrap_or_default();
        format!("copy (select {} from {only}{}{filter}) to stdout", columns.join(", "), self.name)
    }

    /// The statement that asks for the position of the server, for the definition of table and publication as one text, and
    /// for the files of the table.
    ///
    /// The stream tells of no change of a definition. The version of each row of the catalogs is part of the text, so a
    /// definition that was changed and changed back is seen, too. The files change when the rows are written anew or removed
    /// without the stream: a change of a type, or a truncation of a partition.
    pub(super) fn probe_sql(&self) -> String {
        let columns: Vec<String> = self.columns.iter().map(|column| quoted_text(column.name)).collect();
        let (id, publication) = (self.id, quoted_text(&self.publication));
        format!(
            "select pg_current_wal_insert_lsn(), concat_ws('|', \
             (select concat_ws(':', p.oid, p.xmin) from pg_publication p where p.pubname = {publication}), \
             (select string_agg(concat_ws(':', r.oid, r.xmin), ',' order by r.oid) from pg_publication_rel r join \
             pg_publication p on p.oid = r.prpubid where p.pubname = {publication} and (r.prrelid = {id} or r.prrelid in \
             (select relid from pg_partition_ancestors({id})))), \
             (select count(*) from pg_publication_tables t where t.pubname = {publication} and t.schemaname = {schema} \
             and t.tablename = {name}), \
             (select string_agg(concat_ws(':', a.attname, a.attnum, a.xmin), ',' order by a.attnum) from pg_attribute a \
             where a.attrelid = {id} and a.attname = any (array[{columns}])), \
             (select concat_ws(':', c.relname, c.relnamespace, c.relreplident, c.relpersistence, c.relrowsecurity) from \
             pg_class c where c.oid = {id}), \
             to_regclass({asked})::oid), \
             (select string_agg(concat_ws(':', c.oid, c.relfilenode, c.relreplident), ',' order by c.oid) from pg_class c \
             where c.oid = {id} or c.oid in (select relid from pg_partition_tree({id})))",
            columns = columns.join(", "),
            schema = quoted_text(&self.schema_text),
            name = quoted_text(&self.name_text),
            asked = quoted_text(&self.asked_name),
        )
    }

    /// Whether a store under one definition stays right under the other. The files of a table without partitions don't
    /// matter: a change of a column's type changes the text, and a truncation is in the stream.
    pub(super) fn is_same(&self, one: &Definition, other: &Definition) -> bool {
        one.text == other.text && (!self.is_partitioned || one.files == other.files)
    }

    /// The position at which the newest record of the log ends, where the server says at which the next one begins: at the
    /// beginning of a page these differ by the page's head.
    pub(super) fn end_of_log(&self, insert: Lsn) -> Lsn {
        const SHORT_HEAD: u64 = 24;
        const LONG_HEAD: u64 = 40;
        let bytes = insert.as_u64();
        let head = bytes.checked_rem(self.block_bytes).unwrap_or(0);
        let is_first = (bytes - head).checked_rem(self.segment_bytes) == Some(0);
        match head {
            SHORT_HEAD if !is_first => Lsn::from_u64(bytes - head),
            LONG_HEAD if is_first => Lsn::from_u64(bytes - head),
            _ => insert,
        }
    }
}

/// The definition of a table and of its publication, as a probe has found it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Definition {
    pub(super) text: String,
    pub(super) files: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_after_the_head_of_a_page_is_that_before_it() {
        let table = Table { block_bytes: 8192, segment_bytes: 1 << 24, ..Table::default() };
        let page = 5 * 8192;
        let segment = 3 << 24;
        for (insert, end) in [
            (page + 24, page),
            (page + 40, page + 40),
            (page + 32, page + 32),
            (segment + 40, segment),
            (segment + 24, segment + 24),
            (page, page),
        ] {
            assert_eq!(table.end_of_log(Lsn::from_u64(insert)), Lsn::from_u64(end));
        }
        let unknown = Table::default();
        assert_eq!(unknown.end_of_log(Lsn::from_u64(24)), Lsn::from_u64(24));
    }

    #[test]
    fn names_of_any_form_are_quoted_in_a_copy() {
        let column = |name| ColumnType { name, type_id: 25, type_modifier: -1 };
        let table = Table {
            name: "public.\"My Jobs\"".into(),
            columns: vec![column("id"), column("a\"b")],
            filter: Some("(id < 'm'::text)".into()),
            ..Table::default()
        };
        assert_eq!(
            table.copy_sql(),
            "copy (select \"id\", \"a\"\"b\" from only public.\"My Jobs\" where ((id < 'm'::text))) to stdout"
        );
    }
}
