//! A checked query. The stages below accept a query only in this form.

use std::ops::Bound;

use chrono::{DateTime, Utc};

use super::asked::{Asked, PageStart};
use super::cursor::Cursor;
use super::facet_filter::FacetFilter;
use super::fingerprint::Fingerprint;
use super::labels::{self, LabelClause};
use super::matching::AnsweredRung;
use super::{MatchLevel, Matching, SortOrder};
use crate::error::{CursorError, QueryError};
use crate::job::{Schema, Shape};
use crate::limits::{KEYWORD_BYTES_MAX, KEYWORD_CHARS_MAX, PAGE_NO_MIN, PAGE_SIZE_MIN};

/// A checked [`ListQuery`](super::ListQuery). No later stage can fail.
// Invariants:
//   keyword, if any, is trimmed, not empty, and has at most KEYWORD_CHARS_MAX chars;
//   1 <= page_size <= the maximum of the store;
//   filter is of the store's schema;
//   labels and their values are within their limits;
//   created does not end before its start;
//   a cursor in `start` has the fingerprint of this query.
#[derive(Clone, Debug)]
pub(crate) struct ValidQuery<'q> {
    pub(crate) filter: Filter,
    /// The conditions on labels, in the order in which they were given. A job must meet all of them.
    pub(crate) labels: &'q [LabelClause],
    pub(crate) keyword: Option<Needle<'q>>,
    pub(crate) sort: SortOrder,
    pub(crate) start: ValidStart<'q>,
    pub(crate) page_size: u32,
    asked: &'q Asked,
    shape: Shape,
}

/// The conditions on the facets and the creation time of a job.
#[derive(Clone, Debug)]
pub(crate) struct Filter {
    pub(crate) facets: FacetFilter,
    pub(crate) created: CreatedRange,
}

/// The range of creation times.
pub(crate) type CreatedRange = (Bound<DateTime<Utc>>, Bound<DateTime<Utc>>);

/// The keyword that a job's ID or name must match.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Needle<'q> {
    pub(crate) text: &'q str,
    pub(crate) matching: Matching,
    /// The rung that answered the first page of this walk, if a cursor names one.
    pub(crate) pinned: Option<MatchLevel>,
    /// Whether the symbols of the keyword narrowed the first page of this walk down, if a cursor tells.
    pub(crate) pinned_symbols: Option<bool>,
}

impl<'q> Needle<'q> {
    /// The keyword of a query; `None` if the query has none, or one over the limits. Other fields are not checked.
    pub(crate) fn of(query: &'q Asked) -> Option<Self> {
        let text = valid_keyword(query.keyword.as_deref()).ok().flatten()?;
        Some(Self { text, matching: query.matching, pinned: None, pinned_symbols: None })
    }
}

/// The start of the page.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ValidStart<'q> {
    /// The page starts after this many matches.
    Offset(u64),
    /// The page starts after the position of this creation time and job ID. The job itself may be gone.
    After(DateTime<Utc>, &'q str),
}

impl<'q> ValidQuery<'q> {
    /// Checks a query to a store with this schema and this largest page size.
    ///
    /// # Errors
    /// [`QueryError`] for the first value that is refused.
    pub(crate) fn new(query: &'q Asked, schema: &Schema, page_size_max: u32) -> Result<Self, QueryError> {
        // The limits are checked first: the fingerprint of the start reads the whole keyword and all labels, and a text
        // over its limit must not be read.
        let text = check_limits(query, page_size_max)?;
        let facets = query.facet_filter(schema)?;
        let shape = *schema.shape();
        let (start, rung) = valid_start(query, &facets, &shape)?;
        let (pinned, pinned_symbols) = (rung.level, rung.level.map(|_| rung.with_symbols));
        Ok(Self {
            filter: Filter { facets, created: query.created },
            labels: &query.labels,
            keyword: text.map(|text| Needle { text, matching: query.matching, pinned, pinned_symbols }),
            sort: query.sort,
            start,
            page_size: query.page_size,
            asked: query,
            shape,
        })
    }

    /// Checks a query for its total alone, whatever the size of its page.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub(crate) fn for_total(query: &'q Asked, schema: &Schema) -> Result<Self, QueryError> {
        Self::new(query, schema, query.page_size)
    }

    /// The cursor after the job with this creation time and ID.
    pub(crate) fn cursor_after(&self, create_time: DateTime<Utc>, job_id: &str, rung: AnsweredRung) -> Cursor {
        let fingerprint = fingerprint(self.asked, &self.filter.facets, &self.shape);
        let AnsweredRung { level, with_symbols } = rung;
        Cursor { fingerprint, level, with_symbols, create_time, job_id: job_id.to_owned() }
    }
}

/// Checks everything that does not depend on a schema, except the cursor. Returns the keyword.
///
/// # Errors
/// [`QueryError`] for the first value that is refused.
pub(crate) fn check_limits(query: &Asked, page_size_max: u32) -> Result<Option<&str>, QueryError> {
    check_page_size(query.page_size, page_size_max)?;
    check_range(query.created)?;
    let keyword = valid_keyword(query.keyword.as_deref())?;
    labels::check(&query.labels)?;
    match query.start {
        PageStart::No(got) if got < PAGE_NO_MIN => Err(QueryError::PageNo { got, limit: PAGE_NO_MIN }),
        _ => Ok(keyword),
    }
}

fn check_page_size(got: u32, limit: u32) -> Result<(), QueryError> {
    if got < PAGE_SIZE_MIN {
        Err(QueryError::PageSizeUnder { got, limit: PAGE_SIZE_MIN })
    } else if got > limit {
        Err(QueryError::PageSizeOver { got, limit })
    } else {
        Ok(())
    }
}

fn valid_start<'q>(
    query: &'q Asked,
    facets: &FacetFilter,
    shape: &Shape,
) -> Result<(ValidStart<'q>, AnsweredRung), QueryError> {
    match &query.start {
        // The product saturates. No list has u64::MAX matches, so that page is as empty as the exact one.
        PageStart::No(page_no) => {
            let offset = (page_no - PAGE_NO_MIN).saturating_mul(query.page_size.into());
            Ok((ValidStart::Offset(offset), AnsweredRung::default()))
        }
        PageStart::After(cursor) if cursor.fingerprint != fingerprint(query, facets, shape) => {
            Err(CursorError::OtherQuery.into())
        }
        PageStart::After(cursor) => {
            let rung = AnsweredRung { level: cursor.level, with_symbols: cursor.with_symbols };
            Ok((ValidStart::After(cursor.create_time, &cursor.job_id), rung))
        }
    }
}

fn check_range(range: CreatedRange) -> Result<(), QueryError> {
    match range {
        (Bound::Included(from) | Bound::Excluded(from), Bound::Included(to) | Bound::Excluded(to)) if to < from => {
            Err(QueryError::CreatedRange { from, to })
        }
        _ => Ok(()),
    }
}

/// Whether a query may have a keyword.
pub(crate) fn is_within_limits(keyword: &str) -> bool {
    valid_keyword(Some(keyword)).is_ok()
}

fn valid_keyword(keyword: Option<&str>) -> Result<Option<&str>, QueryError> {
    let Some(raw) = keyword else { return Ok(None) };
    if raw.len() > KEYWORD_BYTES_MAX {
        return Err(QueryError::KeywordTooLarge { got: raw.len(), limit: KEYWORD_BYTES_MAX });
    }
    let text = raw.trim();
    // A text has at least as many bytes as characters, so a text within the limit in bytes needs no count.
    if text.len() > KEYWORD_CHARS_MAX {
        let got = text.chars().count();
        if got > KEYWORD_CHARS_MAX {
            return Err(QueryError::KeywordTooLong { got, limit: KEYWORD_CHARS_MAX });
        }
    }
    Ok(Some(text).filter(|text| !text.is_empty()))
}

/// Distinguishes queries whose lists differ in members or order. The size and the start of the page do not count.
///
/// Every part before the labels has a length that the schema tells or that stands before it, and labels come last. Two
/// different queries to a store therefore have different bytes.
fn fingerprint(query: &Asked, facets: &FacetFilter, shape: &Shape) -> u64 {
    let choices = [query.matching as u8, query.sort as u8];
    let hash = facets_fingerprint(Fingerprint::new(), facets, shape).bytes(&choices);
    let hash = bound_fingerprint(bound_fingerprint(hash, query.created.0), query.created.1);
    let hash = hash.text(query.keyword.as_deref().unwrap_or_default().trim());
    labels::fingerprint(hash, &query.labels).get()
}

/// Adds the accepted values of each facet: a bit for each value, the first value in the lowest bit of the first byte.
fn facets_fingerprint(hash: Fingerprint, facets: &FacetFilter, shape: &Shape) -> Fingerprint {
    (0..shape.facets()).fold(hash, |hash, facet| {
        let len = shape.values_of(facet);
        (0..len.div_ceil(8)).fold(hash, |hash, place| {
            let all = u8::MAX >> (8 - (len - place * 8).min(8));
            hash.bytes(&[facets.passing(facet).map_or(all, |passing| passing.byte(place))])
        })
    })
}

fn bound_fingerprint(hash: Fingerprint, bound: Bound<DateTime<Utc>>) -> Fingerprint {
    let (kind, time) = match bound {
        Bound::Unbounded => return hash.bytes(&[0]),
        Bound::Included(time) => (1, time),
        Bound::Excluded(time) => (2, time),
    };
    hash.bytes(&[kind]).bytes(&time.timestamp().to_le_bytes()).bytes(&time.timestamp_subsec_nanos().to_le_bytes())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;
    use crate::job::{Dyn, LiveFacets, StartMode, Status, TemplateType, TypedFacets};
    use crate::limits::PAGE_SIZE_MAX;
    use crate::query::ListQuery;

    const PLACE: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).expect("the tests name times that exist")
    }

    fn valid(query: &ListQuery) -> Result<ValidQuery<'_>, QueryError> {
        let schema = LiveFacets::schema().expect("the schema of the API");
        ValidQuery::new(query.asked(), &schema, PAGE_SIZE_MAX)
    }

    fn refusal(query: &ListQuery) -> Option<QueryError> {
        valid(query).err()
    }

    fn offset(query: &ListQuery) -> u64 {
        match valid(query).expect("valid").start {
            ValidStart::Offset(offset) => offset,
            ValidStart::After(..) => panic!("{query:?} has a page number"),
        }
    }

    fn cursor_of(query: &ListQuery) -> Cursor {
        valid(query).expect("valid").cursor_after(PLACE, "a046", AnsweredRung::of_level(Some(MatchLevel::OneTypo)))
    }

    fn fingerprint_of(query: &ListQuery) -> u64 {
        cursor_of(query).fingerprint
    }

    fn needle(keyword: &str) -> Result<Option<String>, QueryError> {
        let query = ListQuery::new().keyword(keyword);
        valid(&query).map(|valid| valid.keyword.map(|needle| needle.text.to_owned()))
    }

    /// Queries whose lists all differ in members or order.
    fn different_queries() -> Vec<ListQuery> {
        let new = ListQuery::new;
        vec![
            new(),
            new().template_type(TemplateType::Normal),
            new().template_type([TemplateType::Normal, TemplateType::Origin]),
            new().start_mode(StartMode::Immediate),
            new().start_mode(StartMode::Scheduled),
            new().status(Status::Pending),
            new().status(Status::Running),
            new().created(at(1)..),
            new().created(at(2)..),
            new().created((Bound::Excluded(at(1)), Bound::Unbounded)),
            new().created(..at(1)),
            new().created(..=at(1)),
            new().created(at(1)..at(2)),
            new().keyword("news"),
            new().keyword("News"),
            new().keyword("news 1"),
            new().keyword("news").matching(Matching::Literal),
            new().keyword("news").matching(Matching::Any),
            new().sort(SortOrder::Asc),
            new().filter(Status::Stopped..Status::Stopped),
            new().exclude(Status::Pending),
            new().exclude([TemplateType::Normal, TemplateType::Origin]),
            new().label("a", "b"),
            new().label("a", ["b", "c"]),
            new().label("a", "b").label("a", "c"),
            new().label("a", Vec::<String>::new()),
            new().label("ab", ""),
            new().label("", "ab"),
            new().label_not("a", "b"),
            new().label_exists("a"),
            new().label_absent("a"),
            new().label_absent("a").label_exists("b"),
            new().label_absent("b").label_exists("a"),
            new().keyword("a").label_exists("a"),
        ]
    }

    #[test]
    fn a_page_number_is_counted_from_one_and_never_overflows() {
        assert_eq!(refusal(&ListQuery::new().page_no(0)), Some(QueryError::PageNo { got: 0, limit: 1 }));
        for (page_no, page_size, expected) in [
            (1, 10, 0),
            (2, 10, 10),
            (1, 100, 0),
            (3, 1, 2),
            (u64::MAX, 1, u64::MAX - 1),
            (u64::MAX, 100, u64::MAX),
            (u64::MAX / 100 + 1, 100, u64::MAX / 100 * 100),
            (u64::MAX / 100 + 2, 100, u64::MAX),
        ] {
            let query = ListQuery::new().page_no(page_no).page_size(page_size);
            assert_eq!(offset(&query), expected, "page {page_no} of {page_size}");
        }
    }

    #[test]
    fn a_page_has_1_to_100_jobs() {
        for got in [1, 10, 99, 100] {
            assert_eq!(valid(&ListQuery::new().page_size(got)).map(|valid| valid.page_size), Ok(got));
        }
        let under = QueryError::PageSizeUnder { got: 0, limit: 1 };
        assert_eq!(refusal(&ListQuery::new().page_size(0)), Some(under));
        for got in [101, 1000, u32::MAX] {
            let over = QueryError::PageSizeOver { got, limit: 100 };
            assert_eq!(refusal(&ListQuery::new().page_size(got)), Some(over));
        }
    }

    #[test]
    fn a_range_that_ends_before_it_starts_is_refused_however_it_is_bounded() {
        let (from, to) = (at(2), at(1));
        let ends = |time| [Bound::Included(time), Bound::Excluded(time)];
        for start in ends(from) {
            for end in ends(to) {
                let query = ListQuery::new().created((start, end));
                assert_eq!(refusal(&query), Some(QueryError::CreatedRange { from, to }));
            }
        }
    }

    #[test]
    fn a_range_that_holds_an_instant_or_none_is_valid() {
        let same = Bound::Excluded(at(1));
        for range in [
            (Bound::Unbounded, Bound::Unbounded),
            (Bound::Included(at(1)), Bound::Included(at(1))),
            (Bound::Included(at(1)), same),
            (same, same),
            (Bound::Included(DateTime::<Utc>::MIN_UTC), Bound::Included(DateTime::<Utc>::MAX_UTC)),
            (Bound::Unbounded, Bound::Excluded(DateTime::<Utc>::MIN_UTC)),
            (Bound::Excluded(DateTime::<Utc>::MAX_UTC), Bound::Unbounded),
        ] {
            let query = ListQuery::new().created(range);
            assert_eq!(valid(&query).map(|valid| valid.filter.created), Ok(range));
        }
    }

    #[test]
    fn a_keyword_is_trimmed_and_one_of_white_space_is_none() {
        for (keyword, expected) in [
            ("news", Some("news")),
            (" \t\nnews\u{3000}", Some("news")),
            ("al  jazeera", Some("al  jazeera")),
            ("", None),
            ("   ", None),
            ("\u{a0}\u{2003}\u{3000}", None),
            ("\u{200b}", Some("\u{200b}")),
        ] {
            assert_eq!(needle(keyword), Ok(expected.map(str::to_owned)), "{keyword:?}");
        }
    }

    #[test]
    fn a_keyword_has_its_limit_in_characters_after_trimming() {
        for letter in ["x", "é", "电", "🎬"] {
            let longest = letter.repeat(KEYWORD_CHARS_MAX);
            assert_eq!(needle(&longest), Ok(Some(longest.clone())));
            assert_eq!(needle(&format!("  {longest}  ")), Ok(Some(longest.clone())));
            let got = KEYWORD_CHARS_MAX + 1;
            let refusal = Err(QueryError::KeywordTooLong { got, limit: KEYWORD_CHARS_MAX });
            assert_eq!(needle(&format!("{longest}{letter}")), refusal);
        }
    }

    #[test]
    fn white_space_around_a_keyword_has_its_limit_in_bytes() {
        let at_limit = format!("{}x", " ".repeat(KEYWORD_BYTES_MAX - 1));
        assert_eq!(needle(&at_limit), Ok(Some("x".to_owned())));
        let got = KEYWORD_BYTES_MAX + 1;
        let refusal = Err(QueryError::KeywordTooLarge { got, limit: KEYWORD_BYTES_MAX });
        assert_eq!(needle(&format!(" {at_limit}")), refusal);
        assert_eq!(needle(&" ".repeat(got)), refusal);
    }

    #[test]
    fn a_cursor_of_the_same_query_brings_its_place_and_its_rung() {
        for query in different_queries() {
            let cursor = cursor_of(&query);
            let next = query.clone().page_size(77).after(cursor);
            let valid = valid(&next).expect("the page size may change");
            assert!(matches!(valid.start, ValidStart::After(time, "a046") if time == PLACE), "{next:?}");
            if let Some(needle) = valid.keyword {
                assert_eq!(needle.pinned, Some(MatchLevel::OneTypo));
            }
            assert_eq!(
                valid.cursor_after(PLACE, "a046", AnsweredRung::of_level(Some(MatchLevel::OneTypo))),
                cursor_of(&query)
            );
        }
    }

    #[test]
    fn a_cursor_from_another_query_is_refused() {
        let queries = different_queries();
        for (place, query) in queries.iter().enumerate() {
            for (other_place, other) in queries.iter().enumerate() {
                let refused = refusal(&other.clone().after(cursor_of(query)));
                let expected = (place != other_place).then_some(QueryError::Cursor(CursorError::OtherQuery));
                assert_eq!(refused, expected, "cursor of {query:?} in {other:?}");
            }
        }
    }

    #[test]
    fn queries_are_equal_if_they_ask_the_same() {
        let queries = different_queries();
        for (place, query) in queries.iter().enumerate() {
            let equal: Vec<usize> = (0..queries.len()).filter(|&other| queries[other] == *query).collect();
            assert_eq!(equal, [place], "{query:?}");
            assert_eq!(query.clone(), *query);
            assert_ne!(query.clone().page_size(77), *query);
        }
    }

    #[test]
    fn the_same_query_said_in_another_way_takes_the_same_cursor() {
        let new = ListQuery::new;
        for (query, same) in [
            (new(), new().status([])),
            (new(), new().status([Status::Stopped, Status::Pending, Status::Running])),
            (new(), new().keyword(" \n")),
            (new(), new().page_no(7).page_size(3)),
            (new().keyword("news"), new().keyword("  news ")),
            (new().status([Status::Pending, Status::Running]), new().status([Status::Running, Status::Pending])),
            (new().status(Status::Running), new().status([Status::Running, Status::Running])),
            (new().status(Status::Running), new().exclude(Status::Pending).exclude(Status::Stopped)),
            (new().filter(..Status::Stopped), new().exclude(Status::Stopped)),
            (new().exclude(Status::Running).filter(Status::Running), new().filter(..Status::Pending)),
            (new().label("a", ["b", "c"]).label_exists("d"), new().label_exists("d").label("a", ["c", "b", "c"])),
            (new().label_exists("a"), new().label_exists("a").label_exists("a")),
        ] {
            assert_eq!(refusal(&same.clone().after(cursor_of(&query))), None, "cursor of {query:?} in {same:?}");
            assert_eq!(refusal(&query.clone().after(cursor_of(&same))), None, "cursor of {same:?} in {query:?}");
        }
    }

    #[test]
    fn the_last_of_page_number_and_cursor_counts() {
        let query = ListQuery::new();
        let stale = cursor_of(&ListQuery::new().sort(SortOrder::Asc));
        assert_eq!(offset(&query.clone().after(stale).page_no(3)), 20);
        let valid = query.clone().page_no(0).after(cursor_of(&query));
        assert_eq!(refusal(&valid), None);
    }

    /// The fingerprint of a keyword was once computed before the limit was checked, at any length. A keyword over the
    /// limit is now refused before a cursor is compared.
    #[test]
    fn a_keyword_over_its_limit_is_refused_before_the_cursor_is_looked_at() {
        let query = ListQuery::new().keyword("x".repeat(KEYWORD_BYTES_MAX + 1)).after(cursor_of(&ListQuery::new()));
        assert!(matches!(refusal(&query), Some(QueryError::KeywordTooLarge { .. })));
    }

    #[test]
    fn every_value_of_a_wide_facet_counts_in_the_fingerprint() {
        let schema =
            Schema::new().facet("queue", (0..130).map(|value| value.to_string())).facet("urgent", ["no", "yes"]);
        let queries: Vec<ListQuery<Dyn>> = (0..130)
            .map(|value| ListQuery::new().filter_text("queue", value.to_string()))
            .chain([
                ListQuery::new(),
                ListQuery::new().filter_text("urgent", "no"),
                ListQuery::new().exclude_text("urgent", "no"),
            ])
            .collect();
        let fingerprints: HashSet<u64> = queries
            .iter()
            .map(|query| ValidQuery::new(query.asked(), &schema, PAGE_SIZE_MAX).expect("valid"))
            .map(|valid| valid.cursor_after(PLACE, "a046", AnsweredRung::default()).fingerprint)
            .collect();
        assert_eq!(fingerprints.len(), queries.len());
    }

    /// A cursor outlives the process and the release that wrote it, so the fingerprint must not change.
    #[test]
    fn the_fingerprint_of_a_query_stays_as_it_is() {
        let query = ListQuery::new()
            .template_type(TemplateType::NarrowBand)
            .status([Status::Pending, Status::Running])
            .created(at(1)..=at(2))
            .keyword("news");
        assert_eq!(fingerprint_of(&ListQuery::new()), 1_718_448_261_847_997_451);
        assert_eq!(fingerprint_of(&query), 12_203_320_111_672_387_068);
        let schema = Schema::new().facet("queue", (0..13).map(|value| value.to_string()));
        let of_wide = |query: ListQuery<Dyn>| {
            let valid = ValidQuery::new(query.asked(), &schema, PAGE_SIZE_MAX).expect("the query is valid");
            valid.cursor_after(PLACE, "a046", AnsweredRung::default()).fingerprint
        };
        assert_eq!(of_wide(ListQuery::new()), 1_319_012_906_215_024_904);
        assert_eq!(of_wide(ListQuery::new().filter_text("queue", "12")), 6_783_627_443_898_592_418);
    }

    proptest! {
        #[test]
        fn a_valid_query_keeps_its_invariants(
            keyword in prop::option::of("\\s*.{0,140}\\s*"),
            page_no in any::<u64>(),
            page_size in 0_u32..120,
            from in any::<i32>(),
            to in any::<i32>(),
        ) {
            let mut query = ListQuery::new().page_no(page_no).page_size(page_size).created(at(from.into())..at(to.into()));
            if let Some(keyword) = keyword {
                query = query.keyword(keyword);
            }
            let Ok(valid) = valid(&query) else { return Ok(()) };
            prop_assert!((PAGE_SIZE_MIN..=PAGE_SIZE_MAX).contains(&valid.page_size));
            prop_assert!(from <= to);
            if let Some(needle) = valid.keyword {
                prop_assert!(!needle.text.is_empty() && needle.text.trim() == needle.text);
                prop_assert!(needle.text.chars().count() <= KEYWORD_CHARS_MAX);
            }
        }
    }
}
