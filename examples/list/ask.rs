//! From the command line to a query. The only file that reads the API's requests.

use jobdex::wire::ListLiveTranscodeJobsRequest;
use jobdex::{Job, JobStore, ListQuery, limits};

use crate::args::Args;
use crate::failure::Failure;
use crate::warn;

/// The parameters that the API reads.
const PARAMETERS: [&str; 7] = ["Type", "StartMode", "Status", "PageNo", "PageSize", "SortBy", "KeyWord"];

/// A query, with what the answer says about its page.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) query: ListQuery,
    /// `None` after a cursor.
    pub(crate) page_no: Option<u64>,
    pub(crate) page_size: u64,
    /// Whether the same command with `--after` gives the next page.
    pub(crate) takes_cursor: bool,
}

/// The query that the command line holds.
pub(crate) fn asked(args: &Args) -> Result<Asked, Failure> {
    let asked = match &args.query {
        Some(text) => from_query_string(text)?,
        None => from_flags(args),
    };
    // An empty store refuses what any store refuses: a wrong query shows before a million jobs are loaded for it.
    let checked = JobStore::<Job>::new().list(&asked.query);
    checked.map(|_| asked).map_err(|error| Failure::Usage(error.to_string()))
}

fn from_flags(args: &Args) -> Asked {
    let mut query = ListQuery::new()
        .template_type(args.template_type.iter().copied())
        .start_mode(args.start_mode.iter().copied())
        .status(args.status.iter().copied())
        .matching(args.matching.into())
        .sort(args.sort.into())
        .page_no(args.page_no)
        .page_size(args.page_size);
    if let Some(keyword) = &args.keyword {
        query = query.keyword(keyword);
    }
    query = match (args.from, args.to) {
        (Some(from), Some(to)) => query.created(from..to),
        (Some(from), None) => query.created(from..),
        (None, Some(to)) => query.created(..to),
        (None, None) => query,
    };
    let page_no = args.after.is_none().then_some(args.page_no);
    if let Some(cursor) = &args.after {
        query = query.after(cursor.clone());
    }
    Asked { query, page_no, page_size: args.page_size.into(), takes_cursor: true }
}

fn from_query_string(text: &str) -> Result<Asked, Failure> {
    note_misspelt(text);
    let refused = |error: &dyn std::fmt::Display| Failure::Usage(format!("the query {text:?} is refused: {error}"));
    let request = ListLiveTranscodeJobsRequest::from_query_string(text).map_err(|error| refused(&error))?;
    let query = request.to_query().map_err(|error| refused(&error))?;
    Ok(Asked {
        query,
        page_no: Some(request.page_no.unwrap_or(limits::PAGE_NO_MIN)),
        page_size: request.page_size.unwrap_or(limits::PAGE_SIZE_DEFAULT.into()),
        takes_cursor: false,
    })
}

/// The API ignores parameters that it does not know, so one in the wrong case would go unnoticed.
fn note_misspelt(text: &str) {
    for pair in text.split('&') {
        let name = pair.split_once('=').map_or(pair, |(name, _)| name);
        let meant = PARAMETERS.iter().find(|known| known.eq_ignore_ascii_case(name) && **known != name);
        if let Some(meant) = meant {
            warn(format_args!("the API ignores the parameter {name:?}; it may be meant to be {meant:?}"));
        }
    }
}
