//! Jobs as an aligned table, whatever script their names are in.
//!
//! Widths are terminal columns, not characters: Chinese takes two columns a character, marks take none. Terminals still
//! disagree about some emoji; on a terminal each cell therefore ends by going to the column where the next one starts.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;

use chrono::SecondsFormat;
use jobdex::{Job, Status};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Ends a piece of text that runs from right to left; takes no column.
const LEFT_TO_RIGHT_MARK: &str = "\u{200e}";
/// Columns between two cells.
const GAP: usize = 2;
/// Narrowest a name is cut to, however narrow the terminal is.
const NAME_COLUMNS_MIN: usize = 12;
/// Narrowest a job ID is cut to: what tells two apart at a glance. Any other output than a terminal shows all of it.
const JOB_ID_COLUMNS_MIN: usize = 9;
const HEADS: [&str; COLUMNS] = ["NAME", "TYPE", "START", "STATUS", "CREATED", "JOB ID"];
const COLUMNS: usize = 6;

/// What the table is written to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Screen {
    /// How wide lines may be; `None` where they go to a file or a pipe, and nothing is cut.
    pub(crate) columns: Option<usize>,
    /// Whether it understands escape sequences.
    pub(crate) has_escapes: bool,
    /// Whether it may show colours.
    pub(crate) has_colors: bool,
}

impl Screen {
    /// What standard output is.
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
}

/// Writes one line a job under a line of heads; nothing if there are no jobs.
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

/// As wide as the widest cell; where the terminal is too narrow the job ID gives way, then the name.
fn widths(rows: &[[String; COLUMNS]], screen: Screen) -> [usize; COLUMNS] {
    let mut widths = HEADS.map(str::len);
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    if let Some(columns) = screen.columns {
        let [name, others @ .., job_id] = &mut widths;
        let left = columns.saturating_sub(others.iter().map(|width| *width + GAP).sum::<usize>() + GAP);
        *job_id = (*job_id).min(left.saturating_sub(*name).max(JOB_ID_COLUMNS_MIN));
        *name = (*name).min(left.saturating_sub(*job_id).max(NAME_COLUMNS_MIN));
    }
    widths
}

fn write_row(
    out: &mut impl Write,
    row: &[String; COLUMNS],
    widths: [usize; COLUMNS],
    screen: Screen,
    color: impl Fn(usize) -> Option<&'static str>,
) -> io::Result<()> {
    let mut start = 0;
    for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
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

/// ANSI colour of a state.
fn color(status: Status) -> &'static str {
    match status {
        Status::Pending => "33",
        Status::Running => "32",
        Status::Stopped => "2",
    }
}

/// The text in at most this many columns, with an ellipsis where something is missing.
fn cut(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let fits = |end: &usize| text[..*end].width() < columns;
    let end = text.char_indices().map(|(start, _)| start).filter(|&end| is_boundary(text, end)).take_while(fits).last();
    format!("{}…", text[..end.unwrap_or_default()].trim_end())
}

/// Whether no mark hangs on to what is before this place, and no joined emoji is cut apart.
fn is_boundary(text: &str, place: usize) -> bool {
    const JOINER: char = '\u{200d}';
    let hangs = text[place..].chars().next().is_some_and(|next| next.width() == Some(0));
    !hangs && !text[..place].ends_with(JOINER)
}

/// Whether a terminal that knows of directions may draw what follows into the text.
fn is_right_to_left(text: &str) -> bool {
    text.contains(|c| matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}'))
}

/// Without what would move the cursor or turn the direction of a terminal.
fn printable(text: &str) -> String {
    let is_control = |c: char| {
        c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
    };
    text.chars().map(|c| if is_control(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}
