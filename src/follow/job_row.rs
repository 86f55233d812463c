//! The API's job as a row of a table.

use serde::de::DeserializeOwned;

use super::row::{Cell, FromRow, Row, RowError};
use crate::job::{Job, StartMode, Status, TemplateType};

/// A table for the API's jobs, with columns of the names of the fields:
///
/// ```sql
/// create table jobs (
///     job_id        text primary key,
///     name          text        not null default '',
///     template_type text        not null,             -- normal, narrow-band, audio-only or origin
///     template_id   text        not null default '',
///     template_name text        not null default '',
///     start_mode    smallint    not null,             -- 0 (immediate) or 1 (scheduled)
///     status        smallint    not null,             -- 0 (not started), 1 (in progress) or 2 (stopped)
///     stream_input  jsonb       not null default '{}',
///     output_stream jsonb       not null default '{}',
///     create_time   timestamptz not null default now()
/// );
/// ```
/// A text or JSON that is `NULL` is empty, and so is a JSON `null`. Other columns don't matter.
impl FromRow for Job {
    const COLUMNS: &'static [&'static str] = &[
        "job_id",
        "name",
        "template_type",
        "template_id",
        "template_name",
        "start_mode",
        "status",
        "stream_input",
        "output_stream",
        "create_time",
    ];

    fn from_row(row: &Row<'_>, before: Option<&Self>) -> Result<Self, RowError> {
        let text = |column, kept: fn(&Self) -> &str| match row.cell(column) {
            Cell::Null => Ok(String::new()),
            Cell::Text(text) => Ok(text.to_owned()),
            Cell::Unchanged => before.map(|job| kept(job).to_owned()).ok_or_else(|| row.not_sent(column)),
        };
        let template_type = TemplateType::from_name(row.text(2)?);
        let (start_mode, status) = (StartMode::from_code(code(row, 5)?), Status::from_code(code(row, 6)?));
        Ok(Self {
            job_id: row.text(0)?.to_owned(),
            name: text(1, |job| &job.name)?,
            template_type: template_type.ok_or_else(|| row.unfit(2, "normal, narrow-band, audio-only or origin"))?,
            template_id: text(3, |job| &job.template_id)?,
            template_name: text(4, |job| &job.template_name)?,
            start_mode: start_mode.ok_or_else(|| row.unfit(5, "0 (immediate) or 1 (scheduled)"))?,
            status: status.ok_or_else(|| row.unfit(6, "0 (not started), 1 (in progress) or 2 (stopped)"))?,
            stream_input: json(row, 7, before, |job| &job.stream_input)?,
            output_stream: json(row, 8, before, |job| &job.output_stream)?,
            create_time: row.time(9)?,
        })
    }
}

fn code(row: &Row<'_>, column: usize) -> Result<u64, RowError> {
    row.text(column)?.parse().map_err(|_| row.unfit(column, "the code of a value"))
}

fn json<T: DeserializeOwned + Default + Clone>(
    row: &Row<'_>,
    column: usize,
    before: Option<&Job>,
    kept: fn(&Job) -> &T,
) -> Result<T, RowError> {
    match row.cell(column) {
        Cell::Null => Ok(T::default()),
        Cell::Text(text) => match serde_json::from_str::<Option<T>>(text) {
            Ok(value) => Ok(value.unwrap_or_default()),
            Err(error) => Err(row.unfit(column, format!("JSON of its field ({error})"))),
        },
        Cell::Unchanged => before.map(|job| kept(job).clone()).ok_or_else(|| row.not_sent(column)),
    }
}
