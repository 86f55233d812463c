//! The service's job as a row of its table: the columns of the library's [`Job`], and the times.

use chrono::{DateTime, SecondsFormat, Utc};
use jobdex::Job;
use jobdex::follow::{Cell, FromRow, Row, RowError};
use tokio_postgres::types::ToSql;

use super::errors::TableError;
use crate::job::{LiveJob, Times};

/// The columns of [`Job`], which come first.
const SHOWN: usize = Job::COLUMNS.len();
const START: usize = SHOWN;
const END: usize = SHOWN + 1;

impl FromRow for LiveJob {
    const COLUMNS: &'static [&'static str] = &columns();

    fn from_row(row: &Row<'_>, before: Option<&Self>) -> Result<Self, RowError> {
        let cells: [Cell<'_>; SHOWN] = std::array::from_fn(|column| row.cell(column));
        let shown = Job::from_row(&Row::new(Job::COLUMNS, &cells), before.map(|job| &job.shown))?;
        let times = match (row.cell(START), row.cell(END)) {
            (Cell::Null, Cell::Null) => None,
            _ => Some(Times { start: row.time(START)?, end: row.time(END)? }),
        };
        match times {
            Some(times) if times.end <= times.start => Err(row.unfit(END, "a time after start_time")),
            times => Ok(Self { shown, times }),
        }
    }
}

const fn columns() -> [&'static str; END + 1] {
    let mut columns = [""; END + 1];
    let (shown, _) = columns.split_at_mut(SHOWN);
    shown.copy_from_slice(Job::COLUMNS);
    columns[START] = "start_time";
    columns[END] = "end_time";
    columns
}

/// Selects one job, with its row locked until the transaction ends.
pub(super) fn select_sql() -> String {
    let columns: Vec<String> = LiveJob::COLUMNS.iter().map(|column| format!("{column}::text")).collect();
    format!("select {} from jobs where job_id = $1 for update", columns.join(", "))
}

/// Reads a row of [`select_sql`].
///
/// # Errors
/// [`RowError`] if the row is no job, which only another program can have written.
pub(super) fn job_of(row: &tokio_postgres::Row) -> Result<LiveJob, RowError> {
    let texts: Vec<Option<&str>> = (0..LiveJob::COLUMNS.len()).map(|column| row.get(column)).collect();
    let cells: Vec<Cell<'_>> = texts.into_iter().map(|text| text.map_or(Cell::Null, Cell::Text)).collect();
    LiveJob::from_row(&Row::new(LiveJob::COLUMNS, &cells), None)
}

/// Inserts jobs, one in each place of the lists of [`Columns`].
pub(super) const INSERT_SQL: &str = "insert into jobs (job_id, name, template_type, template_id, template_name, start_mode, \
    status, stream_input, output_stream, create_time, start_time, end_time) select * from unnest($1::text[], $2::text[], \
    $3::text[], $4::text[], $5::text[], $6::int2[], $7::int2[], $8::text[]::jsonb[], $9::text[]::jsonb[], \
    $10::text[]::timestamptz[], $11::text[]::timestamptz[], $12::text[]::timestamptz[])";

/// Writes what an action may change of a job.
pub(super) const UPDATE_SQL: &str = "update jobs set name = $2, status = $3, stream_input = $4::text::jsonb, \
    output_stream = $5::text::jsonb, start_time = $6::text::timestamptz, end_time = $7::text::timestamptz where job_id = $1";

pub(super) const DELETE_SQL: &str = "delete from jobs where job_id = $1";

/// Values of several jobs, a list for each column.
#[derive(Default)]
pub(super) struct Columns<'a> {
    texts: [Vec<&'a str>; 5],
    codes: [Vec<i16>; 2],
    jsons: [Vec<String>; 2],
    create_times: Vec<String>,
    times: [Vec<Option<String>>; 2],
}

impl<'a> Columns<'a> {
    pub(super) fn of(jobs: &'a [LiveJob]) -> Self {
        let mut columns = Self::default();
        for LiveJob { shown, times } in jobs {
            let texts =
                [&shown.job_id, &shown.name, shown.template_type.as_str(), &shown.template_id, &shown.template_name];
            push(&mut columns.texts, texts);
            push(&mut columns.codes, [shown.start_mode.code().into(), shown.status.code().into()]);
            push(&mut columns.jsons, [json(&shown.stream_input), json(&shown.output_stream)]);
            columns.create_times.push(time_text(shown.create_time));
            push(
                &mut columns.times,
                [times.map(|times| time_text(times.start)), times.map(|times| time_text(times.end))],
            );
        }
        columns
    }

    /// The parameters of [`INSERT_SQL`].
    pub(super) fn params(&self) -> Vec<&(dyn ToSql + Sync)> {
        let mut params: Vec<&(dyn ToSql + Sync)> = Vec::with_capacity(LiveJob::COLUMNS.len());
        params.extend(self.texts.iter().map(|list| list as &(dyn ToSql + Sync)));
        params.extend(self.codes.iter().map(|list| list as &(dyn ToSql + Sync)));
        params.extend(self.jsons.iter().map(|list| list as &(dyn ToSql + Sync)));
        params.push(&self.create_times);
        params.extend(self.times.iter().map(|list| list as &(dyn ToSql + Sync)));
        params
    }
}

fn push<T, const N: usize>(lists: &mut [Vec<T>; N], values: [T; N]) {
    for (list, value) in lists.iter_mut().zip(values) {
        list.push(value);
    }
}

/// A time, to the microsecond that the database keeps.
pub(super) fn time_text(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// The JSON of a field of a job.
pub(super) fn json(field: &impl serde::Serialize) -> String {
    serde_json::to_string(field).expect("a field of a job consists of texts and lists")
}

/// Checks what the API takes and a database can't hold: the character U+0000.
///
/// # Errors
/// [`TableError::Job`] with the field.
pub(super) fn check(job: &LiveJob) -> Result<(), TableError> {
    let shown = &job.shown;
    let texts = [
        ("JobId", &shown.job_id),
        ("Name", &shown.name),
        ("TemplateId", &shown.template_id),
        ("TemplateName", &shown.template_name),
        ("StreamInput", &shown.stream_input.input_url),
    ];
    match texts.into_iter().find(|(_, text)| text.contains('\0')) {
        Some((field, _)) => Err(TableError::Job(format!("{field} has the character U+0000"))),
        None => Ok(()),
    }
}
