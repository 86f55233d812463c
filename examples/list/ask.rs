//! Turns the command line into a query. No other file reads the API's requests.

use jobdex::wire::ListLiveTranscodeJobsRequest;
use jobdex::{Job, JobStore, ListQuery, limits};

use crate::args::Args;
use crate::failure::Failure;
use crate::warn;

/// The parameters that the API reads.
const PARAMETERS: [&str; 7] = ["Type", "StartMode", "Status", "PageNo", "PageSize", "SortBy", "KeyWord"];

/// A query, with the page number and page size that the answer shows.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) query: ListQuery,
    /// The page number; `None` after a cursor.
    pub(crate) page_no: Option<u64>,
    pub(crate) page_size: u64,
    /// Whether the same command with `--after` gives the next page.
    pub(crate) takes_cursor: bool,
    /// Whether all matching jobs are wanted, not one page of them.
    pub(crate) is_whole: bool,
}

/// The query of the command line.
pub(crate) fn asked(args: &Args) -> Result<Asked, Failure> {
    let asked = match &args.query {
        Some(text) => from_query_string(text, args)?,
        None => from_flags(args),
    };
    // An empty store refuses the same queries as any store. A wrong query is therefore refused before the jobs are
    // loaded.
    let checked = JobStore::<Job>::new().list(&asked.query);
    checked.map(|_| asked).map_err(|error| Failure::Usage(error.to_string()))
}

fn from_flags(args: &Args) -> Asked {
    let page_no = args.page_no.unwrap_or(limits::PAGE_NO_MIN);
    let page_size = args.page_size.unwrap_or(limits::PAGE_SIZE_DEFAULT);
    let mut query = ListQuery::new()
        .template_type(args.template_type.iter().copied())
        .start_mode(args.start_mode.iter().copied())
        .status(args.status.iter().copied())
        .matching(args.matching.into())
        .sort(args.sort.into())
        .page_no(page_no)
        .page_size(page_size);
    if let Some(keyword) = &args.keyword {
        query = query.keyword(keyword);
    }
    query = match (args.from, args.to) {
        (Some(from), Some(to)) => query.created(from..to),
        (Some(from), None) => query.created(from..),
        (None, Some(to)) => query.created(..to),
        (None, None) => query,
    };
    let names_page = args.page_no.is_some() || args.page_size.is_some() || args.after.is_some();
    let page_no = args.after.is_none().then_some(page_no);
    if let Some(cursor) = &args.after {
        query = query.after(cursor.clone());
    }
    Asked { query, page_no, page_size: page_size.into(), takes_cursor: true, is_whole: args.jsonl && !names_page }
}

fn from_query_string(text: &str, args: &Args) -> Result<Asked, Failure> {
    note_misspelt(text);
    let refused = |error: &dyn std::fmt::Display| Failure::Usage(format!("query {text:?} is refused: {error}"));
    let request = ListLiveTranscodeJobsRequest::from_query_string(text).map_err(|error| refused(&error))?;
    let query = request.to_query().map_err(|error| refused(&error))?;
    Ok(Asked {
        query,
        page_no: Some(request.page_no.unwrap_or(limits::PAGE_NO_MIN)),
        page_size: request.page_size.unwrap_or(limits::PAGE_SIZE_DEFAULT.into()),
        takes_cursor: false,
        is_whole: args.jsonl && request.page_no.is_none() && request.page_size.is_none(),
    })
}

/// Warns of a parameter in the wrong case. The API ignores unknown parameters, so nobody would notice the mistake.
fn note_misspelt(text: &str) {
    for pair in text.split('&') {
        let name = pair.split_once('=').map_or(pair, |(name, _)| name);
        let meant = PARAMETERS.iter().find(|known| known.eq_ignore_ascii_case(name) && **known != name);
        if let Some(meant) = meant {
            warn(format_args!("the API ignores the parameter {name:?}; write {meant:?} if you mean that one"));
        }
    }
}
