//! The contract: public names that must not change, used as services use them, with the types of their results. Half of
//! this test is that it compiles.

use std::fmt::Display;
use std::str::FromStr;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use jobdex::error::{ExtendError, InsertError, QueryError, UpdateError};
use jobdex::{
    Cursor, Explanation, Facet, FacetCounts, Job, JobRecord, JobStore, ListQuery, MatchLevel, Matching, OutputStream,
    Page, SharedJobStore, Snapshot, SortOrder, StartMode, Status, StreamInput, TemplateType,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

type AnyError = Box<dyn std::error::Error>;

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_658_285_338 + second, 0).expect("a time of this century")
}

fn job(id: &str, name: &str, second: i64) -> Job {
    Job {
        name: name.to_owned(),
        job_id: id.to_owned(),
        template_type: TemplateType::Normal,
        template_id: "t1".to_owned(),
        template_name: "HD".to_owned(),
        start_mode: StartMode::Immediate,
        status: Status::Running,
        stream_input: StreamInput::default(),
        output_stream: OutputStream::default(),
        create_time: at(second),
    }
}

/// Thirty running jobs, one per second.
fn filled() -> Result<JobStore, ExtendError> {
    let mut store = JobStore::new();
    store.extend((0..30).map(|number| job(&format!("job-{number:02}"), "National Geographic", number)))?;
    Ok(store)
}

fn is_record<J: JobRecord>() {}
fn is_value<T: Clone + PartialEq + std::fmt::Debug + Serialize + DeserializeOwned>() {}
fn is_text<T: Display + FromStr + Serialize + DeserializeOwned>() {}
fn is_shown<T: Display + Serialize>() {}
fn is_shared<T: Send + Sync + Clone>() {}

#[test]
fn types_have_the_traits_that_services_need() {
    is_record::<Job>();
    is_value::<Job>();
    is_text::<Cursor>();
    is_shown::<Explanation>();
    is_shared::<Snapshot>();
    is_shared::<SharedJobStore>();
}

#[test]
fn verbs_take_and_return_the_types_of_the_contract() -> Result<(), AnyError> {
    let mut store = JobStore::new();
    store.insert(job("a", "Sky News", 1))?;
    let taken: Option<InsertError> = store.insert(job("a", "Sky News", 1)).err();
    assert_eq!(taken, Some(InsertError::JobIdTaken { job_id: "a".to_owned() }));
    let replaced: Option<Arc<Job>> = store.upsert(job("a", "Sky Sports", 1))?;
    assert_eq!(replaced.map(|job| job.name.clone()).as_deref(), Some("Sky News"));
    let id = String::from("a");
    store.update(&id, |job| job.status = Status::Stopped)?;
    let missing: Option<UpdateError> = store.update("b", |_| {}).err();
    assert_eq!(missing, Some(UpdateError::NotFound { job_id: "b".to_owned() }));
    let got: Option<&Arc<Job>> = store.get(&id);
    assert_eq!(got.map(|job| job.status), Some(Status::Stopped));
    assert_eq!(store.get_many(["a", "b"]).iter().map(Option::is_some).collect::<Vec<_>>(), [true, false]);
    let removed: Option<Arc<Job>> = store.remove(&id);
    assert!(removed.is_some() && store.is_empty());
    store.extend(vec![job("b", "", 2), job("a", "", 1)])?;
    assert_eq!(store.iter().map(|job| job.job_id.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    store.clear();
    assert_eq!(store.len(), 0);
    Ok(())
}

#[test]
fn a_query_is_built_listed_walked_counted_and_explained() -> Result<(), AnyError> {
    let store = filled()?;
    let (from, to) = (at(0), at(100));
    let query = ListQuery::new()
        .status(Status::Running)
        .template_type(TemplateType::Normal)
        .start_mode(StartMode::Immediate)
        .created(from..to)
        .keyword("natoinal")
        .matching(Matching::Closest)
        .sort(SortOrder::Desc)
        .page_no(1)
        .page_size(20);
    let page: Page<Job> = store.list(&query)?;
    let (total_count, jobs): (u64, &Vec<Arc<Job>>) = (page.total_count, &page.jobs);
    assert_eq!((total_count, jobs.len(), jobs[0].job_id.as_str()), (30, 20, "job-29"));
    let match_level: Option<MatchLevel> = page.match_level;
    assert_eq!(match_level, Some(MatchLevel::OneTypo));
    let facets: FacetCounts = store.facets(&query)?;
    assert_eq!((facets.status.of(Status::Running), facets.status.of(Status::Stopped)), (30, 0));
    assert!(store.explain(&query)?.to_string().starts_with("path"));
    assert!(serde_json::to_value(store.explain(&query)?)?.is_object());
    let next: Option<Cursor> = page.next;
    let rest = store.list(&query.after(next.expect("there is more")))?;
    assert_eq!((rest.jobs.len(), rest.jobs[0].job_id.as_str(), rest.next), (10, "job-09", None));
    let refusal: Option<QueryError> = store.list(&ListQuery::new().page_no(0)).err();
    assert_eq!(refusal, Some(QueryError::PageNo { got: 0, limit: 1 }));
    Ok(())
}

#[test]
fn a_new_query_has_the_defaults() -> Result<(), AnyError> {
    let (store, query) = (filled()?, ListQuery::new());
    let page = store.list(&query)?;
    assert_eq!((page.jobs.len(), page.jobs[0].job_id.as_str(), page.total_count), (10, "job-29", 30));
    assert_eq!(query.sort(SortOrder::Desc).page_no(1).page_size(10).matching(Matching::Closest), ListQuery::new());
    // The fields are as large as their types, so that no number of a caller is truncated.
    assert_eq!(store.list(&ListQuery::new().page_no(u64::MAX))?.total_count, 30);
    assert!(store.list(&ListQuery::new().page_size(u32::MAX)).is_err());
    Ok(())
}

#[test]
fn a_facet_is_set_by_any_iterator_of_its_values() {
    let values = [Status::Pending, Status::Running];
    let expected = ListQuery::new().status(values);
    assert_eq!(ListQuery::new().status(values.to_vec()), expected);
    assert_eq!(ListQuery::new().status(values.iter().copied()), expected);
    assert_eq!(ListQuery::new().status(values.into_iter().filter(|_| true)), expected);
    assert_eq!(ListQuery::new().status(std::collections::BTreeSet::from(values)), expected);
    assert_eq!(ListQuery::new().status(Some(Status::Running)), ListQuery::new().status(Status::Running));
    assert_eq!(ListQuery::new().status([]), ListQuery::new());
    assert_eq!(
        ListQuery::new().template_type(vec![TemplateType::Origin]).start_mode([StartMode::Scheduled]),
        ListQuery::new().template_type(TemplateType::Origin).start_mode(StartMode::Scheduled),
    );
}

#[test]
fn a_creation_time_is_bounded_by_any_kind_of_range() -> Result<(), AnyError> {
    let store = filled()?;
    let total = |query: ListQuery| store.list(&query).map(|page| page.total_count);
    let (from, to) = (at(10), at(20));
    assert_eq!(total(ListQuery::new().created(from..to))?, 10);
    assert_eq!(total(ListQuery::new().created(from..=to))?, 11);
    assert_eq!(total(ListQuery::new().created(from..))?, 20);
    assert_eq!(total(ListQuery::new().created(..to))?, 20);
    assert_eq!(total(ListQuery::new().created(..=to))?, 21);
    assert_eq!(total(ListQuery::new().created(..))?, 30);
    Ok(())
}

#[test]
fn a_shared_store_returns_the_result_of_its_closure_and_passes_on_a_panic() -> Result<(), AnyError> {
    let shared = SharedJobStore::new(filled()?);
    let before: Snapshot = shared.snapshot();
    let given: usize = shared.write(|store| {
        store.update("job-00", |job| job.status = Status::Stopped)?;
        Ok::<_, UpdateError>(store.len())
    })?;
    assert_eq!((given, before.version(), shared.snapshot().version()), (30, 0, 1));
    let failed: Result<(), &str> = shared.write(|store| {
        store.clear();
        Err("not this time")
    });
    assert_eq!((failed, shared.snapshot().len()), (Err("not this time"), 30));
    let there = shared.clone();
    let panicked = std::thread::spawn(move || {
        there.write(|store| -> Result<(), UpdateError> {
            store.clear();
            std::panic::panic_any("given up")
        })
    });
    let payload = panicked.join().expect_err("a panic passes through");
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"given up"));
    assert_eq!((shared.snapshot().len(), shared.version()), (30, 1));
    let readable = before.list(&ListQuery::new().status(Status::Running))?;
    assert_eq!(readable.total_count, 30, "a snapshot reads as a store does, and stays as it was");
    Ok(())
}

/// A match without a wildcard fails to compile when a value is added.
#[test]
fn enumerations_have_exactly_these_values() {
    let status = |value| match value {
        Status::Pending => 0,
        Status::Running => 1,
        Status::Stopped => 2,
    };
    let start_mode = |value| match value {
        StartMode::Immediate => 0,
        StartMode::Scheduled => 1,
    };
    let template_type = |value| match value {
        TemplateType::Normal => 0,
        TemplateType::NarrowBand => 1,
        TemplateType::AudioOnly => 2,
        TemplateType::Origin => 3,
    };
    let order = |value| match value {
        SortOrder::Asc => 0,
        SortOrder::Desc => 1,
    };
    let level = |value| match value {
        MatchLevel::Literal => 0,
        MatchLevel::OneTypo => 1,
        MatchLevel::TwoTypos => 2,
    };
    assert!(Status::ALL.iter().map(|&value| status(value)).eq(0..3));
    assert!(StartMode::ALL.iter().map(|&value| start_mode(value)).eq(0..2));
    assert!(TemplateType::ALL.iter().map(|&value| template_type(value)).eq(0..4));
    assert_eq!([order(SortOrder::Asc), order(SortOrder::Desc)], [0, 1]);
    assert!(MatchLevel::ALL.map(level).into_iter().eq(0..3));
}
