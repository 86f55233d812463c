//! Bad input returns a typed error that names the field, the value and the limit, and leaves the store unchanged.

use std::ops::Bound::{Excluded, Included};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use jobdex::error::{ChangesError, CursorError, InsertError, QueryError, UpdateError};
use jobdex::limits::{
    CURSOR_BYTES_MAX, JOB_ID_BYTES_MAX, KEYWORD_BYTES_MAX, KEYWORD_CHARS_MAX, NAME_BYTES_MAX, NAME_FOLDED_CHARS_MAX,
    PAGE_SIZE_MAX,
};
use jobdex::{
    Cursor, FacetCounts, Job, JobStore, ListQuery, Matching, Page, Snapshot, SortOrder, Status, TemplateType,
};

use crate::oracle::store::{ListSpec, Oracle};
use crate::oracle::twins::{check_list, check_whole};
use crate::oracle::vocabulary::{JOB_IDS, NAMES, job, time, times};

/// Thirty jobs with ties, and both ends of the calendar among their times.
fn jobs() -> Vec<Job> {
    let times = times();
    (0..30).map(|n| job(JOB_IDS[n], NAMES[n + 4], times[n % times.len()], n * 7)).collect()
}

/// A good job that none of those is, at this second.
fn new_job(number: usize, second: usize) -> Job {
    job(&format!("new-{number}"), NAMES[number], time(i64::try_from(second).expect("a second fits")), number)
}

fn store_of(jobs: Vec<Job>) -> JobStore {
    let mut store = JobStore::new();
    store.extend(jobs).expect("the jobs are good");
    store
}

/// Everything that a caller can see of a store.
#[derive(Debug, PartialEq)]
struct Sight {
    jobs: Vec<Arc<Job>>,
    pages: Vec<Page>,
    facets: Vec<FacetCounts>,
}

impl Sight {
    fn of(reader: &Snapshot) -> Self {
        reader.check_invariants();
        let queries = || {
            let keywords = ["", "news", "sky newz", "discvery", "job-1", "综合", "zzzz", "n", "TAKEN", "half"];
            let matchings = [Matching::Closest, Matching::Any];
            keywords.into_iter().flat_map(move |keyword| {
                matchings.map(|matching| ListQuery::new().keyword(keyword).matching(matching).page_size(100))
            })
        };
        Self {
            jobs: reader.iter().cloned().collect(),
            pages: queries().map(|query| reader.list(&query).expect("valid")).collect(),
            facets: queries().map(|query| reader.facets(&query.status(Status::Running)).expect("valid")).collect(),
        }
    }
}

/// Runs a write that fails, and sees that it left nothing behind, in the store or in a snapshot of before.
fn changes_nothing<T>(store: &mut JobStore, write: impl FnOnce(&mut JobStore) -> T) -> T {
    let before = Sight::of(store);
    let snapshot = store.snapshot();
    let outcome = write(store);
    assert_eq!(Sight::of(store), before, "the failed write left the store as it was");
    assert_eq!(Sight::of(&snapshot), before, "and the snapshot");
    outcome
}

/// Every read refuses the query for the same reason.
fn refused(reader: &Snapshot, query: &ListQuery) -> QueryError {
    let error = reader.list(query).expect_err("the query is bad");
    assert_eq!(reader.facets(query).expect_err("the query is bad"), error, "facets refuse as list does");
    assert_eq!(reader.explain(query).expect_err("the query is bad"), error, "explain refuses as list does");
    for &path in jobdex::AccessPath::ALL {
        assert_eq!(reader.list_by(query, path).expect_err("the query is bad"), error, "by {path:?}");
    }
    error
}

#[test]
fn page_numbers_begin_at_one() {
    let error = refused(&store_of(jobs()), &ListQuery::new().page_no(0));
    assert_eq!(error, QueryError::PageNo { got: 0, limit: 1 });
    assert_eq!(error.to_string(), "page number must be at least 1, got 0");
}

#[test]
fn every_text_names_what_was_got_the_limit_and_the_way_out() {
    let table: [(&dyn std::fmt::Display, &str); 14] = [
        (&QueryError::PageNo { got: 0, limit: 1 }, "page number must be at least 1, got 0"),
        (&QueryError::PageSizeUnder { got: 0, limit: 1 }, "page size must be at least 1, got 0"),
        (&QueryError::PageSizeOver { got: 500, limit: 100 }, "page size 500 is over the limit of 100"),
        (&QueryError::KeywordTooLong { got: 129, limit: 128 }, "keyword of 129 characters is over the limit of 128"),
        (
            &QueryError::KeywordTooLarge { got: 4097, limit: 4096 },
            "keyword of 4097 bytes, including the white space around it, is over the limit of 4096",
        ),
        (
            &QueryError::CreatedRange { from: time(3), to: time(2) },
            "creation-time range must not end before its start, \
             got an end at 2022-07-20T02:49:00Z and a start at 2022-07-20T02:49:01Z",
        ),
        (
            &CursorError::TooLong { got: 513, limit: 512 },
            "cursor of 513 bytes is over the limit of 512; start again from the first page",
        ),
        (&CursorError::Damaged, "cursor is damaged; start again from the first page"),
        (
            &CursorError::Version { got: 2, expected: 1 },
            "cursor must be of version 1, got version 2; start again from the first page",
        ),
        (
            &CursorError::OtherQuery,
            "cursor belongs to a query with other filters, keyword, matching or order; start again from the first page",
        ),
        (&InsertError::JobIdEmpty, "job id must be at least 1 byte long, got an empty text"),
        (
            &InsertError::StoreFull { limit: 1 << 29 },
            "store is full at its limit of 536870912 jobs; remove jobs before you insert more",
        ),
        (
            &ChangesError::Lagged { since: 3, oldest: 7 },
            "changes since version 3 are gone, history begins at version 7; take a snapshot and continue from its version",
        ),
        (
            &ChangesError::Ahead { since: 9, newest: 7 },
            "version 9 is ahead of the newest version 7; take a snapshot and continue from its version",
        ),
    ];
    for (error, text) in table {
        assert_eq!(error.to_string(), text);
    }
}

#[test]
fn page_sizes_are_1_to_100() {
    let store = store_of(jobs());
    let size = |page_size| ListQuery::new().page_size(page_size);
    assert_eq!(refused(&store, &size(0)), QueryError::PageSizeUnder { got: 0, limit: 1 });
    for got in [101, 1 << 31, u32::MAX] {
        assert_eq!(refused(&store, &size(got)), QueryError::PageSizeOver { got, limit: PAGE_SIZE_MAX });
    }
    assert_eq!(store.list(&size(1)).expect("valid").jobs.len(), 1);
    assert_eq!(store.list(&size(100)).expect("valid").jobs.len(), 30);
}

#[test]
fn a_page_past_the_end_is_empty_and_has_the_right_total() {
    for (store, total) in [(store_of(jobs()), 30), (JobStore::new(), 0)] {
        for page_no in [4, 1 << 31, (1 << 32) + 1, 1 << 63, u64::MAX / 100, u64::MAX / 100 + 2, u64::MAX - 1, u64::MAX]
        {
            for page_size in [10, 16, 99, 100] {
                for sort in [SortOrder::Asc, SortOrder::Desc] {
                    let page = store.list(&ListQuery::new().page_no(page_no).page_size(page_size).sort(sort));
                    let page = page.expect("any page from 1 is valid");
                    assert_eq!((page.jobs.len(), page.total_count, page.next), (0, total, None), "page {page_no}");
                }
            }
        }
    }
}

#[test]
fn keywords_have_at_most_128_characters_after_trimming() {
    let store = store_of(jobs());
    for one in ["k", "é", "键", "🔥", "\u{200d}", "\u{fdfa}", "%"] {
        let long = ListQuery::new().keyword(format!(" {} ", one.repeat(KEYWORD_CHARS_MAX + 1)));
        assert_eq!(refused(&store, &long), QueryError::KeywordTooLong { got: 129, limit: KEYWORD_CHARS_MAX });
        let longest = ListQuery::new().keyword(format!("\t\u{3000}{}  ", one.repeat(KEYWORD_CHARS_MAX)));
        assert!(store.list(&longest).is_ok(), "128 times {one:?} is not too long");
    }
}

#[test]
fn the_white_space_around_a_keyword_is_bounded_too() {
    let store = store_of(jobs());
    let padded = |bytes: usize| ListQuery::new().keyword(format!("{:1$}", "news", bytes));
    let error = refused(&store, &padded(KEYWORD_BYTES_MAX + 1));
    assert_eq!(error, QueryError::KeywordTooLarge { got: KEYWORD_BYTES_MAX + 1, limit: KEYWORD_BYTES_MAX });
    let news = store.list(&ListQuery::new().keyword("news")).expect("valid");
    assert_eq!(store.list(&padded(KEYWORD_BYTES_MAX)).expect("valid"), news);
}

#[test]
fn a_range_that_ends_before_it_starts_is_refused_with_both_ends() {
    let store = store_of(jobs());
    let (from, to) = (time(3) + TimeDelta::nanoseconds(1), time(3));
    for range in [
        (Included(from), Included(to)),
        (Included(from), Excluded(to)),
        (Excluded(from), Included(to)),
        (Excluded(from), Excluded(to)),
    ] {
        assert_eq!(refused(&store, &ListQuery::new().created(range)), QueryError::CreatedRange { from, to });
    }
    let calendar = (Included(DateTime::<Utc>::MAX_UTC), Included(DateTime::<Utc>::MIN_UTC));
    assert!(matches!(refused(&store, &ListQuery::new().created(calendar)), QueryError::CreatedRange { .. }));
}

#[test]
fn a_range_without_an_instant_is_an_empty_list() {
    let store = store_of(jobs());
    for at in times() {
        for range in [(Included(at), Excluded(at)), (Excluded(at), Included(at)), (Excluded(at), Excluded(at))] {
            assert_eq!(store.list(&ListQuery::new().created(range)).expect("valid").total_count, 0, "{range:?}");
        }
    }
}

#[test]
fn a_damaged_cursor_is_refused() {
    let store = store_of(jobs());
    let query = ListQuery::new().page_size(3);
    let text = store.list(&query).expect("valid").next.expect("there is a second page").to_string();
    assert!(text.parse::<Cursor>().is_ok());
    for cut in 0..text.len() {
        let short: Result<Cursor, _> = text[..cut].parse();
        assert_eq!(short.expect_err("it was cut"), CursorError::Damaged, "cut to {cut} bytes");
    }
    for place in 0..text.len() {
        for other in ['A', 'b', '9', '-', '_', '+', '/', '=', ' ', 'é'] {
            let changed: String = text.chars().enumerate().map(|(at, c)| if at == place { other } else { c }).collect();
            if changed != text {
                let error = changed.parse::<Cursor>().expect_err("it was changed");
                assert!(matches!(error, CursorError::Damaged | CursorError::Version { .. }), "{changed}: {error}");
            }
        }
    }
    for text in ["", " ", "1", "nul!", "\u{0}", "🔥🔥🔥🔥", "AQ", "AQEA", &format!("{text}A"), &format!(" {text}")]
    {
        assert_eq!(text.parse::<Cursor>().expect_err("no cursor"), CursorError::Damaged, "{text:?}");
    }
}

#[test]
fn a_cursor_over_the_length_limit_is_refused_for_its_length() {
    let error = "A".repeat(CURSOR_BYTES_MAX + 1).parse::<Cursor>().expect_err("too long");
    assert_eq!(error, CursorError::TooLong { got: CURSOR_BYTES_MAX + 1, limit: CURSOR_BYTES_MAX });
    assert_ne!("B".repeat(CURSOR_BYTES_MAX).parse::<Cursor>().expect_err("no cursor"), error);
}

#[test]
fn a_cursor_of_another_version_is_refused_with_both_versions() {
    let text = store_of(jobs()).list(&ListQuery::new()).expect("valid").next.expect("more").to_string();
    // The version is the first byte, so the first character and a half: the first character alone changes it by fours.
    let newer = format!("{}{}", if text.starts_with('A') { 'B' } else { 'A' }, &text[1..]);
    let error = newer.parse::<Cursor>().expect_err("another version");
    let CursorError::Version { got, expected } = error else { panic!("{error:?} is about the version") };
    assert_ne!(got, expected);
}

#[test]
fn a_cursor_of_another_query_is_refused() {
    let store = store_of(jobs());
    let query = || ListQuery::new().page_size(2);
    let next = |query: &ListQuery| store.list(query).expect("valid").next.expect("there is a second page");
    let cursor = next(&query());
    let others = [
        query().sort(SortOrder::Asc),
        query().status(Status::Running),
        query().status([Status::Pending, Status::Stopped]),
        query().template_type(TemplateType::Normal),
        query().start_mode(jobdex::StartMode::Immediate),
        query().created(time(0)..),
        query().created(..time(0)),
        query().created(..=time(0)),
        query().keyword("news"),
        query().matching(Matching::Any),
    ];
    for other in others {
        let error = refused(&store, &other.after(cursor.clone()));
        assert_eq!(error, QueryError::Cursor(CursorError::OtherQuery));
    }
    let same = [
        query().page_size(100),
        query().page_no(7),
        query().keyword(" \t"),
        query().status([Status::Stopped, Status::Pending, Status::Running]),
    ];
    for same in same {
        assert!(store.list(&same.after(cursor.clone())).is_ok(), "the same list, said in another way");
    }
}

#[test]
fn a_taken_id_is_refused_and_named() {
    let mut store = store_of(jobs());
    for taken in jobs() {
        let other = Job { name: "TAKEN".into(), create_time: time(99), ..taken };
        let job_id = other.job_id.clone();
        let error = changes_nothing(&mut store, |store| store.insert(other)).expect_err("the ID is taken");
        assert_eq!(error, InsertError::JobIdTaken { job_id });
    }
}

/// Each way in which a record can be over a limit, with the field, its length and the limit.
fn over_limits() -> Vec<(Job, &'static str, usize, usize)> {
    let good = job("half", "half", time(4), 9);
    let id = Job { job_id: "i".repeat(JOB_ID_BYTES_MAX + 1), ..good.clone() };
    let wide_id = Job { job_id: "é".repeat(JOB_ID_BYTES_MAX / 2 + 1), ..good.clone() };
    let name = Job { name: "n".repeat(NAME_BYTES_MAX + 1), ..good.clone() };
    let unfolded_name = Job { name: "\u{fdfa}".repeat(114), ..good.clone() };
    let wide_name = Job { name: "新".repeat(NAME_BYTES_MAX / 3 + 1), ..good.clone() };
    let huge_name = Job { name: "n".repeat(1 << 20), ..good };
    vec![
        (id, "job_id", JOB_ID_BYTES_MAX + 1, JOB_ID_BYTES_MAX),
        (wide_id, "job_id", JOB_ID_BYTES_MAX + 2, JOB_ID_BYTES_MAX),
        (name, "name", NAME_BYTES_MAX + 1, NAME_BYTES_MAX),
        (wide_name, "name", (NAME_BYTES_MAX / 3 + 1) * 3, NAME_BYTES_MAX),
        (huge_name, "name", 1 << 20, NAME_BYTES_MAX),
        (unfolded_name, "name", 114 * 18, NAME_FOLDED_CHARS_MAX),
    ]
}

#[test]
fn a_field_over_its_limit_is_refused_and_named_with_length_and_limit() {
    let mut store = store_of(jobs());
    for (bad, field, got, limit) in over_limits() {
        let inserted = changes_nothing(&mut store, |store| store.insert(bad.clone())).expect_err("too long");
        let upserted = changes_nothing(&mut store, |store| store.upsert(bad.clone())).expect_err("too long");
        assert_eq!(inserted, upserted);
        let InsertError::TooLong(error) = inserted else { panic!("{inserted:?} is about the length") };
        assert_eq!((error.field, error.got, error.limit), (field, got, limit));
        assert_eq!(error.to_string(), format!("{field} of {got} {} is over the limit of {limit}", error.unit));
    }
}

#[test]
fn an_upsert_that_is_refused_keeps_the_job_it_would_replace() {
    let mut store = store_of(jobs());
    let bad = Job { job_id: JOB_IDS[3].into(), ..over_limits()[2].0.clone() };
    assert!(changes_nothing(&mut store, |store| store.upsert(bad)).is_err());
}

#[test]
fn an_empty_id_is_refused() {
    let mut store = store_of(jobs());
    let bad = || job("", "half", time(4), 9);
    assert_eq!(changes_nothing(&mut store, |store| store.insert(bad())), Err(InsertError::JobIdEmpty));
    assert_eq!(changes_nothing(&mut store, |store| store.upsert(bad())), Err(InsertError::JobIdEmpty));
    assert!(store.get("").is_none());
    assert!(store.remove("").is_none());
}

#[test]
fn an_update_that_is_refused_says_why_and_changes_nothing() {
    let mut store = store_of(jobs());
    let missing = changes_nothing(&mut store, |store| store.update("half", |_| panic!("there is no job to change")));
    assert_eq!(missing, Err(UpdateError::NotFound { job_id: "half".into() }));
    for to in ["half", "", "JOB-1", JOB_IDS[5]] {
        let renamed = changes_nothing(&mut store, |store| {
            store.update("job-1", |job| {
                job.name = "half".into();
                job.create_time = time(77);
                job.job_id = to.into();
            })
        });
        assert_eq!(renamed, Err(UpdateError::JobIdChanged { from: "job-1".into(), to: to.into() }));
    }
    let longer = changes_nothing(&mut store, |store| {
        store.update("job-1", |job| {
            job.status = Status::Stopped;
            job.name = "n".repeat(NAME_BYTES_MAX + 1);
        })
    });
    let Err(UpdateError::TooLong(error)) = longer else { panic!("{longer:?} is about the length") };
    assert_eq!((error.field, error.got, error.limit), ("name", NAME_BYTES_MAX + 1, NAME_BYTES_MAX));
}

#[test]
fn a_panic_inside_an_update_leaves_the_store_unchanged_and_working() {
    let mut store = store_of(jobs());
    for id in JOB_IDS.iter().take(30) {
        let outcome = changes_nothing(&mut store, |store| {
            catch_unwind(AssertUnwindSafe(|| {
                store.update(id, |job| {
                    job.name = "half".into();
                    job.status = Status::Stopped;
                    job.create_time = time(50);
                    panic!("inside the update");
                })
            }))
        });
        assert!(outcome.is_err(), "the panic passes through");
    }
    works_as_the_oracle(store, Oracle::of(jobs()));
}

#[test]
fn a_bad_job_at_any_position_of_a_batch_refuses_all_of_it() {
    let good = || (0..12).map(|n| new_job(n, 20 - n % 5)).collect::<Vec<_>>();
    let bad = [
        job("", "half", time(4), 9),
        job(JOB_IDS[4], "half", time(4), 9),
        Job { name: "n".repeat(NAME_BYTES_MAX + 1), ..job("half", "", time(4), 9) },
        Job { job_id: "i".repeat(JOB_ID_BYTES_MAX + 1), ..job("half", "half", time(4), 9) },
    ];
    for start in [Vec::new(), jobs()] {
        for position in 0..=good().len() {
            for bad in bad.iter().filter(|bad| bad.job_id != JOB_IDS[4] || !start.is_empty()) {
                let mut store = store_of(start.clone());
                let mut batch = good();
                batch.insert(position, bad.clone());
                let error = changes_nothing(&mut store, |store| store.extend(batch)).expect_err("a job is bad");
                assert_eq!(error.position, position, "{error}");
                let alone = store.insert(bad.clone()).expect_err("it is bad alone too");
                assert_eq!(error.reason, alone);
                store.extend(good()).expect("the good jobs are still taken");
            }
        }
    }
}

#[test]
fn a_duplicate_within_a_batch_is_refused_at_its_second_place() {
    for first in 0..8 {
        for second in first + 1..8 {
            let mut batch: Vec<_> = (0..8).map(|n| new_job(n, 9 - n)).collect();
            batch[second].job_id = batch[first].job_id.clone();
            let mut store = store_of(jobs());
            let error = changes_nothing(&mut store, |store| store.extend(batch)).expect_err("a duplicate");
            assert_eq!(error.position, second);
            assert_eq!(error.reason, InsertError::JobIdTaken { job_id: format!("new-{first}") });
        }
    }
}

#[test]
fn a_batch_that_panics_at_any_position_leaves_the_store_unchanged_and_working() {
    for start in [Vec::new(), jobs()] {
        let batch: Vec<_> = (0..12).map(|n| new_job(n, n % 5)).collect();
        for position in 0..=batch.len() {
            let mut store = store_of(start.clone());
            let next = batch.iter().cloned().map(Some).chain([None]).enumerate().map(move |(at, job)| {
                assert!(at != position, "inside the batch");
                job.expect("position is reached before the end")
            });
            let outcome = changes_nothing(&mut store, |store| catch_unwind(AssertUnwindSafe(|| store.extend(next))));
            assert!(outcome.is_err(), "the panic passes through");
            works_as_the_oracle(store, Oracle::of(start.clone()));
        }
    }
}

/// After whatever happened before, writes and reads work.
fn works_as_the_oracle(mut store: JobStore, mut oracle: Oracle) {
    for (number, name) in NAMES.iter().enumerate() {
        let more = job(&format!("after-{number}"), name, times()[number % 14], number);
        store.insert(more.clone()).expect("it is good");
        oracle.insert(more).expect("it is good");
    }
    store.remove("after-7");
    oracle.remove("after-7");
    check_whole(&store, &oracle);
    for keyword in ["", "news", "discvery", "after-9"] {
        let spec = ListSpec { keyword: Some(keyword.into()), page_size: 100, ..ListSpec::default() };
        check_list(&store, &oracle, &spec);
    }
}

#[test]
fn times_at_both_ends_of_the_calendar_are_times_like_any() {
    let ends = [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC];
    let near = [ends[0] + TimeDelta::nanoseconds(1), ends[1] - TimeDelta::nanoseconds(1)];
    let all: Vec<_> = ends.into_iter().chain(near).chain([time(0)]).collect();
    let mut oracle = Oracle::new();
    let mut store = JobStore::new();
    for (number, &at) in all.iter().cycle().take(25).enumerate() {
        let one = job(&format!("end-{number}"), "the end", at, number);
        store.insert(one.clone()).expect("any time is good");
        oracle.insert(one).expect("any time is good");
    }
    check_whole(&store, &oracle);
    for &from in &all {
        for &to in all.iter().filter(|&&to| to >= from) {
            for sort in [SortOrder::Asc, SortOrder::Desc] {
                for created in [
                    (Included(from), Included(to)),
                    (Excluded(from), Included(to)),
                    (Included(from), Excluded(to)),
                    (Excluded(from), Excluded(to)),
                ] {
                    let spec = ListSpec { created, sort, page_size: 2, ..ListSpec::default() };
                    let mut next = Some(spec);
                    while let Some(spec) = next {
                        next = check_list(&store, &oracle, &spec).0;
                    }
                }
            }
        }
    }
    for (number, &at) in all.iter().rev().cycle().take(25).enumerate() {
        store.update(&format!("end-{number}"), |job| job.create_time = at).expect("any time is good");
        oracle.update(&format!("end-{number}"), |job| job.create_time = at).expect("any time is good");
        check_whole(&store, &oracle);
    }
}

#[test]
fn an_empty_store_answers_everything() {
    let mut fresh = JobStore::new();
    let emptied = {
        let mut store = store_of(jobs());
        for job in jobs() {
            store.remove(&job.job_id);
        }
        store
    };
    let cleared = {
        let mut store = store_of(jobs());
        store.clear();
        store
    };
    for store in [&fresh, &emptied, &cleared, &JobStore::default()] {
        check_whole(store, &Oracle::new());
        for keyword in [None, Some("news"), Some("job-1"), Some("%"), Some("\u{200d}")] {
            for matching in [Matching::Closest, Matching::Literal, Matching::Any] {
                let keyword = keyword.map(str::to_owned);
                check_list(store, &Oracle::new(), &ListSpec { keyword, matching, ..ListSpec::default() });
            }
        }
    }
    assert!(fresh.remove("job-1").is_none());
    assert!(fresh.update("job-1", |_| {}).is_err());
    fresh.extend([]).expect("an empty batch is good");
    fresh.clear();
    works_as_the_oracle(fresh, Oracle::new());
    works_as_the_oracle(emptied, Oracle::new());
    works_as_the_oracle(cleared, Oracle::new());
}

#[test]
fn a_cursor_from_a_full_store_is_good_in_an_empty_one() {
    let mut store = store_of(jobs());
    let cursor = store.list(&ListQuery::new()).expect("valid").next.expect("more");
    store.clear();
    let page = store.list(&ListQuery::new().after(cursor)).expect("valid");
    assert_eq!((page.jobs.len(), page.total_count, page.next), (0, 0, None));
}

#[test]
fn fields_at_their_limits_are_taken_and_found() {
    let mut oracle = Oracle::new();
    let mut store = JobStore::new();
    let longest = job(&"I".repeat(JOB_ID_BYTES_MAX), &"n".repeat(NAME_BYTES_MAX), time(0), 1);
    let words = job("words", &"ab ".repeat(NAME_BYTES_MAX / 3), time(0), 2);
    let distinct: Vec<String> = (0..NAME_BYTES_MAX / 4).map(|n| format!("{n:03}")).collect();
    let distinct = job("distinct", &distinct.join(" "), time(0), 3);
    let marks = job("marks", &format!("e{}", "\u{301}".repeat(NAME_BYTES_MAX / 2 - 1)), time(0), 4);
    let unfolds = job("unfolds", &"\u{fdfa}".repeat(NAME_FOLDED_CHARS_MAX / 18), time(0), 5);
    for one in [longest, words, distinct, marks, unfolds] {
        store.insert(one.clone()).expect("at the limit");
        oracle.insert(one).expect("at the limit");
    }
    check_whole(&store, &oracle);
    let keywords = [
        "i".repeat(JOB_ID_BYTES_MAX),
        "n".repeat(KEYWORD_CHARS_MAX),
        "n".repeat(62),
        "n".repeat(63),
        "ab ".repeat(KEYWORD_CHARS_MAX / 3),
        "aab ab".into(),
        "007".into(),
        "e".into(),
        "\u{fdfa}".into(),
        "\u{fdfa}".repeat(KEYWORD_CHARS_MAX),
        "صلى الله".into(),
    ];
    for keyword in keywords {
        for matching in [Matching::Closest, Matching::Any] {
            check_list(&store, &oracle, &ListSpec { keyword: Some(keyword.clone()), matching, ..ListSpec::default() });
        }
    }
}
