//! The checks of a server before a session: everything that a follower needs, or the error that names the statement which
//! mends it.
//!
//! ```text
//! server ──> role ──> publication ──> table ──> columns ──> replica identity ──> Table
//! ```
//! All answers are texts of catalogs that `PostgreSQL` 14 has. Views of newer ones are read as JSON, where a column may be
//! missing.

use super::connection::{Connection, TextRow};
use super::error::FollowError;
use super::options::FollowOptions;
use super::table::{ColumnType, Table};
use super::unfit::{Unfit, quoted_text};

/// Checks the server for a table, by the names in the options and the columns of a record.
pub(super) async fn check(
    connection: &mut Connection,
    options: &FollowOptions,
    columns: &'static [&'static str],
) -> Result<Table, FollowError> {
    let server = Server::read(connection).await?;
    check_publication(connection, options).await?;
    let mut table = read_table(connection, options, &server.role).await?;
    check_published(connection, options, &mut table, columns).await?;
    read_columns(connection, &server.role, &mut table, columns).await?;
    check_identity(connection, &table, columns).await?;
    table.block_bytes = server.block_bytes;
    table.segment_bytes = server.segment_bytes;
    table.keeps_wal_unbounded = server.keeps_wal_unbounded;
    Ok(table)
}

/// The one row of a statement.
async fn row(connection: &mut Connection, sql: &str) -> Result<TextRow, FollowError> {
    let rows = connection.query(sql).await?;
    rows.into_iter().next().ok_or(FollowError::Malformed { reason: "result without its row" })
}

fn text(row: &mut TextRow, column: usize) -> String {
    row.get_mut(column).and_then(Option::take).unwrap_or_default()
}

fn number<T: std::str::FromStr>(row: &mut TextRow, column: usize) -> Result<T, FollowError> {
    text(row, column).parse().map_err(|_| FollowError::Malformed { reason: "result without its number" })
}

fn is_true(row: &TextRow, column: usize) -> bool {
    row.get(column).and_then(Option::as_deref) == Some("t")
}

struct Server {
    role: String,
    block_bytes: u64,
    segment_bytes: u64,
    keeps_wal_unbounded: bool,
}

impl Server {
    async fn read(connection: &mut Connection) -> Result<Self, FollowError> {
        const SQL: &str = "select current_setting('server_version_num'), current_setting('server_version'), \
            current_setting('wal_level'), current_user, current_setting('wal_block_size'), \
            pg_size_bytes(current_setting('wal_segment_size')), current_setting('max_slot_wal_keep_size') = '-1'";
        let mut row = row(connection, SQL).await?;
        if number::<u32>(&mut row, 0)? < 140_000 {
            return Err(Unfit::Version { got: text(&mut row, 1) }.into());
        }
        let wal_level = text(&mut row, 2);
        if wal_level != "logical" {
            return Err(Unfit::WalLevel { got: wal_level }.into());
        }
        Ok(Self {
            role: text(&mut row, 3),
            block_bytes: number(&mut row, 4)?,
            segment_bytes: number(&mut row, 5)?,
            keeps_wal_unbounded: is_true(&row, 6),
        })
    }
}

async fn check_publication(connection: &mut Connection, options: &FollowOptions) -> Result<(), FollowError> {
    let sql = format!(
        "select concat_ws(', ', case when pubinsert then 'insert' end, case when pubupdate then 'update' end, \
         case when pubdelete then 'delete' end, case when pubtruncate then 'truncate' end) \
         from pg_publication where pubname = {}",
        quoted_text(&options.publication)
    );
    let publication = options.publication.clone();
    let Some(mut row) = connection.query(&sql).await?.into_iter().next() else {
        return Err(Unfit::PublicationMissing { publication, table: options.table.clone() }.into());
    };
    match text(&mut row, 0) {
        operations if operations == "insert, update, delete, truncate" => Ok(()),
        got => Err(Unfit::Operations { publication, got }.into()),
    }
}

async fn read_table(connection: &mut Connection, options: &FollowOptions, role: &str) -> Result<Table, FollowError> {
    let sql = format!(
        "select c.oid, format('%I.%I', n.nspname, c.relname), n.nspname, c.relname, c.relkind, c.relpersistence, \
         row_security_active(c.oid), (select sum(p.reltuples)::bigint from pg_class p where p.relkind = 'r' and \
         p.reltuples >= 0 and (p.oid = c.oid or p.oid in (select relid from pg_partition_tree(c.oid)))) \
         from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = to_regclass({})",
        quoted_text(&options.table)
    );
    let Some(mut row) = connection.query(&sql).await?.into_iter().next() else {
        return Err(Unfit::TableMissing { table: options.table.clone() }.into());
    };
    let (kind, persistence) = (text(&mut row, 4), text(&mut row, 5));
    let name = text(&mut row, 1);
    let unfit = match (kind.as_str(), persistence.as_str()) {
        ("r" | "p", "p") => None,
        ("r", "u") => Some("an unlogged table"),
        ("r" | "p", _) => Some("a temporary table"),
        ("v" | "m", _) => Some("a view"),
        ("f", _) => Some("a foreign table"),
        _ => Some("something else"),
    };
    if let Some(got) = unfit {
        return Err(Unfit::NotATable { table: name, got }.into());
    }
    if is_true(&row, 6) {
        return Err(Unfit::RowSecurity { role: role.to_owned() }.into());
    }
    Ok(Table {
        id: number(&mut row, 0)?,
        name,
        schema_text: text(&mut row, 2),
        name_text: text(&mut row, 3),
        is_partitioned: kind == "p",
        rows_expected: text(&mut row, 7).parse().ok(),
        publication: options.publication.clone(),
        asked_name: options.table.clone(),
        ..Table::default()
    })
}

/// Checks that the publication has the table and its columns, and reads its row filter.
async fn check_published(
    connection: &mut Connection,
    options: &FollowOptions,
    table: &mut Table,
    columns: &'static [&'static str],
) -> Result<(), FollowError> {
    let publication = options.publication.clone();
    let listed: Vec<String> = columns.iter().map(|column| quoted_text(column)).collect();
    let sql = format!(
        "select to_jsonb(t) ->> 'rowfilter', (select min(c) from unnest(array[{}]) c where to_jsonb(t) -> 'attnames' \
         is not null and not to_jsonb(t) -> 'attnames' ? c) from pg_publication_tables t where t.pubname = {} \
         and t.schemaname = {} and t.tablename = {}",
        listed.join(", "),
        quoted_text(&publication),
        quoted_text(&table.schema_text),
        quoted_text(&table.name_text),
    );
    let rows = connection.query(&sql).await?;
    if table.is_partitioned {
        let sql = format!("select pubviaroot from pg_publication where pubname = {}", quoted_text(&publication));
        if !is_true(&row(connection, &sql).await?, 0) {
            return Err(Unfit::Partitions { publication }.into());
        }
    }
    let Some(mut row) = rows.into_iter().next() else {
        return Err(Unfit::NotPublished { publication, table: table.name.clone() }.into());
    };
    table.filter = row.first_mut().and_then(Option::take);
    // The checks of columns come first: the table may not have the column, or may compute it.
    table.column_not_published = row.get_mut(1).and_then(Option::take);
    Ok(())
}

async fn read_columns(
    connection: &mut Connection,
    role: &str,
    table: &mut Table,
    columns: &'static [&'static str],
) -> Result<(), FollowError> {
    let sql = format!(
        "select a.attname, a.atttypid, a.atttypmod, a.attgenerated <> '' and current_setting('server_version_num')::int \
         < 180000, has_column_privilege(a.attrelid, a.attnum, 'select') from pg_attribute a where a.attrelid = {} and \
         a.attnum > 0 and not a.attisdropped",
        table.id
    );
    let mut rows = connection.query(&sql).await?;
    for &column in columns {
        let name = || (table.name.clone(), column.to_owned());
        let Some(row) = rows.iter_mut().find(|row| row.first().and_then(Option::as_deref) == Some(column)) else {
            let (table, column) = name();
            return Err(Unfit::ColumnMissing { table, column }.into());
        };
        if is_true(row, 3) {
            let (table, column) = name();
            return Err(Unfit::ColumnGenerated { table, column }.into());
        }
        if !is_true(row, 4) {
            let (table, column) = name();
            return Err(Unfit::Privilege { role: role.to_owned(), table, column }.into());
        }
        table.columns.push(ColumnType { name: column, type_id: number(row, 1)?, type_modifier: number(row, 2)? });
    }
    let Some(column) = table.column_not_published.take() else { return Ok(()) };
    let columns = columns.iter().map(|&column| column.to_owned()).collect();
    let (publication, table) = (table.publication.clone(), table.name.clone());
    Err(Unfit::ColumnNotPublished { publication, table, column, columns }.into())
}

/// Checks that the old row of each update of a key and of each delete has the job ID: in the table, or in each partition.
async fn check_identity(
    connection: &mut Connection,
    table: &Table,
    columns: &'static [&'static str],
) -> Result<(), FollowError> {
    let column = columns[0];
    let sql = format!(
        "select format('%I.%I', n.nspname, c.relname), c.relreplident from pg_class c join pg_namespace n on \
         n.oid = c.relnamespace where c.relkind = 'r' and (c.oid = {0} or c.oid in (select relid from \
         pg_partition_tree({0}))) and c.relreplident <> 'f' and not exists (select from pg_index i join pg_attribute a \
         on a.attrelid = i.indrelid and a.attnum = any ((i.indkey::int2[])[:i.indnkeyatts - 1]) where i.indrelid = c.oid \
         and a.attname = {1} and case c.relreplident when 'd' then i.indisprimary when 'i' then i.indisreplident \
         else false end) order by 1 limit 1",
        table.id,
        quoted_text(column)
    );
    let Some(mut row) = connection.query(&sql).await?.into_iter().next() else { return Ok(()) };
    let got = match text(&mut row, 1).as_str() {
        "d" => "default",
        "n" => "nothing",
        _ => "index",
    };
    Err(Unfit::ReplicaIdentity { table: text(&mut row, 0), column: column.to_owned(), got }.into())
}
