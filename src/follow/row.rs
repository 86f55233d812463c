//! Rows as a record reads them: cells of text, from either way in.
//!
//! ```text
//! COPY line ──────┐
//!                 ├──> cells in the order of COLUMNS ──> Row ──> FromRow::from_row
//! pgoutput tuple ─┘
//! ```

use std::error::Error;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};

use crate::job::{Facet, Record, create_time, parse_value};

/// A record that is read from a row of a table.
///
/// ```
/// use chrono::{DateTime, Utc};
/// use jobdex::follow::{Cell, FromRow, Row, RowError};
/// use jobdex::{Record, facet};
///
/// facet! { pub enum State: "state" { Queued = "queued", Running = "running" } }
///
/// #[derive(PartialEq)]
/// struct Encode { id: String, title: String, state: State, note: Option<String>, since: DateTime<Utc> }
///
/// impl Record for Encode {
///     type Facets = (State,);
///     fn job_id(&self) -> &str { &self.id }
///     fn name(&self) -> &str { &self.title }
///     fn create_time(&self) -> DateTime<Utc> { self.since }
///     fn facets(&self) -> (State,) { (self.state,) }
/// }
///
/// impl FromRow for Encode {
///     const COLUMNS: &'static [&'static str] = &["id", "title", "state", "note", "since"];
///
///     fn from_row(row: &Row<'_>, before: Option<&Self>) -> Result<Self, RowError> {
///         Ok(Self {
///             id: row.text(0)?.to_owned(),
///             title: row.text(1)?.to_owned(),
///             state: row.facet(2)?,
///             // A long text: the server does not send it again when an update leaves it alone.
///             note: match row.cell(3) {
///                 Cell::Null => None,
///                 Cell::Text(text) => Some(text.to_owned()),
///                 Cell::Unchanged => before.ok_or_else(|| row.not_sent(3))?.note.clone(),
///             },
///             since: row.time(4)?,
///         })
///     }
/// }
///
/// let cells = [Cell::Text("a"), Cell::Text("News"), Cell::Text("running"), Cell::Null, Cell::Text("2022-07-20 02:48:58+00")];
/// let encode = Encode::from_row(&Row::new(Encode::COLUMNS, &cells), None)?;
/// assert!(encode.state == State::Running);
/// # Ok::<(), RowError>(())
/// ```
///
/// Records are compared to find out what changed, so equal records must be those of equal rows.
pub trait FromRow: Record + PartialEq + Sized {
    /// The names of the columns, in the order in which [`Row`] has their cells. The first is the job ID, whose text is
    /// [`Record::job_id`].
    const COLUMNS: &'static [&'static str];

    /// Reads a record.
    ///
    /// `before` is the record that the row had so far, if it had one. A cell that is [`Cell::Unchanged`] has the value of
    /// that record.
    ///
    /// # Errors
    /// [`RowError`] if a value is not what the record needs.
    fn from_row(row: &Row<'_>, before: Option<&Self>) -> Result<Self, RowError>;
}

/// The value of one column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell<'a> {
    /// `NULL`.
    Null,
    /// A value in the form in which the server prints it: dates as ISO, times in UTC, booleans as `t` and `f`.
    Text(&'a str),
    /// A long value that an update left alone, so that the server does not send it. The record before has the value.
    Unchanged,
}

/// The cells of one row, in the order of [`FromRow::COLUMNS`].
///
/// The number of a column is its place in that list. A number beyond it panics.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    columns: &'static [&'static str],
    cells: &'a [Cell<'a>],
}

impl<'a> Row<'a> {
    /// A row of these cells, one for each column.
    ///
    /// # Panics
    /// If there are not as many cells as columns.
    pub fn new(columns: &'static [&'static str], cells: &'a [Cell<'a>]) -> Self {
        assert_eq!(columns.len(), cells.len(), "a row has a cell for each column");
        Self { columns, cells }
    }

    /// The value of a column.
    pub fn cell(&self, column: usize) -> Cell<'a> {
        self.cells[column]
    }

    /// The text of a column.
    ///
    /// # Errors
    /// [`RowError`] if the value is `NULL` or was not sent.
    pub fn text(&self, column: usize) -> Result<&'a str, RowError> {
        match self.cells[column] {
            Cell::Text(text) => Ok(text),
            Cell::Null => Err(RowError::Null { column: self.columns[column] }),
            Cell::Unchanged => Err(self.not_sent(column)),
        }
    }

    /// The value of a column that has Rust's text form, such as a number.
    ///
    /// # Errors
    /// [`RowError`] as [`text`](Self::text), and if the text has another form.
    pub fn parse<T: FromStr>(&self, column: usize) -> Result<T, RowError> {
        self.text(column)?.parse().map_err(|_| self.unfit(column, std::any::type_name::<T>()))
    }

    /// The time of a `timestamptz` column.
    ///
    /// # Errors
    /// [`RowError`] as [`text`](Self::text), and for a time that has no number: `infinity`, or a year before Christ.
    pub fn time(&self, column: usize) -> Result<DateTime<Utc>, RowError> {
        create_time::parse(self.text(column)?).map_err(|expected| self.unfit(column, expected))
    }

    /// The value of a facet, by its text.
    ///
    /// # Errors
    /// [`RowError`] as [`text`](Self::text), and if no value of the facet has the text.
    pub fn facet<V: Facet>(&self, column: usize) -> Result<V, RowError> {
        parse_value(self.text(column)?).map_err(|error| RowError::Unfit {
            column: self.columns[column],
            expected: "a value of the facet".to_owned(),
            got: error.to_string(),
        })
    }

    /// The error of a value that is not what the record needs.
    pub fn unfit(&self, column: usize, expected: impl Into<String>) -> RowError {
        /// An error quotes this much of a value.
        const GOT_CHARS_MAX: usize = 64;
        let got = match self.cells[column] {
            Cell::Text(text) => format!("{:?}", text.chars().take(GOT_CHARS_MAX).collect::<String>()),
            Cell::Null => "null".to_owned(),
            Cell::Unchanged => "no value".to_owned(),
        };
        RowError::Unfit { column: self.columns[column], expected: expected.into(), got }
    }

    /// The error of a value that was not sent, in a row that has no record before.
    pub fn not_sent(&self, column: usize) -> RowError {
        RowError::NotSent { column: self.columns[column] }
    }
}

/// The reason why a record was not read from a row.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RowError {
    /// The value is `NULL`.
    Null {
        /// The column.
        column: &'static str,
    },
    /// The server did not send the value, and there is no record before.
    NotSent {
        /// The column.
        column: &'static str,
    },
    /// The value is not what the record needs.
    Unfit {
        /// The column.
        column: &'static str,
        /// The values that the record can have.
        expected: String,
        /// The beginning of the value.
        got: String,
    },
    /// The value is not UTF-8.
    NotUtf8 {
        /// The column.
        column: &'static str,
    },
    /// The job ID of the record is not the text of the first column.
    OtherJobId {
        /// The text of the column.
        column_text: String,
        /// The job ID of the record.
        job_id: String,
    },
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null { column } => write!(f, "{column} must have a value, got null"),
            Self::NotSent { column } => write!(
                f,
                "{column} was not sent, as the update left it alone; set the table's replica identity to full if rows \
                 enter a row filter"
            ),
            Self::Unfit { column, expected, got } => write!(f, "{column} must be {expected}, got {got}"),
            Self::NotUtf8 { column } => write!(f, "{column} must be UTF-8; use a database of that encoding"),
            Self::OtherJobId { column_text, job_id } => {
                write!(f, "job id of the record must be the text of its column, {column_text:?}, got {job_id:?}")
            }
        }
    }
}

impl Error for RowError {}

/// Reads a record and checks its ID.
pub(super) fn read<J: FromRow>(cells: &[Cell<'_>], before: Option<&J>) -> Result<J, RowError> {
    let row = Row::new(J::COLUMNS, cells);
    let job = J::from_row(&row, before)?;
    let column_text = row.text(0)?;
    if job.job_id() == column_text {
        return Ok(job);
    }
    Err(RowError::OtherJobId { column_text: column_text.to_owned(), job_id: job.job_id().to_owned() })
}
