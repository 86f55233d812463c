//! Runs the query and writes the answer. No other file writes the API's responses.

use std::io::Write;
use std::time::{Duration, Instant};

use jobdex::error::QueryError;
use jobdex::wire::ListLiveTranscodeJobsResponse;
use jobdex::{Explanation, Facet, FacetCounts, JobStore, MatchLevel, Page, Suggestion, ValueCounts};
use serde::Serialize;

use crate::args::Args;
use crate::ask::Asked;
use crate::failure::Failure;
use crate::note;
use crate::table::{self, Screen};
use crate::text::{grouped, lapse};

/// The longest time for repetitions of the query, and the most repetitions.
const REPEATS_LAPSE_MAX: Duration = Duration::from_millis(200);
const REPEATS_MAX: usize = 101;

/// Answers the query to `out`.
pub(crate) fn answer(store: &JobStore, asked: &Asked, args: &Args, out: &mut impl Write) -> Result<(), Failure> {
    let answer = Answer::new(store, asked, args).map_err(|error| Failure::Usage(error.to_string()))?;
    if args.json {
        answer.write_json(out, args.pretty)?;
    } else if args.jsonl {
        answer.write_lines(store, asked, out)?;
    } else {
        let screen = Screen::of_stdout();
        answer.write_text(out, if args.wide { screen.uncut() } else { screen })?;
    }
    out.flush()?;
    Ok(())
}

/// The page, and the other parts that the command line asks for.
struct Answer {
    page: Page,
    summary: Vec<String>,
    facets: Option<FacetCounts>,
    explanation: Option<Explanation>,
}

impl Answer {
    fn new(store: &JobStore, asked: &Asked, args: &Args) -> Result<Self, QueryError> {
        let (page, timing) = timed(store, asked)?;
        let mut summary = summary(&page, asked, &timing);
        summary.extend(near_spellings(&store.suggest(&asked.query)?));
        Ok(Self {
            summary,
            page,
            facets: args.facets.then(|| store.facets(&asked.query)).transpose()?,
            explanation: args.explain.then(|| store.explain(&asked.query)).transpose()?,
        })
    }

    fn write_text(&self, out: &mut impl Write, screen: Screen) -> Result<(), Failure> {
        table::write(out, &self.page.jobs, screen)?;
        if !self.page.jobs.is_empty() {
            writeln!(out)?;
        }
        for line in &self.summary {
            writeln!(out, "{line}")?;
        }
        if let Some(facets) = &self.facets {
            write_facets(out, facets)?;
        }
        if let Some(explanation) = &self.explanation {
            writeln!(out, "\n{}", explanation.to_string().trim_end())?;
        }
        Ok(())
    }

    /// Writes one JSON document for each part. The API has no summary, so the summary goes to standard error.
    fn write_json(self, out: &mut impl Write, pretty: bool) -> Result<(), Failure> {
        write_json(out, &ListLiveTranscodeJobsResponse::new(self.page, request_id()), pretty)?;
        if let Some(facets) = &self.facets {
            write_json(out, facets, pretty)?;
        }
        if let Some(explanation) = &self.explanation {
            write_json(out, explanation, pretty)?;
        }
        note_after(out, &self.summary)
    }

    /// Writes a line for each job of the page, or for each job that matches.
    fn write_lines(&self, store: &JobStore, asked: &Asked, out: &mut impl Write) -> Result<(), Failure> {
        if asked.is_whole {
            let jobs = store.matches(&asked.query).map_err(|error| Failure::Usage(error.to_string()))?;
            jobs.into_iter().try_for_each(|job| write_json(out, job.as_ref(), false))?;
        } else {
            self.page.jobs.iter().try_for_each(|job| write_json(out, job.as_ref(), false))?;
        }
        note_after(out, &self.summary)
    }
}

/// Writes the summary to standard error, after the jobs.
fn note_after(out: &mut impl Write, summary: &[String]) -> Result<(), Failure> {
    out.flush()?;
    for line in summary {
        note(format_args!("{line}"));
    }
    Ok(())
}

/// The time of the first run of the query, and the median of all runs.
struct Timing {
    first: Duration,
    median: Duration,
}

/// The answer and its times. A quick query is repeated, because the first run also pays for cold caches.
fn timed(store: &JobStore, asked: &Asked) -> Result<(Page, Timing), QueryError> {
    let begin = Instant::now();
    let page = store.list(&asked.query)?;
    let first = begin.elapsed();
    let mut times = vec![first];
    while times.len() < REPEATS_MAX && begin.elapsed() < REPEATS_LAPSE_MAX {
        let start = Instant::now();
        let again = store.list(&asked.query);
        times.push(start.elapsed());
        drop(again);
    }
    times.sort_unstable();
    Ok((page, Timing { first, median: times[times.len() / 2] }))
}

/// The lines under the jobs.
fn summary(page: &Page, asked: &Asked, timing: &Timing) -> Vec<String> {
    let total = page.total_count;
    let matches = if total == 1 { "job matches" } else { "jobs match" };
    let place = match asked.page_no {
        _ if total == 0 || asked.is_whole => String::new(),
        None => " · after a cursor".to_owned(),
        Some(page_no) => {
            let pages = total.div_ceil(asked.page_size);
            let past = if page_no > pages { ", past the end" } else { "" };
            format!(" · page {} of {}{past}", grouped(page_no), grouped(pages))
        }
    };
    let (first, median) = (lapse(timing.first), lapse(timing.median));
    let mut lines = vec![format!("{} {matches}{place} · {median} (first time {first})", grouped(total))];
    lines.extend(typos(page.match_level).map(str::to_owned));
    // The query string of the API has no parameter for a cursor.
    let next = page.next.as_ref().filter(|_| asked.takes_cursor && !asked.is_whole);
    lines.extend(next.map(|cursor| format!("next page: --after {cursor}")));
    lines
}

/// A line about near spellings that are much more common than the keyword.
fn near_spellings(suggestions: &[Suggestion]) -> Option<String> {
    let near = |near: &Suggestion| format!("{:?} ({})", near.keyword, grouped(near.total_count));
    let near: Vec<String> = suggestions.iter().map(near).collect();
    (!near.is_empty()).then(|| format!("did you mean {}?", near.join(" or ")))
}

/// A line about a keyword that matched no name as typed.
fn typos(level: Option<MatchLevel>) -> Option<&'static str> {
    match level? {
        MatchLevel::Literal => None,
        MatchLevel::OneTypo => Some("no name matches as typed; the jobs match with one typo a word"),
        MatchLevel::TwoTypos => Some("no name matches as typed; the jobs match with two typos a word"),
    }
}

fn write_facets(out: &mut impl Write, facets: &FacetCounts) -> Result<(), Failure> {
    writeln!(out)?;
    write_counts(out, "type", &facets.template_type)?;
    write_counts(out, "start", &facets.start_mode)?;
    write_counts(out, "status", &facets.status)
}

fn write_counts<F: Facet + std::fmt::Display>(
    out: &mut impl Write,
    facet: &str,
    counts: &ValueCounts<F>,
) -> Result<(), Failure> {
    let counts: Vec<String> = counts.iter().map(|(value, count)| format!("{value} {}", grouped(count))).collect();
    writeln!(out, "{facet:<8}{}", counts.join(" · "))?;
    Ok(())
}

fn write_json(out: &mut impl Write, value: &impl Serialize, pretty: bool) -> Result<(), Failure> {
    let written =
        if pretty { serde_json::to_writer_pretty(&mut *out, value) } else { serde_json::to_writer(&mut *out, value) };
    written.map_err(std::io::Error::from)?;
    writeln!(out)?;
    Ok(())
}

/// A new ID for each run, in the form of the API.
fn request_id() -> String {
    let half = || fastrand::u64(..);
    let digits = format!("{:016X}{:016X}", half(), half());
    [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-")
}
