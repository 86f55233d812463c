//! `SQLite` in memory, with prepared statements.
//!
//! * The rowid is a [`key`](super) that sorts by creation, so each index ends in the order of the list, and the
//!   full-text index gives its matches in that order too.
//! * One index for each set of filters that is asked for. `OFFSET` walks in the index alone.
//! * Totals without a keyword are sums of counters, which triggers keep.
//! * Names are in FTS5 with the trigram tokenizer. A keyword of two characters has no trigram, so it walks over the names.
//!
//! Under readers beside a writer, each thread has a connection to one database in memory by a shared cache, and reads
//! what is not committed yet: otherwise a list is refused while a write holds the table. A file with a write-ahead log that
//! is not synced was tried too: as many lists, and a quarter of the writes.

use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use jobdex::{Facet, Job};
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params, params_from_iter};

use super::{can_literally, keyed};
use crate::asks::Ask;
use crate::baseline::keyword::fold;
use crate::common::requests::Request;
use crate::grams::gram_len;
use crate::peer::{Answer, Can, HasId, Peer, Shared, in_turn};

const TABLES: &str = "
    create table jobs (
        key integer primary key, id text not null, name text not null, folded text not null,
        template_type integer not null, template_id text not null, template_name text not null,
        start_mode integer not null, status integer not null,
        stream_input text not null, output_stream text not null, created integer not null
    );
    create table counters (
        status integer, template_type integer, start_mode integer, jobs integer not null,
        primary key (status, template_type, start_mode)
    ) without rowid;
    create virtual table names using
        fts5(folded, content = 'jobs', content_rowid = 'key', tokenize = 'trigram case_sensitive 1');
";

/// What is made once the rows are there, because that is faster than row by row.
const INDEXES: &str = "
    create unique index by_id on jobs (id);
    create index by_status on jobs (status);
    create index by_type on jobs (template_type);
    create index by_mode on jobs (start_mode);
    create index by_status_and_type on jobs (status, template_type);
    create index by_all on jobs (status, template_type, start_mode);
    insert into counters
        select status, template_type, start_mode, count(*) from jobs group by status, template_type, start_mode;
    insert into names (names) values ('rebuild');
    insert into names (names) values ('optimize');
    create trigger inserted after insert on jobs begin
        insert into counters values (new.status, new.template_type, new.start_mode, 1)
            on conflict do update set jobs = jobs + 1;
        insert into names (rowid, folded) values (new.key, new.folded);
    end;
    create trigger deleted after delete on jobs begin
        update counters set jobs = jobs - 1
            where (status, template_type, start_mode) = (old.status, old.template_type, old.start_mode);
        insert into names (names, rowid, folded) values ('delete', old.key, old.folded);
    end;
    create trigger moved after update of status, template_type, start_mode on jobs begin
        update counters set jobs = jobs - 1
            where (status, template_type, start_mode) = (old.status, old.template_type, old.start_mode);
        insert into counters values (new.status, new.template_type, new.start_mode, 1)
            on conflict do update set jobs = jobs + 1;
    end;
    create trigger renamed after update of folded on jobs begin
        insert into names (names, rowid, folded) values ('delete', old.key, old.folded);
        insert into names (rowid, folded) values (new.key, new.folded);
    end;
    analyze;
";

const INSERT: &str = "insert into jobs values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
/// The statuses follow each other as their numbers do.
const UPDATE: &str = "update jobs set status = (status + 1) % 3 where id = ?1";
const COLUMNS: &str = "jobs.key, id, name, template_type, template_id, template_name, start_mode, status, stream_input, \
    output_stream, created";

/// More statements than there are shapes of requests, so that none is prepared twice.
const STATEMENTS: usize = 1_024;

pub(crate) struct Sqlite {
    connection: Connection,
}

/// A row as it comes from the table. The streams stay JSON.
#[expect(dead_code, reason = "a caller wants the whole job; these benches read only its ID and its place")]
pub(crate) struct JobRow {
    key: i64,
    id: String,
    name: String,
    template_type: u8,
    template_id: String,
    template_name: String,
    start_mode: u8,
    status: u8,
    stream_input: String,
    output_stream: String,
    created: i64,
}

impl HasId for JobRow {
    fn id(&self) -> &str {
        &self.id
    }
}

impl JobRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            key: row.get(0)?,
            id: row.get(1)?,
            name: row.get(2)?,
            template_type: row.get(3)?,
            template_id: row.get(4)?,
            template_name: row.get(5)?,
            start_mode: row.get(6)?,
            status: row.get(7)?,
            stream_input: row.get(8)?,
            output_stream: row.get(9)?,
            created: row.get(10)?,
        })
    }
}

/// Two statements with their parameters: the total, and the page.
pub(crate) struct Query {
    total: (String, Vec<Value>),
    page: (String, Vec<Value>),
}

impl Query {
    /// `behind` is the key of the last job of the page before.
    fn new(request: &Request, behind: Option<i64>) -> Self {
        let mut source = Source::new(request);
        let sum = if request.keyword.is_some() { "count(*) from " } else { "coalesce(sum(jobs), 0) from " };
        let total = (format!("select {sum}{}", source.counted), source.values.clone());
        let mut page = format!("select {COLUMNS} from {}", source.listed);
        if let Some(key) = behind {
            let word = if page.contains(" where ") { "and" } else { "where" };
            write!(page, " {word} jobs.key < ?").expect("a text takes all");
            source.values.push(Value::from(key));
        }
        let offset = if behind.is_some() { 0 } else { request.offset() };
        write!(page, " order by {} desc limit ? offset ?", source.order).expect("a text takes all");
        source
            .values
            .extend([request.page_len(), offset].map(|count| Value::from(i64::try_from(count).unwrap_or(i64::MAX))));
        Self { total, page: (page, source.values) }
    }
}

/// From which tables a request is answered, with its conditions.
struct Source {
    counted: String,
    listed: String,
    order: &'static str,
    values: Vec<Value>,
}

impl Source {
    fn new(request: &Request) -> Self {
        let mut values = Vec::new();
        let mut conditions = Vec::new();
        let keyword = request.keyword.as_deref().map(fold);
        let is_indexed = keyword.as_ref().is_some_and(|keyword| gram_len(keyword) == 3);
        if let Some(keyword) = keyword {
            conditions.push(if is_indexed { "names match ?" } else { "instr(folded, ?) > 0" }.to_owned());
            let phrase = format!("\"{}\"", keyword.replace('"', "\"\""));
            values.push(Value::from(if is_indexed { phrase } else { keyword }));
        }
        add_filter("status", &request.statuses, &mut conditions, &mut values);
        add_filter("template_type", &request.template_types, &mut conditions, &mut values);
        add_filter("start_mode", &request.start_modes, &mut conditions, &mut values);
        let filters =
            [!request.statuses.is_empty(), !request.template_types.is_empty(), !request.start_modes.is_empty()];
        let joined = format!("names cross join jobs {} on jobs.key = names.rowid", index_of(filters));
        let (counted, listed, order) = match (is_indexed, request.keyword.is_some()) {
            (true, _) if filters == [false; 3] => ("names", joined.as_str(), "names.rowid"),
            (true, _) => (joined.as_str(), joined.as_str(), "names.rowid"),
            (false, true) => ("jobs", "jobs", "jobs.key"),
            (false, false) => ("counters", "jobs", "jobs.key"),
        };
        let condition =
            if conditions.is_empty() { String::new() } else { format!(" where {}", conditions.join(" and ")) };
        Self { counted: format!("{counted}{condition}"), listed: format!("{listed}{condition}"), order, values }
    }
}

/// The index in which a job with a keyword is looked up by its filters (status, type, start mode) and its key. Rows of
/// the table are longer, so fewer of them are in the cache of the processor.
fn index_of(filters: [bool; 3]) -> &'static str {
    match filters {
        [true, false, false] => "indexed by by_status",
        [false, true, false] => "indexed by by_type",
        [false, false, true] => "indexed by by_mode",
        [true, true, false] => "indexed by by_status_and_type",
        [true, true, true] => "indexed by by_all",
        _ => "",
    }
}

fn add_filter<F: Facet>(column: &str, chosen: &[F], conditions: &mut Vec<String>, values: &mut Vec<Value>) {
    match chosen {
        [] => return,
        [_] => conditions.push(format!("{column} = ?")),
        _ => conditions.push(format!("{column} in (?{})", ", ?".repeat(chosen.len() - 1))),
    }
    values.extend(chosen.iter().map(|value| Value::from(ordinal(*value))));
}

fn ordinal(value: impl Facet) -> i64 {
    i64::try_from(value.ordinal()).expect("a facet has few values")
}

fn list(connection: &Connection, query: &Query) -> Answer<JobRow> {
    let prepared = |sql: &str| connection.prepare_cached(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    let total: i64 = prepared(&query.total.0)
        .query_row(params_from_iter(&query.total.1), |row| row.get(0))
        .expect("the statement gives one number");
    let mut statement = prepared(&query.page.0);
    let rows = statement.query_map(params_from_iter(&query.page.1), JobRow::read).expect("the parameters fit");
    let page = rows.collect::<Result<Vec<_>, _>>().expect("the columns have these types");
    Answer { total: u64::try_from(total).expect("a count is not negative"), page }
}

fn update(connection: &Connection, id: &str) {
    let mut statement = connection.prepare_cached(UPDATE).expect("it is SQL");
    let changed = statement.execute([id]).expect("no other connection writes");
    assert_eq!(changed, 1, "no job {id}");
}

fn insert_all(connection: &Connection, jobs: Vec<Job>) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(INSERT)?;
    for (key, job) in keyed(jobs) {
        let [input, output] = [serde_json::to_string(&job.stream_input), serde_json::to_string(&job.output_stream)]
            .map(|text| text.expect("it is JSON"));
        statement.execute(params![
            i64::try_from(key).expect("the second of a key has 32 bits"),
            job.job_id,
            job.name,
            fold(&job.name),
            ordinal(job.template_type),
            job.template_id,
            job.template_name,
            ordinal(job.start_mode),
            ordinal(job.status),
            input,
            output,
            job.create_time.timestamp(),
        ])?;
    }
    Ok(())
}

impl Peer for Sqlite {
    type Query = Query;
    type Record = JobRow;
    type Shared = SharedSqlite;

    const NAME: &'static str = "SQLite";

    fn load(jobs: Vec<Job>) -> Self {
        let connection = Connection::open_in_memory().expect("memory is there");
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        connection.execute_batch(TABLES).expect("it is SQL");
        connection.execute_batch("begin").expect("it is SQL");
        insert_all(&connection, jobs).expect("keys and IDs differ");
        connection.execute_batch(INDEXES).expect("it is SQL");
        connection.execute_batch("commit").expect("it is SQL");
        Self { connection }
    }

    fn can(ask: &Ask) -> Can {
        can_literally(ask)
    }

    fn query(&self, ask: &Ask) -> Query {
        let last_before = |request: Request| list(&self.connection, &Query::new(&request, None)).page.pop();
        let behind = ask.page_before().and_then(last_before).map(|job| job.key);
        Query::new(&ask.request, behind)
    }

    fn list(&self, query: &Query) -> Answer<JobRow> {
        list(&self.connection, query)
    }

    fn update(&mut self, ids: &[String]) {
        for id in ids {
            update(&self.connection, id);
        }
    }

    /// The pages of the database, without those that the load left free.
    fn other_bytes(&self) -> usize {
        let pragma = |name: &str| -> i64 {
            self.connection.pragma_query_value(None, name, |row| row.get(0)).expect("each of them is a number")
        };
        let bytes = (pragma("page_count") - pragma("freelist_count")) * pragma("page_size");
        usize::try_from(bytes).expect("no count is negative")
    }

    fn share(self) -> SharedSqlite {
        let keeper = connect();
        self.connection.execute("vacuum into ?1", [SHARED]).expect("the shared database is empty");
        SharedSqlite { _keeper: Mutex::new(keeper) }
    }
}

/// A database in memory that lives as long as one connection does.
pub(crate) struct SharedSqlite {
    _keeper: Mutex<Connection>,
}

/// The name of the database for all connections of this process.
const SHARED: &str = "file:jobs?mode=memory&cache=shared";

fn connect() -> Connection {
    let connection = Connection::open(SHARED).expect("memory is there");
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.execute_batch("pragma read_uncommitted = on").expect("it is SQL");
    connection
}

impl Shared for SharedSqlite {
    type Query = Query;

    fn read(&self, queries: &[Query], stop: &AtomicBool) -> u64 {
        let connection = connect();
        in_turn(queries, stop, |query| drop(list(&connection, query)))
    }

    fn write(&self, ids: &[String], stop: &AtomicBool) -> u64 {
        let connection = connect();
        in_turn(ids, stop, |id| update(&connection, id))
    }
}
