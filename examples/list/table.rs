//! Writes jobs as a table whose columns align for names in every script.
//!
//! Widths are terminal columns, not characters. A Chinese character takes two columns, and a mark takes none. Terminals
//! disagree about some emoji. On a terminal, each name therefore ends with a jump to the column of the next cell.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;

use chrono::SecondsFormat;
use jobdex::{Job, Status};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Ends a text that runs from right to left. It takes no column.
const LEFT_TO_RIGHT_MARK: &str = "\u{200e}";
/// Columns between two cells.
const GAP: usize = 2;
/// Fewest columns of a name, on any terminal.
const NAME_COLUMNS_MIN: usize = 12;
/// Fewest columns of a job ID on a terminal, which are enough to distinguish two IDs. Other output has the whole ID.
const JOB_ID_COLUMNS_MIN: usize = 9;
const HEADS: [&str; COLUMNS] = ["NAME", "TYPE", "START", "STATUS", "CREATED", "JOB ID"];
const COLUMNS: usize = 6;
/// The columns that a narrow terminal does not show, the least telling one first.
const DROPPED: [usize; 3] = [2, 1, 4];

/// The properties of the output.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Screen {
    /// Most columns of a line; `None` for a file or a pipe, where no text is cut.
    pub(crate) columns: Option<usize>,
    /// Whether the output understands escape sequences.
    pub(crate) has_escapes: bool,
    /// Whether the output may have colours.
    pub(crate) has_colors: bool,
}

impl Screen {
    /// The properties of standard output.
    pub(crate) fn of_stdout() -> Self {
        let is_terminal = io::stdout().is_terminal();
        let is_wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let is_able = std::env::var_os("TERM").is_some_and(|term| term != "dumb");
        let columns = is_terminal.then(terminal_size::terminal_size).flatten();
        Self {
            columns: columns.map(|(width, _)| usize::from(width.0)),
            has_escapes: is_terminal && is_able,
            has_colors: is_terminal && is_able && is_wanted,
        }
    }

    /// The same output, with lines of any width.
    pub(crate) fn uncut(self) -> Self {
        Self { columns: None, ..self }
    }
}

/// Writes a line of headings and one line for each job. Writes nothing if there are no jobs.
pub(crate) fn write(out: &mut impl Write, jobs: &[Arc<Job>], screen: Screen) -> io::Result<()> {
    if jobs.is_empty() {
        return Ok(());
    }
    let rows: Vec<[String; COLUMNS]> = jobs.iter().map(|job| cells(job)).collect();
    let widths = widths(&rows, screen);
    write_row(out, &HEADS.map(str::to_owned), widths, screen, |_| Some("1"))?;
    for (row, job) in rows.iter().zip(jobs) {
        write_row(out, row, widths, screen, |column| (column == 3).then(|| color(job.status)))?;
    }
    Ok(())
}

fn cells(job: &Job) -> [String; COLUMNS] {
    [
        printable(&job.name),
        job.template_type.to_string(),
        job.start_mode.to_string(),
        job.status.to_string(),
        job.create_time.to_rfc3339_opts(SecondsFormat::AutoSi, true),
        printable(&job.job_id),
    ]
}

/// The width of each column, which is that of its widest cell. On a narrow terminal the job ID is cut, and then the
/// name. If that is not enough, some columns have no width and are not shown.
fn widths(rows: &[[String; COLUMNS]], screen: Screen) -> [usize; COLUMNS] {
    let mut widths = HEADS.map(str::len);
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    if let Some(columns) = screen.columns {
        for column in DROPPED {
            if narrowest(&widths) > columns {
                widths[column] = 0;
            }
        }
        let [name, others @ .., job_id] = &mut widths;
        let left = columns.saturating_sub(with_gaps(others) + GAP);
        *job_id = (*job_id).min(left.saturating_sub(*name).max(JOB_ID_COLUMNS_MIN));
        *name = (*name).min(left.saturating_sub(*job_id).max(NAME_COLUMNS_MIN));
    }
    widths
}

/// The width of the columns that are shown, and of the gaps after them.
fn with_gaps(widths: &[usize]) -> usize {
    widths.iter().filter(|width| **width > 0).map(|width| width + GAP).sum()
}

/// The width of the narrowest line with these columns.
fn narrowest([name, others @ .., job_id]: &[usize; COLUMNS]) -> usize {
    name.min(&NAME_COLUMNS_MIN) + GAP + with_gaps(others) + job_id.min(&JOB_ID_COLUMNS_MIN)
}

fn write_row(
    out: &mut impl Write,
    row: &[String; COLUMNS],
    widths: [usize; COLUMNS],
    screen: Screen,
    color: impl Fn(usize) -> Option<&'static str>,
) -> io::Result<()> {
    let mut start = 0;
    for (column, (cell, width)) in row.iter().zip(widths).enumerate().filter(|(_, (_, width))| *width > 0) {
        let cell = cut(cell, width);
        match color(column).filter(|_| screen.has_colors) {
            Some(color) => write!(out, "\x1b[{color}m{cell}\x1b[0m")?,
            None => out.write_all(cell.as_bytes())?,
        }
        start += width + GAP;
        if column + 1 < COLUMNS {
            write!(out, "{:pad$}", "", pad = width - cell.width().min(width) + GAP)?;
        }
        if column == 0 && screen.has_escapes {
            let mark = if is_right_to_left(&cell) { LEFT_TO_RIGHT_MARK } else { "" };
            write!(out, "{mark}\x1b[{}G", start + 1)?;
        }
    }
    writeln!(out)
}

/// The ANSI colour of a status.
fn color(status: Status) -> &'static str {
    match status {
        Status::Pending => "33",
        Status::Running => "32",
        Status::Stopped => "2",
    }
}

/// The text in at most this many columns. A cut text ends with an ellipsis.
fn cut(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let fits = |end: &usize| text[..*end].width() < columns;
    let end = text.char_indices().map(|(start, _)| start).filter(|&end| is_boundary(text, end)).take_while(fits).last();
    format!("{}…", text[..end.unwrap_or_default()].trim_end())
}

/// Whether a cut at this position separates no mark from its letter, and no joined emoji.
fn is_boundary(text: &str, place: usize) -> bool {
    const JOINER: char = '\u{200d}';
    let hangs = text[place..].chars().next().is_some_and(|next| next.width() == Some(0));
    !hangs && !text[..place].ends_with(JOINER)
}

/// Whether the text has letters that run from right to left. Some terminals would draw the next cell into such a text.
fn is_right_to_left(text: &str) -> bool {
    text.contains(|c| matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}'))
}

/// The text with replacements for characters that move the cursor or change the direction of a terminal.
pub(crate) fn printable(text: &str) -> String {
    let is_control = |c: char| {
        c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
    };
    text.chars().map(|c| if is_control(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}
