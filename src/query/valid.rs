//! A query that was checked: the only form in which the stages below take one.

use std::ops::Bound;

use chrono::{DateTime, Utc};

use super::cursor::Cursor;
use super::facet_set::FacetSet;
use super::fingerprint::Fingerprint;
use super::{ListQuery, MatchLevel, Matching, PageStart, SortOrder};
use crate::error::{CursorError, QueryError};
use crate::job::{StartMode, Status, TemplateType};
use crate::limits::{KEYWORD_BYTES_MAX, KEYWORD_CHARS_MAX, PAGE_NO_MIN, PAGE_SIZE_MAX, PAGE_SIZE_MIN};

/// A [`ListQuery`] that was checked; nothing behind it can fail.
// Invariants:
//   keyword, where there is one, is trimmed, not empty, and of at most KEYWORD_CHARS_MAX chars
//   1 <= page_size <= PAGE_SIZE_MAX
//   created does not end before it starts
//   a cursor in `start` carries this query's fingerprint
#[derive(Clone, Debug)]
pub(crate) struct ValidQuery<'q> {
    pub(crate) filter: Filter,
    pub(crate) keyword: Option<Needle<'q>>,
    pub(crate) sort: SortOrder,
    pub(crate) start: ValidStart<'q>,
    pub(crate) page_size: u32,
    asked: &'q ListQuery,
}

/// What a job must be, apart from its name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Filter {
    pub(crate) template_types: FacetSet<TemplateType>,
    pub(crate) start_modes: FacetSet<StartMode>,
    pub(crate) statuses: FacetSet<Status>,
    pub(crate) created: CreatedRange,
}

/// From where to where the creation time may be.
pub(crate) type CreatedRange = (Bound<DateTime<Utc>>, Bound<DateTime<Utc>>);

/// What a job's ID or name must match.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Needle<'q> {
    pub(crate) text: &'q str,
    pub(crate) matching: Matching,
    /// The rung that the first page of this walk was answered from, where a cursor brings one.
    pub(crate) pinned: Option<MatchLevel>,
}

/// Where the page begins.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ValidStart<'q> {
    /// Behind this many matches.
    Offset(u64),
    /// Behind the place of the job with this creation time and ID, whether it is still there or not.
    After(DateTime<Utc>, &'q str),
}

impl<'q> ValidQuery<'q> {
    /// Checks a query.
    pub(crate) fn new(query: &'q ListQuery) -> Result<Self, QueryError> {
        let page_size = valid_page_size(query.page_size)?;
        let (start, pinned) = valid_start(query, page_size)?;
        Ok(Self {
            filter: Filter {
                template_types: query.template_types,
                start_modes: query.start_modes,
                statuses: query.statuses,
                created: valid_range(query.created)?,
            },
            keyword: valid_keyword(query.keyword.as_deref())?.map(|text| Needle {
                text,
                matching: query.matching,
                pinned,
            }),
            sort: query.sort,
            start,
            page_size,
            asked: query,
        })
    }

    /// The cursor behind the job with this creation time and ID.
    pub(crate) fn cursor_after(&self, create_time: DateTime<Utc>, job_id: &str, level: Option<MatchLevel>) -> Cursor {
        Cursor { fingerprint: fingerprint(self.asked), level, create_time, job_id: job_id.to_owned() }
    }
}

fn valid_page_size(got: u32) -> Result<u32, QueryError> {
    if got < PAGE_SIZE_MIN {
        Err(QueryError::PageSizeUnder { got, limit: PAGE_SIZE_MIN })
    } else if got > PAGE_SIZE_MAX {
        Err(QueryError::PageSizeOver { got, limit: PAGE_SIZE_MAX })
    } else {
        Ok(got)
    }
}

fn valid_start(query: &ListQuery, page_size: u32) -> Result<(ValidStart<'_>, Option<MatchLevel>), QueryError> {
    match &query.start {
        &PageStart::No(got) if got < PAGE_NO_MIN => Err(QueryError::PageNo { got, limit: PAGE_NO_MIN }),
        // Saturates: no list has u64::MAX matches, so such a page is as empty as the exact one.
        PageStart::No(page_no) => {
            Ok((ValidStart::Offset((page_no - PAGE_NO_MIN).saturating_mul(page_size.into())), None))
        }
        PageStart::After(cursor) if cursor.fingerprint != fingerprint(query) => Err(CursorError::OtherQuery.into()),
        PageStart::After(cursor) => Ok((ValidStart::After(cursor.create_time, &cursor.job_id), cursor.level)),
    }
}

fn valid_range(range: CreatedRange) -> Result<CreatedRange, QueryError> {
    match range {
        (Bound::Included(from) | Bound::Excluded(from), Bound::Included(to) | Bound::Excluded(to)) if to < from => {
            Err(QueryError::CreatedRange { from, to })
        }
        _ => Ok(range),
    }
}

fn valid_keyword(keyword: Option<&str>) -> Result<Option<&str>, QueryError> {
    let Some(raw) = keyword else { return Ok(None) };
    if raw.len() > KEYWORD_BYTES_MAX {
        return Err(QueryError::KeywordTooLarge { got: raw.len(), limit: KEYWORD_BYTES_MAX });
    }
    let text = raw.trim();
    // Only a text of more bytes than the limit can have more characters.
    if text.len() > KEYWORD_CHARS_MAX {
        let got = text.chars().count();
        if got > KEYWORD_CHARS_MAX {
            return Err(QueryError::KeywordTooLong { got, limit: KEYWORD_CHARS_MAX });
        }
    }
    Ok(Some(text).filter(|text| !text.is_empty()))
}

/// Tells apart queries whose lists differ in members or order. The page's size and start do not count.
fn fingerprint(query: &ListQuery) -> u64 {
    let facets = [query.template_types.mask(), query.start_modes.mask(), query.statuses.mask()];
    let choices = [query.matching as u8, query.sort as u8];
    let hash = Fingerprint::new().bytes(&facets).bytes(&choices);
    let hash = bound_fingerprint(bound_fingerprint(hash, query.created.0), query.created.1);
    hash.text(query.keyword.as_deref().unwrap_or_default().trim()).get()
}

fn bound_fingerprint(hash: Fingerprint, bound: Bound<DateTime<Utc>>) -> Fingerprint {
    let (kind, time) = match bound {
        Bound::Unbounded => return hash.bytes(&[0]),
        Bound::Included(time) => (1, time),
        Bound::Excluded(time) => (2, time),
    };
    hash.bytes(&[kind]).bytes(&time.timestamp().to_le_bytes()).bytes(&time.timestamp_subsec_nanos().to_le_bytes())
}
