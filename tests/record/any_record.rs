//! The contract for records that are not the API's jobs: typed facets, labels, and facets that are known at run time.

use std::borrow::Cow;

use chrono::{DateTime, TimeDelta, Utc};
use jobdex::error::{FacetError, InsertError, QueryError, SchemaError, TooLong, UpdateError};
use jobdex::{Dyn, Facet, JobStore, ListQuery, Record, Schema, SharedJobStore, facet};

type AnyError = Box<dyn std::error::Error>;

facet! {
    /// The state of an encode job.
    pub enum State: "state" {
        /// It waits for a machine.
        Queued = "queued",
        /// A machine works on it.
        Running = "running",
        /// It has ended without a result.
        Failed = "failed",
    }

    pub(crate) enum Priority: "priority" { Low = "low", Normal = "normal", High = "high", Urgent = "urgent" }

    enum Region: "region" { Eu = "eu", Us = "us" }

    /// The region that the stream comes from.
    pub struct SourceRegion(Option<Region>): "source_region";
}

#[derive(Clone, Debug)]
struct Encode {
    id: String,
    title: String,
    state: State,
    priority: Priority,
    region: Region,
    source: SourceRegion,
    labels: Vec<(String, String)>,
    second: i64,
}

impl Record for Encode {
    type Facets = (State, Priority, Region, SourceRegion);

    fn job_id(&self) -> &str {
        &self.id
    }

    fn name(&self) -> &str {
        &self.title
    }

    fn create_time(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(self.second)
    }

    fn facets(&self) -> Self::Facets {
        (self.state, self.priority, self.region, self.source)
    }

    fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        self.labels.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }
}

type EncodeQuery = ListQuery<<Encode as Record>::Facets>;

fn encode(number: usize) -> Encode {
    let sources = [None, Some(Region::Eu), Some(Region::Us)];
    Encode {
        id: format!("encode-{number:03}"),
        title: ["Sky News", "Al Jazeera", "National Geographic"][number % 3].to_owned(),
        state: State::ALL[number % 3],
        priority: Priority::ALL[number / 3 % 4],
        region: Region::ALL[number / 12 % 2],
        source: SourceRegion(sources[number / 24 % 3]),
        labels: vec![("queue".to_owned(), format!("eu-{}", number % 5))],
        second: i64::try_from(number).expect("a small number"),
    }
}

/// Each combination twice.
fn encodes() -> Vec<Encode> {
    (0..144).map(encode).collect()
}

fn filled() -> Result<JobStore<Encode>, AnyError> {
    let mut store = JobStore::new();
    store.extend(encodes())?;
    Ok(store)
}

fn refusal(query: &EncodeQuery) -> Option<QueryError> {
    JobStore::<Encode>::new().list(query).err()
}

#[test]
fn a_facet_has_its_texts_in_order() {
    assert_eq!((State::NAME, State::LEN, State::ALL.len()), ("state", 3, 3));
    for (ordinal, &state) in State::ALL.iter().enumerate() {
        assert_eq!((state.ordinal(), State::from_ordinal(ordinal)), (ordinal, state));
        assert_eq!(state.text(), state.to_string());
        assert_eq!(state.to_string().parse(), Ok(state));
        let json = serde_json::to_string(&state).expect("a text");
        assert_eq!(json, format!("{:?}", state.as_str()));
        assert_eq!(serde_json::from_str::<State>(&json).expect("just written"), state);
    }
    let texts: Vec<Cow<str>> = (0..SourceRegion::LEN).map(|n| SourceRegion::from_ordinal(n).text()).collect();
    assert_eq!((SourceRegion::NAME, texts), ("source_region", vec!["none".into(), "eu".into(), "us".into()]));
    assert_eq!("us".parse(), Ok(SourceRegion(Some(Region::Us))));
    assert_eq!(<Option<bool>>::from_ordinal(2), Some(true));
    assert_eq!(format!("{:>8}|", State::Failed), "  failed|");
    assert!(State::Queued < State::Failed);
}

#[test]
fn a_text_that_a_facet_lacks_is_refused_with_all_texts() {
    let text = r#"state must be one of queued, running, failed, got "done""#;
    assert_eq!("done".parse::<State>().expect_err("unknown").to_string(), text);
    let error = serde_json::from_str::<State>(r#""done""#).expect_err("unknown").to_string();
    assert!(error.starts_with(text), "{error}");
    let error = serde_json::from_str::<SourceRegion>("7").expect_err("a number").to_string();
    assert!(error.contains("expected one of none, eu, us for source_region"), "{error}");
    let long = "x".repeat(1_000).parse::<State>().expect_err("unknown").to_string();
    assert!(long.len() < 120, "{long}");
}

#[test]
fn every_filter_answers_as_a_walk_does() -> Result<(), AnyError> {
    let store = filled()?;
    let new = EncodeQuery::new;
    let is = |keep: fn(&Encode) -> bool| keep;
    let table = [
        (new(), is(|_| true)),
        (new().filter(State::Queued), is(|job| job.state == State::Queued)),
        (new().filter([State::Queued, State::Failed]), is(|job| job.state != State::Running)),
        (new().filter(&[Region::Eu][..]), is(|job| job.region == Region::Eu)),
        (new().filter(vec![Region::Us]), is(|job| job.region == Region::Us)),
        (new().filter(Priority::High..=Priority::Urgent), is(|job| job.priority >= Priority::High)),
        (
            new().filter(Priority::Normal..Priority::Urgent),
            is(|job| matches!(job.priority, Priority::Normal | Priority::High)),
        ),
        (new().filter(Priority::Normal..), is(|job| job.priority != Priority::Low)),
        (new().filter(..=Priority::Normal), is(|job| job.priority <= Priority::Normal)),
        (new().filter(..Priority::Normal), is(|job| job.priority == Priority::Low)),
        (new().filter(Priority::High..Priority::High), is(|_| false)),
        (new().filter([] as [State; 0]), is(|_| true)),
        (new().filter(State::Failed).filter(State::Queued), is(|job| job.state == State::Queued)),
        (new().filter(State::Failed).filter([] as [State; 0]), is(|_| true)),
        (new().exclude(Region::Eu), is(|job| job.region == Region::Us)),
        (new().exclude(State::Queued).exclude(State::Failed), is(|job| job.state == State::Running)),
        (new().exclude(State::Queued).filter(..State::Failed), is(|job| job.state == State::Running)),
        (new().filter(..State::Failed).exclude(State::Queued), is(|job| job.state == State::Running)),
        (new().filter(State::Failed).exclude(State::Failed), is(|_| false)),
        (new().exclude(..=State::Failed), is(|_| false)),
        (
            new().filter(SourceRegion(None)).filter(Region::Us).exclude(State::Running),
            is(|job| job.source == SourceRegion(None) && job.region == Region::Us && job.state != State::Running),
        ),
    ];
    for (query, keep) in table {
        let expected: Vec<String> = encodes().into_iter().rev().filter(keep).map(|job| job.id).collect();
        let page = store.list(&query.clone().page_size(100))?;
        let got: Vec<&str> = page.jobs.iter().map(|job| job.id.as_str()).collect();
        assert_eq!(page.total_count, expected.len() as u64, "{query:?}");
        assert!(got.iter().eq(expected.iter().take(100)), "{query:?}");
    }
    Ok(())
}

#[test]
fn counts_are_read_by_type_by_text_and_as_json() -> Result<(), AnyError> {
    let store = filled()?;
    let counts = store.facets(&ListQuery::new().filter(State::Queued).exclude(Region::Us))?;
    assert_eq!((counts.of(State::Queued), counts.of(State::Running), counts.of(Region::Us)), (24, 24, 24));
    assert_eq!((counts.of_text("region", "us"), counts.of_text("region", "moon")), (Some(24), None));
    assert_eq!(counts.of_text("planet", "eu"), None);
    assert!(counts.names().eq(["state", "priority", "region", "source_region"]));
    let sources: Option<Vec<(&str, u64)>> = counts.values("source_region").map(Iterator::collect);
    assert_eq!(sources, Some(vec![("none", 8), ("eu", 8), ("us", 8)]));
    let json = serde_json::to_string(&counts)?;
    assert!(json.starts_with(r#"{"state":{"queued":24,"running":24,"failed":24},"priority":{"low":"#), "{json}");
    assert_eq!(counts, counts.clone());
    Ok(())
}

#[test]
fn a_record_is_updated_shared_watched_and_found_by_its_name() -> Result<(), AnyError> {
    let shared = SharedJobStore::new(filled()?);
    let mut watch = shared.watch(ListQuery::new().filter(Region::Us).filter(State::Running))?;
    assert_eq!(watch.page().total_count, 24);
    shared.write(|store| store.update("encode-012", |job| job.state = State::Running))?;
    assert_eq!(watch.try_next().map(|change| change.total_count), Some(25));
    let snapshot = shared.snapshot();
    snapshot.check_invariants();
    let query = ListQuery::new().filter(State::Running).keyword("jazera").page_size(3);
    let page = snapshot.list(&query)?;
    assert_eq!((page.total_count, page.highlights(&query).len()), (48, 3));
    let next = snapshot.list(&query.clone().after(page.next.expect("there is more")))?;
    assert_eq!(next.jobs.len(), 3);
    Ok(())
}

#[test]
fn a_range_of_values_that_ends_before_its_start_is_refused() {
    let range = FacetError::Range { facet: "priority".into(), from: "high".into(), to: "low".into() };
    for query in [
        EncodeQuery::new().filter(Priority::High..=Priority::Low),
        EncodeQuery::new().filter(Priority::High..Priority::Low),
        EncodeQuery::new().exclude(Priority::High..=Priority::Low),
    ] {
        assert_eq!(refusal(&query), Some(QueryError::Facet(range.clone())));
    }
    let text = "range of priority must not end before its start, got an end at low and a start at high";
    assert_eq!(range.to_string(), text);
    let replaced = EncodeQuery::new().filter(Priority::High..=Priority::Low).filter(Priority::Low);
    assert_eq!(refusal(&replaced), None, "a filter replaces an earlier one that was refused");
}

#[test]
fn conditions_on_labels_have_limits() {
    let new = EncodeQuery::new;
    let many = |count: usize| (0..count).map(|number| number.to_string()).collect::<Vec<_>>();
    let clauses = |count: usize| (0..count).fold(new(), |query, _| query.label_exists("queue"));
    let long = |bytes: usize| "x".repeat(bytes);
    for within in [
        clauses(32),
        new().label("queue", many(256)),
        new().label_not("queue", many(256).as_slice()),
        new().label(long(128), "a").label_absent(long(128)),
        new().label("queue", long(1_024)),
        new().label("queue", many(0)),
    ] {
        assert_eq!(refusal(&within), None);
    }
    let (key, got) = ("queue".to_owned(), 257);
    for (over, text) in [
        (clauses(33), "query with 33 conditions on labels is over the limit of 32"),
        (new().label("queue", many(got)), r#"condition on label "queue" with 257 values is over the limit of 256"#),
        (new().label_absent(long(129)), "label key of 129 bytes is over the limit of 128"),
        (new().label_not(key, [long(1_025)]), r#"value of label "queue" of 1025 bytes is over the limit of 1024"#),
    ] {
        assert_eq!(refusal(&over).map(|error| error.to_string()).as_deref(), Some(text));
    }
}

#[test]
fn labels_of_a_record_have_limits() {
    let labels = |count: usize| (0..count).map(|number| ("key".to_owned(), number.to_string())).collect::<Vec<_>>();
    let mut store = JobStore::new();
    let many = Encode { labels: labels(65), ..encode(0) };
    assert_eq!(store.insert(many.clone()).err(), Some(InsertError::TooManyLabels { got: 65, limit: 64 }));
    let text = "record of 65 labels is over the limit of 64";
    assert_eq!(store.upsert(many).expect_err("too many").to_string(), text);
    for (key, value, text) in [
        (129, 0, "label key of 129 bytes is over the limit of 128"),
        (1, 1_025, "label value of 1025 bytes is over the limit of 1024"),
    ] {
        let job = Encode { labels: vec![("k".repeat(key), "v".repeat(value))], ..encode(0) };
        let error = store.extend([job]).expect_err(text);
        assert!(matches!(error.reason, InsertError::TooLong(TooLong { .. })));
        assert_eq!(error.reason.to_string(), text);
    }
    assert!(store.is_empty());
}

#[test]
fn an_update_beyond_the_limits_of_labels_changes_nothing() -> Result<(), AnyError> {
    let mut store = filled()?;
    let too_many = |job: &mut Encode| job.labels = vec![("key".to_owned(), "value".to_owned()); 65];
    let refused = store.update("encode-000", too_many).err();
    assert_eq!(refused, Some(UpdateError::TooManyLabels { got: 65, limit: 64 }));
    assert_eq!(store.get("encode-000").map(|job| job.labels.len()), Some(1));
    Ok(())
}

/// A facet whose implementation is wrong: a value beyond the last.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Level(usize);

impl Facet for Level {
    const NAME: &'static str = "level";
    const LEN: usize = 3;

    fn ordinal(self) -> usize {
        self.0
    }

    fn from_ordinal(n: usize) -> Self {
        Self(n)
    }

    fn text(self) -> Cow<'static, str> {
        self.0.to_string().into()
    }
}

struct Leveled(Level);

impl Record for Leveled {
    type Facets = (Level,);

    fn job_id(&self) -> &'static str {
        "a"
    }

    fn name(&self) -> &'static str {
        ""
    }

    fn create_time(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }

    fn facets(&self) -> (Level,) {
        (self.0,)
    }
}

#[test]
fn an_ordinal_that_is_not_under_the_number_of_values_is_an_error() {
    for got in [3, 64, 1_000, 65_536, 65_537, usize::MAX] {
        let mut store = JobStore::new();
        let error = FacetError::Ordinal { facet: "level".into(), got, limit: 3 };
        assert_eq!(store.insert(Leveled(Level(got))).err(), Some(InsertError::Facet(error.clone())));
        assert_eq!(error.to_string(), format!("ordinal of a value of level must be under 3, got {got}"));
        for query in [
            ListQuery::new().filter(Level(got)),
            ListQuery::new().filter([Level(0), Level(got)]),
            ListQuery::new().exclude(Level(got)),
            ListQuery::new().filter(Level(got)..),
            ListQuery::new().filter(..=Level(got)),
        ] {
            assert_eq!(store.list(&query).err(), Some(QueryError::Facet(error.clone())));
        }
        assert!(store.is_empty());
    }
}

/// A facet of so many values.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Wide<const LEN: usize>(usize);

impl<const LEN: usize> Facet for Wide<LEN> {
    const NAME: &'static str = "wide";
    const LEN: usize = LEN;

    fn ordinal(self) -> usize {
        self.0
    }

    fn from_ordinal(n: usize) -> Self {
        assert!(n < 10_000, "no text is read of a schema that is too large");
        Self(n)
    }

    fn text(self) -> Cow<'static, str> {
        self.0.to_string().into()
    }
}

struct Of<F>(F);

impl<F: jobdex::record::Facets> Record for Of<F> {
    type Facets = F;

    fn job_id(&self) -> &'static str {
        "a"
    }

    fn name(&self) -> &'static str {
        ""
    }

    fn create_time(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }

    fn facets(&self) -> F {
        self.0
    }
}

#[test]
fn values_with_large_numbers_are_filtered_by_as_others_are() -> Result<(), AnyError> {
    let mut store = JobStore::new();
    store.insert(Of((Wide::<200>(150), true)))?;
    let new = ListQuery::<(Wide<200>, bool)>::new;
    for (query, expected) in [
        (new().filter(Wide(150)), 1),
        (new().filter(Wide(3)), 0),
        (new().filter([Wide(3), Wide(150)]).filter(true), 1),
        (new().filter(Wide(150)).filter(Wide(3)), 0),
        (new().filter(Wide(3)).filter(Wide(150)), 1),
        (new().filter(Wide(64)..), 1),
        (new().filter(..Wide(150)), 0),
        (new().filter(Wide(150)..Wide(150)), 0),
        (new().exclude(Wide(150)), 0),
        (new().exclude(Wide(64)).exclude(Wide(3)).exclude(false), 1),
        (new().filter(Wide(100)..).exclude(..Wide(151)), 0),
    ] {
        assert_eq!(store.list(&query)?.total_count, expected, "{query:?}");
        let read = ListQuery::from_query_string(&query.to_query_string()?)?;
        assert_eq!(store.list(&read)?.total_count, expected, "{read:?}");
    }
    assert_eq!(new().filter(Wide(150)).filter([] as [Wide<200>; 0]), new());
    assert_eq!(new().filter(Wide(150)).filter(Wide(3)), new().filter(Wide(3)));
    assert_eq!(new().exclude([] as [bool; 0]), new());
    Ok(())
}

fn schema_error<F: jobdex::record::TypedFacets>() -> Option<SchemaError> {
    JobStore::<Of<F>>::try_new().err()
}

#[test]
fn a_typed_schema_that_no_store_can_have_is_refused() {
    assert_eq!(schema_error::<()>(), None);
    assert_eq!(schema_error::<(State, Priority, Region, SourceRegion)>(), None);
    assert_eq!(schema_error::<(Wide<1_000>,)>(), None);
    assert_eq!(schema_error::<(Wide<500>, bool)>(), None);
    let text = |error: Option<SchemaError>| error.map(|error| error.to_string());
    assert_eq!(
        text(schema_error::<(State, Wide<401>)>()).as_deref(),
        Some(
            "schema of 1203 combinations of values is over the limit of 1000; \
             make the widest facet, \"wide\" of 401 values, a label"
        ),
    );
    assert_eq!(
        schema_error::<(Wide<{ usize::MAX }>, State)>(),
        Some(SchemaError::TooManyCombinations {
            got: usize::MAX,
            limit: 1_000,
            widest: "wide".into(),
            values: usize::MAX
        }),
    );
    assert_eq!(schema_error::<(State, Wide<0>)>(), Some(SchemaError::NoValues { facet: "wide".into() }));
    let repeated = SchemaError::RepeatedFacet { facet: "region".into() };
    assert_eq!(schema_error::<(Region, State, Option<Region>)>(), Some(repeated));
    let repeated = SchemaError::RepeatedValue { facet: "region".into(), value: "none".into() };
    assert_eq!(schema_error::<(Option<Option<Region>>,)>(), Some(repeated));
}

#[test]
#[should_panic(expected = "make the widest facet, \"wide\" of 1001 values, a label")]
fn a_new_store_of_such_a_schema_panics_with_the_text_of_the_error() {
    let _ = JobStore::<Of<(Wide<1_001>,)>>::new();
}

fn task_schema() -> Schema {
    Schema::new()
        .facet("state", ["queued", "running", "failed"])
        .facet("region", vec!["eu".to_owned(), "us".to_owned()])
}

#[test]
fn a_schema_of_texts_that_no_store_can_have_is_refused() {
    let refusal = |schema: Schema| JobStore::<Of<Dyn>>::with_schema(schema).err();
    assert_eq!(refusal(task_schema()), None);
    assert_eq!(refusal(Schema::new()), None);
    let names = |count: usize| (0..count).fold(Schema::new(), |schema, name| schema.facet(name.to_string(), ["one"]));
    assert_eq!(refusal(names(8)), None);
    assert_eq!(refusal(names(9)), Some(SchemaError::TooManyFacets { got: 9, limit: 8 }));
    let wide = |len: usize| Schema::new().facet("queue", (0..len).map(|value| value.to_string()));
    assert_eq!(refusal(wide(1_000)), None);
    for (schema, text) in [
        (names(9), "schema of 9 facets is over the limit of 8; make a facet a label"),
        (
            wide(501).facet("state", ["a", "b"]),
            "schema of 1002 combinations of values is over the limit of 1000; \
             make the widest facet, \"queue\" of 501 values, a label",
        ),
        (Schema::new().facet("state", [] as [&str; 0]), r#"facet "state" must have at least 1 value, got none"#),
        (
            task_schema().facet("state", ["a"]),
            r#"facet "state" must be named only once; make a newtype with a name of its own"#,
        ),
        (task_schema().facet("zone", ["a", "b", "a"]), r#"value "a" of facet "zone" must be named only once"#),
    ] {
        assert_eq!(refusal(schema.clone()).map(|error| error.to_string()).as_deref(), Some(text));
        let refused = schema.values([("state", "queued")]).expect_err("no store can have the schema");
        assert_eq!(refused.to_string(), text);
    }
}

#[test]
fn values_of_a_schema_are_made_of_texts() -> Result<(), AnyError> {
    let schema = task_schema();
    let values = schema.values([("region", "us"), ("state", "running")])?;
    assert_eq!((schema.text_of(values, "state"), schema.text_of(values, "region")), (Some("running"), Some("us")));
    assert_eq!(schema.text_of(values, "zone"), None);
    assert_eq!(values, schema.values([("state", "running"), ("region", "us")])?);
    let two = [("region", "us"), ("region", "eu"), ("state", "queued")];
    for (refused, text) in [
        (&[("state", "queued")][..], "region must be one of eu, us, got no value"),
        (&[("state", "queued"), ("region", "moon")], r#"region must be one of eu, us, got "moon""#),
        (&[("zone", "eu")], r#"facet must be one of state, region, got "zone""#),
        (&two, "region must have only one value, got two"),
    ] {
        assert_eq!(schema.values(refused.iter().copied()).expect_err(text).to_string(), text);
    }
    assert!(schema.texts("state").is_some_and(|texts| texts.eq(["queued", "running", "failed"])));
    assert!(schema.texts("zone").is_none() && schema.names().eq(["state", "region"]));
    Ok(())
}

#[test]
fn values_of_another_schema_are_refused() -> Result<(), AnyError> {
    let mut store = JobStore::with_schema(task_schema())?;
    let others = [
        Schema::new().values([])?,
        Schema::new().facet("state", ["queued", "running"]).values([("state", "running")])?,
        // The same numbers of facets and values, in another order.
        Schema::new()
            .facet("state", ["running", "queued", "failed"])
            .facet("region", ["eu", "us"])
            .values([("state", "running"), ("region", "us")])?,
    ];
    for other in others {
        assert_eq!(store.insert(Of(other)).err(), Some(InsertError::Facet(FacetError::OtherSchema)));
        assert_eq!(task_schema().text_of(other, "state"), None);
    }
    assert!(store.is_empty());
    Ok(())
}

#[test]
fn a_filter_by_texts_is_checked_when_the_query_runs() -> Result<(), AnyError> {
    let store = JobStore::<Of<Dyn>>::with_schema(task_schema())?;
    let refusal = |query: ListQuery<Dyn>| store.list(&query).err().map(|error| error.to_string());
    let new = ListQuery::<Dyn>::new;
    for (query, text) in [
        (new().filter_text("zone", "eu"), r#"facet must be one of state, region, got "zone""#),
        (new().exclude_text("zone", ["eu"]), r#"facet must be one of state, region, got "zone""#),
        (new().filter_text("state", ["queued", "done"]), r#"state must be one of queued, running, failed, got "done""#),
        (new().exclude_text("state", "Queued"), r#"state must be one of queued, running, failed, got "Queued""#),
    ] {
        assert_eq!(refusal(query).as_deref(), Some(text));
    }
    assert_eq!(refusal(new().filter_text("state", "done").filter_text("state", "queued")), None);
    assert!(store.schema().names().eq(["state", "region"]));
    Ok(())
}

#[test]
fn records_of_a_schema_of_texts_are_filtered_and_counted() -> Result<(), AnyError> {
    let mut store = JobStore::with_schema(task_schema())?;
    let values = store.schema().values([("state", "running"), ("region", "us")])?;
    store.insert(Of(values))?;
    let total = |query: ListQuery<Dyn>| store.list(&query).map(|page| page.total_count);
    let new = ListQuery::<Dyn>::new;
    for (query, expected) in [
        (new(), 1),
        (new().filter_text("state", ["queued", "running"]), 1),
        (new().filter_text("state", "queued"), 0),
        (new().filter_text("state", "queued").filter_text("state", "running"), 1),
        (new().filter_text("state", Vec::<String>::new()), 1),
        (new().exclude_text("state", "queued").exclude_text("region", "eu"), 1),
        (new().exclude_text("state", "queued").exclude_text("state", "running"), 0),
        (new().exclude_text("region", "us").filter_text("region", ["eu", "us"]), 0),
    ] {
        assert_eq!(total(query.clone())?, expected, "{query:?}");
    }
    let counts = store.facets(&new().filter_text("region", "eu"))?;
    assert_eq!((counts.of_text("region", "us"), counts.of_text("state", "running")), (Some(1), Some(0)));
    assert_eq!(serde_json::to_value(&counts)?["region"]["us"], 1);
    store.check_invariants();
    Ok(())
}

#[test]
fn a_page_is_as_large_as_the_store_allows() {
    let largest = |page_size_max: u32| {
        let store = JobStore::<Encode>::new().with_page_size_max(page_size_max);
        let refusal = store.list(&ListQuery::new().page_size(u32::MAX)).expect_err("over any maximum");
        let QueryError::PageSizeOver { limit, .. } = refusal else { panic!("{refusal}") };
        assert!(store.list(&ListQuery::new().page_size(limit)).is_ok());
        assert!(store.snapshot().list(&ListQuery::new().page_size(limit + 1)).is_err());
        limit
    };
    for (asked, expected) in [(1, 1), (500, 500), (10_000, 10_000), (0, 1), (u32::MAX, 10_000)] {
        assert_eq!(largest(asked), expected);
    }
    let mut store = JobStore::<jobdex::Job>::new().with_page_size_max(7).with_keywords_kept(0);
    store.clear();
    assert!(store.list(&ListQuery::new().page_size(8)).is_err());
    let mut wide = JobStore::<jobdex::Job>::new().with_page_size_max(500);
    wide.clear();
    assert!(wide.list(&ListQuery::new().page_size(500)).is_ok(), "an emptied store keeps its largest page");
}
