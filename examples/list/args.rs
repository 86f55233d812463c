//! The command line.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use clap::{Parser, ValueEnum};
use jobdex::{Cursor, Matching, SortOrder, StartMode, Status, TemplateType};

use crate::choice::{START_MODES, STATUSES, TEMPLATE_TYPES, choice};
use crate::failure::Failure;

// No line is longer than 60 columns, so that few terminals break a command.
const EXAMPLES: &str = "\
Examples:
  List the ten newest of a million made-up jobs:
      list --generate 1000000
  List running jobs with news in their name, twenty a page,
  with the counts of each filter:
      list --generate 1000000 --status running \\
          --keyword news --page-size 20 --facets
  Send the same request as a client of the API, and answer
  in the form of the API:
      list --generate 1000000 --json \\
          'Status=1&KeyWord=news&PageSize=20'
  List the jobs of one month from a compressed file, oldest
  first, and show the query plan:
      list --jobs jobs.jsonl.gz --from 2026-07-01 \\
          --to 2026-08-01 --sort asc --explain
  Keep the jobs of a file in a durable store, and write them
  as lines again (with the feature durable):
      list --jobs jobs.jsonl.gz --save jobs.db
      list --store jobs.db --export jobs.jsonl
  List the jobs of another program:
      export-jobs | list --type normal --keyword natoinal
  Give every job that matches to another program:
      list --jobs jobs.jsonl.gz --status running --jsonl |
          jq -r .StreamInput.InputUrl

The input has one job a line, as JSON in the form of the
API. Here a job is shown on several lines:
  {\"Name\":\"mytask\",\"JobId\":\"a046\",
   \"TemplateType\":\"normal\",\"TemplateId\":\"t1\",
   \"TemplateName\":\"HD\",\"StartMode\":0,\"Status\":1,
   \"StreamInput\":{\"Type\":\"rtmp\",
    \"InputUrl\":\"rtmp://in/live/1\"},
   \"OutputStream\":{\"StreamInfos\":[{\"Type\":\"rtmp\",
    \"OutputUrl\":\"rtmp://out/live/1\"}]},
   \"CreateTime\":\"2022-07-20T02:48:58Z\"}
JobId, TemplateType, StartMode, Status and CreateTime are
required. If no line is a job, the error names the likely
form of the input, and a command that converts it.

Exit codes:
  0  The query was answered, even if no job matches, if
     there are no lines, or if broken lines were skipped.
  1  The jobs could not be read, no line of the input is a
     job, or --strict found a broken line.
  2  The command line or the query is wrong.";

/// Loads or makes jobs, answers one query, and shows the time that each step took
#[derive(Debug, Parser)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[command(name = "list", after_help = EXAMPLES, max_term_width = 100)]
pub(crate) struct Args {
    /// A query string of the API, such as 'Status=1&KeyWord=news&PageSize=20', instead of the query flags
    #[arg(value_name = "QUERY", value_parser = query_string,
        conflicts_with_all = ["template_type", "start_mode", "status", "keyword", "matching", "from", "to", "sort",
            "page_no", "page_size", "after"])]
    pub(crate) query: Option<String>,

    /// Read jobs from FILE, one JSON object a line, plain or gzip. Without this flag, or with -, read standard input
    #[arg(long, value_name = "FILE", help_heading = "Jobs")]
    jobs: Option<PathBuf>,
    /// Make COUNT jobs instead of reading them
    #[arg(long, value_name = "COUNT", help_heading = "Jobs", conflicts_with = "jobs",
        value_parser = clap::value_parser!(u64).range(..=jobdex::limits::JOBS_MAX as u64))]
    generate: Option<u64>,
    /// Take the names of made jobs from FILE, one name a line, plain or gzip
    #[arg(long, value_name = "FILE", help_heading = "Jobs", requires = "generate")]
    names: Option<PathBuf>,
    /// Make the jobs of SEED; the same SEED gives the same jobs
    #[arg(long, value_name = "SEED", help_heading = "Jobs", requires = "generate", default_value_t = 1)]
    seed: u64,
    /// Read jobs from FILE, which a durable store has written
    #[cfg(feature = "durable")]
    #[arg(long, value_name = "FILE", help_heading = "Jobs", conflicts_with_all = ["jobs", "generate"])]
    store: Option<PathBuf>,
    /// Write the jobs to FILE, a new file of a durable store
    #[cfg(feature = "durable")]
    #[arg(long, value_name = "FILE", help_heading = "Jobs")]
    pub(crate) save: Option<PathBuf>,
    /// Write all jobs, whatever the query, to FILE, a new file with one JSON object a line; --jsonl writes those that match
    #[cfg(feature = "durable")]
    #[arg(long, value_name = "FILE", help_heading = "Jobs")]
    pub(crate) export: Option<PathBuf>,
    /// Stop at the first broken line
    #[arg(long, help_heading = "Jobs", conflicts_with = "generate")]
    pub(crate) strict: bool,

    /// List jobs of these template types, in any case: normal, narrow-band, audio-only, origin
    #[arg(long = "type", value_name = "TYPE,…", help_heading = "Query", value_delimiter = ',', ignore_case = true,
        hide_possible_values = true, value_parser = choice::<TemplateType>(TEMPLATE_TYPES))]
    pub(crate) template_type: Vec<TemplateType>,
    /// List jobs with these start modes: immediate or 0, scheduled or 1
    #[arg(long, value_name = "MODE,…", help_heading = "Query", value_delimiter = ',', ignore_case = true,
        hide_possible_values = true, value_parser = choice::<StartMode>(START_MODES))]
    pub(crate) start_mode: Vec<StartMode>,
    /// List jobs with these statuses: pending or 0, running or 1, stopped or 2
    #[arg(long, value_name = "STATUS,…", help_heading = "Query", value_delimiter = ',', ignore_case = true,
        hide_possible_values = true, value_parser = choice::<Status>(STATUSES))]
    pub(crate) status: Vec<Status>,
    /// List the job with this ID, or jobs with these words in their name, in any case and with small typos
    #[arg(long, value_name = "TEXT", help_heading = "Query", allow_hyphen_values = true)]
    pub(crate) keyword: Option<String>,
    /// Choose which matches of the keyword count
    #[arg(long, help_heading = "Query", value_enum, ignore_case = true, default_value_t)]
    pub(crate) matching: MatchingArg,
    /// List jobs created at TIME or later: 2022-07-20 or 2022-07-20T02:48:58Z
    #[arg(long, value_name = "TIME", help_heading = "Query", value_parser = time)]
    pub(crate) from: Option<DateTime<Utc>>,
    /// List jobs created before TIME
    #[arg(long, value_name = "TIME", help_heading = "Query", value_parser = time)]
    pub(crate) to: Option<DateTime<Utc>>,
    /// Order the jobs by creation time
    #[arg(long, help_heading = "Query", value_enum, ignore_case = true, default_value_t)]
    pub(crate) sort: SortArg,
    /// Show this page, counted from 1, which is the default
    #[arg(long, value_name = "N", help_heading = "Query")]
    pub(crate) page_no: Option<u64>,
    /// Show up to this many jobs a page, 1 to 100; 10 is the default
    #[arg(long, value_name = "N", help_heading = "Query")]
    pub(crate) page_size: Option<u32>,
    /// Show the page after CURSOR, which the page before printed, instead of a page number
    #[arg(long, value_name = "CURSOR", help_heading = "Query", conflicts_with = "page_no", allow_hyphen_values = true)]
    pub(crate) after: Option<Cursor>,

    /// Answer in the JSON of the API. Facets and plan follow as one JSON object each; other lines go to standard error
    #[arg(long, help_heading = "Answer")]
    pub(crate) json: bool,
    /// Write the JSON on many lines, with indents
    #[arg(long, help_heading = "Answer", requires = "json")]
    pub(crate) pretty: bool,
    /// Write each matching job as JSON on a line of its own (JSON Lines), as `list` reads them; other lines go to standard
    /// error. All matching jobs are written, unless a page is asked for
    #[arg(long, help_heading = "Answer", conflicts_with_all = ["json", "facets", "explain"])]
    pub(crate) jsonl: bool,
    /// Show each column in whole, even if the lines become wider than the terminal
    #[arg(long, help_heading = "Answer", conflicts_with_all = ["json", "jsonl"])]
    pub(crate) wide: bool,
    /// Count the jobs for each value of each filter, under the other filters
    #[arg(long, help_heading = "Answer")]
    pub(crate) facets: bool,
    /// Show the query plan
    #[arg(long, help_heading = "Answer")]
    pub(crate) explain: bool,
}

/// The source of the jobs.
pub(crate) enum Source<'a> {
    File(&'a Path),
    #[cfg(feature = "durable")]
    Store(&'a Path),
    Stdin,
    Generated {
        count: usize,
        seed: u64,
        names: Option<&'a Path>,
    },
}

impl Args {
    pub(crate) fn source(&self) -> Result<Source<'_>, Failure> {
        if let Some(count) = self.generate {
            let count = usize::try_from(count).unwrap_or(usize::MAX);
            return Ok(Source::Generated { count, seed: self.seed, names: self.names.as_deref() });
        }
        #[cfg(feature = "durable")]
        if let Some(path) = &self.store {
            return Ok(Source::Store(path));
        }
        match self.jobs.as_deref() {
            Some(path) if path.as_os_str() == "-" => Ok(Source::Stdin),
            Some(path) => Ok(Source::File(path)),
            None if !io::stdin().is_terminal() => Ok(Source::Stdin),
            None => Err(Failure::Usage(
                "there are no jobs to list; read jobs with --jobs FILE or through a pipe, or make jobs with --generate 1000000"
                    .to_owned(),
            )),
        }
    }
}

/// [`Matching`] as a flag's value.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum MatchingArg {
    /// Only literal matches; if there are none, matches with one typo a word, and then with two
    #[default]
    Closest,
    /// Only literal matches
    Literal,
    /// Literal matches and all matches with typos together
    Any,
}

impl From<MatchingArg> for Matching {
    fn from(arg: MatchingArg) -> Self {
        match arg {
            MatchingArg::Closest => Self::Closest,
            MatchingArg::Literal => Self::Literal,
            MatchingArg::Any => Self::Any,
        }
    }
}

/// [`SortOrder`] as a flag's value.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum SortArg {
    /// Oldest first
    Asc,
    /// Newest first
    #[default]
    Desc,
}

impl From<SortArg> for SortOrder {
    fn from(arg: SortArg) -> Self {
        match arg {
            SortArg::Asc => Self::Asc,
            SortArg::Desc => Self::Desc,
        }
    }
}

/// Refuses a text without `=`, such as a file name. The API would ignore it as an unknown parameter.
fn query_string(text: &str) -> Result<String, String> {
    let query = text.strip_prefix('?').unwrap_or(text);
    if query.is_empty() || query.contains('=') {
        Ok(query.to_owned())
    } else {
        Err("a query must have the form Status=1&KeyWord=news; name a file of jobs with --jobs".to_owned())
    }
}

/// Reads a time, or a day as its first moment in UTC.
fn time(text: &str) -> Result<DateTime<Utc>, &'static str> {
    let day = text.parse::<NaiveDate>().map(|day| day.and_time(NaiveTime::MIN).and_utc());
    day.or_else(|_| DateTime::parse_from_rfc3339(text).map(|time| time.to_utc()))
        .map_err(|_| "the time must be a day such as 2022-07-20 or a time such as 2022-07-20T02:48:58Z")
}
