//! A snapshot: a store as it was at one moment, and all methods to read it.

use std::fmt;
use std::sync::Arc;

use crate::error::QueryError;
use crate::exec::{self, LabelCount, Page, Suggestion};
use crate::job::{Facets, Job, Record, Schema};
use crate::limits::{LABEL_COUNTS_MAX, LABEL_KEY_BYTES_MAX};
use crate::plan::{AccessPath, Explanation};
use crate::query::{Asked, ListQuery};
use crate::store::root::{Indexes, Root};

/// A store as it was at one moment, with all methods to read it. It never changes, whatever is written to the store
/// afterwards. It keeps the memory alive that only it still needs.
///
/// Cloning a snapshot or taking it from a store copies one pointer: **O(1)**. It is `Send` and `Sync` if the records are.
///
/// ```
/// use jobdex::{Job, JobStore, ListQuery};
///
/// let store = JobStore::<Job>::new();
/// let snapshot = store.snapshot();
/// assert_eq!(snapshot.list(&ListQuery::new())?.total_count, 0);
/// # Ok::<(), jobdex::error::QueryError>(())
/// ```
pub struct Snapshot<J = Job> {
    pub(super) root: Arc<Root<J>>,
    version: u64,
}

impl<J> Snapshot<J> {
    pub(super) fn new(root: Root<J>) -> Self {
        Self { root: Arc::new(root), version: 0 }
    }

    /// The number of the publish by which a [`SharedJobStore`](crate::SharedJobStore) made this snapshot visible: 0 for
    /// the store it began with, and one more for each publish since. A plain store publishes nothing: 0.
    ///
    /// Costs **O(1)**.
    #[inline]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The same jobs, under another version.
    pub(crate) fn at_version(self, version: u64) -> Self {
        Self { version, ..self }
    }

    /// Whether this is the only snapshot of its root. If two threads drop the last two at once, both may read false.
    pub(crate) fn is_held_once(&self) -> bool {
        Arc::strong_count(&self.root) == 1
    }

    /// Whether both snapshots have the same root, so no write lies between them.
    pub(crate) fn is_same_as(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.root, &other.root)
    }
}

impl<J: Record> Snapshot<J> {
    /// The facets of the store, with the texts of their values.
    ///
    /// ```
    /// use jobdex::{Job, JobStore};
    ///
    /// let store = JobStore::<Job>::new();
    /// assert!(store.schema().names().eq(["template_type", "start_mode", "status"]));
    /// ```
    pub fn schema(&self) -> &Schema {
        self.root.schema()
    }

    /// How many jobs there are.
    ///
    /// Costs **O(1)**.
    pub fn len(&self) -> usize {
        self.root.indexes.timeline.len()
    }

    /// Whether there are no jobs.
    ///
    /// Costs **O(1)**.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The job with exactly this ID. `None` if there is none.
    ///
    /// Costs **O(1)**.
    pub fn get(&self, job_id: &str) -> Option<&Arc<J>> {
        self.root.find(job_id).map(|row| self.root.table.job(row))
    }

    /// The jobs with these IDs, in the order of the IDs. `None` for an ID that no job has. An ID may be repeated.
    ///
    /// Costs **O(1)** for each ID.
    ///
    /// ```
    /// use jobdex::{Job, JobStore};
    ///
    /// # let job: Job = serde_json::from_str(r#"{"Name":"News","JobId":"a046","TemplateType":"normal","TemplateId":"t1",
    /// #     "TemplateName":"HD","StartMode":0,"Status":1,"StreamInput":{"Type":"rtmp","InputUrl":"rtmp://in/live/1"},
    /// #     "OutputStream":{"StreamInfos":[]},"CreateTime":"2022-07-20T02:48:58Z"}"#)?;
    /// let mut store = JobStore::new();
    /// store.insert(job)?;
    /// let found = store.get_many(["missing", "a046"]);
    /// assert!(found[0].is_none());
    /// assert_eq!(found[1].map(|job| job.name.as_str()), Some("News"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn get_many<I>(&self, job_ids: I) -> Vec<Option<&Arc<J>>>
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        job_ids.into_iter().map(|job_id| self.get(job_id.as_ref())).collect()
    }

    /// All jobs by (creation time, ID), the oldest first. `rev` begins with the newest.
    ///
    /// Costs **O(1)** for each job.
    ///
    /// ```
    /// use jobdex::{Job, JobStore};
    ///
    /// # let job: Job = serde_json::from_str(r#"{"Name":"News","JobId":"a046","TemplateType":"normal","TemplateId":"t1",
    /// #     "TemplateName":"HD","StartMode":0,"Status":1,"StreamInput":{"Type":"rtmp","InputUrl":"rtmp://in/live/1"},
    /// #     "OutputStream":{"StreamInfos":[]},"CreateTime":"2022-07-20T02:48:58Z"}"#)?;
    /// let mut store = JobStore::new();
    /// store.extend(["b", "a"].map(|id| Job { job_id: id.into(), ..job.clone() }))?;
    /// assert!(store.iter().map(|job| job.job_id.as_str()).eq(["a", "b"]));
    /// assert!(store.iter().rev().map(|job| job.job_id.as_str()).eq(["b", "a"]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Arc<J>> + '_ {
        let Root { indexes: Indexes { timeline, .. }, table, .. } = &*self.root;
        (0..timeline.blocks_len()).flat_map(|position| timeline.rows_at(position)).map(|row| table.job(row))
    }

    /// One page of the jobs that match a query, and the exact total. A page after the last one is empty.
    ///
    /// Costs **O(log n + p)** for a page of p among n jobs, with any filters and at any page number. A keyword adds a
    /// search of the dictionary, and about 1 ns for each posting touched.
    ///
    /// ```
    /// use jobdex::{Job, JobStore, ListQuery, Status};
    ///
    /// # let job: Job = serde_json::from_str(r#"{"Name":"News","JobId":"a046","TemplateType":"normal","TemplateId":"t1",
    /// #     "TemplateName":"HD","StartMode":0,"Status":1,"StreamInput":{"Type":"rtmp","InputUrl":"rtmp://in/live/1"},
    /// #     "OutputStream":{"StreamInfos":[]},"CreateTime":"2022-07-20T02:48:58Z"}"#)?;
    /// let mut store = JobStore::new();
    /// store.insert(job)?;
    /// let query = ListQuery::new().status(Status::Running).keyword("nwes").page_size(20);
    /// let page = store.list(&query)?;
    /// assert_eq!((page.total_count, page.jobs[0].job_id.as_str()), (1, "a046"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`QueryError`] if the page, the time range, the keyword or the cursor of the query is invalid. The error names the
    /// limit.
    pub fn list(&self, query: &ListQuery<J::Facets>) -> Result<Page<J>, QueryError> {
        self.list_asked(query.asked())
    }

    /// [`list`](Self::list), where the type of the facets is gone.
    pub(crate) fn list_asked(&self, query: &Asked) -> Result<Page<J>, QueryError> {
        let query = self.root.valid(query)?;
        let mut jobs = self.root.table.no_jobs();
        let frame = exec::list(&self.root.view(), &query, &mut jobs);
        Ok(Page::new(frame, jobs.into_jobs(), &query))
    }

    /// For each value of each facet, how many jobs match the query with that value selected: the counts beside the filters
    /// of a console. The page and the order of the query do not matter.
    ///
    /// Costs about as much as one [`list`](Self::list).
    ///
    /// ```
    /// use jobdex::{Job, JobStore, ListQuery, Status};
    ///
    /// # let job: Job = serde_json::from_str(r#"{"Name":"News","JobId":"a046","TemplateType":"normal","TemplateId":"t1",
    /// #     "TemplateName":"HD","StartMode":0,"Status":1,"StreamInput":{"Type":"rtmp","InputUrl":"rtmp://in/live/1"},
    /// #     "OutputStream":{"StreamInfos":[]},"CreateTime":"2022-07-20T02:48:58Z"}"#)?;
    /// let mut store = JobStore::new();
    /// store.insert(job)?;
    /// let counts = store.facets(&ListQuery::new().status(Status::Stopped))?;
    /// assert_eq!((counts.status.of(Status::Stopped), counts.status.of(Status::Running)), (0, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub fn facets(&self, query: &ListQuery<J::Facets>) -> Result<<J::Facets as Facets>::Counts, QueryError> {
        let counts = exec::facets(&self.root.view(), &self.root.valid(query.asked())?);
        Ok(J::Facets::counts(self.root.schema(), counts))
    }

    /// The most frequent values of a label among the jobs that match a query, with the exact number of jobs of each: the `len`
    /// values with the most jobs. Values with as many jobs are in the order of their texts. The page of the query does not
    /// matter.
    ///
    /// Costs about as much as one [`list`](Self::list), and a look at the jobs of the values that may be among the first. If
    /// many values have as many jobs as the last of the answer, all of these are compared: some milliseconds for 100,000
    /// values.
    ///
    /// ```
    /// use chrono::{DateTime, Utc};
    /// use jobdex::{JobStore, ListQuery, Record};
    ///
    /// struct Upload { id: String, owner: &'static str }
    ///
    /// impl Record for Upload {
    ///     type Facets = ();
    ///     fn job_id(&self) -> &str { &self.id }
    ///     fn name(&self) -> &str { "" }
    ///     fn create_time(&self) -> DateTime<Utc> { DateTime::UNIX_EPOCH }
    ///     fn facets(&self) {}
    ///     fn labels(&self) -> impl Iterator<Item = (&str, &str)> { [("owner", self.owner)].into_iter() }
    /// }
    ///
    /// let mut store = JobStore::new();
    /// for (id, owner) in [("1", "ann"), ("2", "lee"), ("3", "lee")] {
    ///     store.insert(Upload { id: id.into(), owner })?;
    /// }
    /// let top = store.label_counts("owner", 10, &ListQuery::new())?;
    /// assert_eq!((top[0].value.as_str(), top[0].count), ("lee", 2));
    /// assert_eq!(store.list(&ListQuery::new().label("owner", "lee"))?.total_count, 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`QueryError`] as [`list`](Self::list), and if the key or `len` is over its limit.
    pub fn label_counts(
        &self,
        key: &str,
        len: usize,
        query: &ListQuery<J::Facets>,
    ) -> Result<Vec<LabelCount>, QueryError> {
        let query = self.root.valid(query.asked())?;
        if key.len() > LABEL_KEY_BYTES_MAX {
            return Err(QueryError::LabelKeyTooLong { got: key.len(), limit: LABEL_KEY_BYTES_MAX });
        }
        if len > LABEL_COUNTS_MAX {
            return Err(QueryError::TooManyLabelCounts { got: len, limit: LABEL_COUNTS_MAX });
        }
        Ok(exec::label_counts(&self.root.view(), &query, key, len))
    }

    /// All jobs that match a query, in its order, for an export or an action on all of them. With a cursor, the jobs after it.
    /// The page number and the page size do not matter.
    ///
    /// Costs as much as one [`list`](Self::list), and 4 bytes and some nanoseconds for each match, before the first job is
    /// returned.
    ///
    /// ```
    /// use jobdex::{Job, JobStore, ListQuery, Status};
    ///
    /// let store = JobStore::<Job>::new();
    /// let running = store.matches(&ListQuery::new().status(Status::Running))?;
    /// assert_eq!(running.len(), 0);
    /// # Ok::<(), jobdex::error::QueryError>(())
    /// ```
    ///
    /// # Errors
    /// [`QueryError`] as [`list`](Self::list).
    pub fn matches(
        &self,
        query: &ListQuery<J::Facets>,
    ) -> Result<impl ExactSizeIterator<Item = &Arc<J>> + DoubleEndedIterator + use<'_, J>, QueryError> {
        let rows = exec::matches(&self.root.view(), &self.root.valid(query.asked())?);
        Ok(rows.into_iter().map(|row| self.root.table.job(row)))
    }

    /// Did you mean: near spellings that are much more common than the keyword of a query, the best first, at most
    /// [`SUGGESTIONS_MAX`](crate::limits::SUGGESTIONS_MAX). A list never changes by them.
    ///
    /// A keyword that matches literally in more than three jobs of the store gets none, and so does one that matches in none
    /// or that is a job ID. A near spelling is a word within the typos that the word of the keyword may have. At least ten
    /// times as many jobs as match the keyword have the word, and match the keyword with it. Some of them pass the filters.
    ///
    /// Costs about as much as a list with typos, and a list for each suggestion.
    ///
    /// ```
    /// use jobdex::{Job, JobStore, ListQuery};
    ///
    /// # let job: Job = serde_json::from_str(r#"{"Name":"News","JobId":"a046","TemplateType":"normal","TemplateId":"t1",
    /// #     "TemplateName":"HD","StartMode":0,"Status":1,"StreamInput":{"Type":"rtmp","InputUrl":"rtmp://in/live/1"},
    /// #     "OutputStream":{"StreamInfos":[]},"CreateTime":"2022-07-20T02:48:58Z"}"#)?;
    /// let mut store = JobStore::new();
    /// let named = |number: usize, name: &str| Job { job_id: number.to_string(), name: name.into(), ..job.clone() };
    /// store.extend((0..20).map(|number| named(number, "Al Jazeera")))?;
    /// store.insert(named(20, "Al Jazera"))?;
    /// let suggestions = store.suggest(&ListQuery::new().keyword("Al Jazera"))?;
    /// assert_eq!((suggestions[0].keyword.as_str(), suggestions[0].total_count), ("Al jazeera", 20));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub fn suggest(&self, query: &ListQuery<J::Facets>) -> Result<Vec<Suggestion>, QueryError> {
        let keyword = self.root.valid(query.asked())?.keyword;
        exec::suggest(&self.root.view(), self.root.schema(), query.asked(), keyword)
    }

    /// How a query is answered: the access path that was chosen, the rejected ones, and estimated and actual counts. It
    /// runs the query.
    ///
    /// Costs about as much as one [`list`](Self::list).
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub fn explain(&self, query: &ListQuery<J::Facets>) -> Result<Explanation, QueryError> {
        Ok(exec::explain(&self.root.view(), &self.root.valid(query.asked())?))
    }

    /// [`list`](Self::list) by one access path, without the planner's choice. `None` if that path can't answer the query.
    /// For tests, fuzzing and benches.
    #[doc(hidden)]
    pub fn list_by(&self, query: &ListQuery<J::Facets>, path: AccessPath) -> Result<Option<Page<J>>, QueryError> {
        let query = self.root.valid(query.asked())?;
        let mut jobs = self.root.table.no_jobs();
        let frame = exec::list_by(&self.root.view(), &query, path, &mut jobs);
        Ok(frame.map(|frame| Page::new(frame, jobs.into_jobs(), &query)))
    }

    /// Checks the invariants of all structures, and panics with the name of a broken one. For tests and fuzzing.
    #[doc(hidden)]
    pub fn check_invariants(&self) {
        self.root.check_invariants();
    }
}

impl<J> Clone for Snapshot<J> {
    fn clone(&self) -> Self {
        Self { root: Arc::clone(&self.root), version: self.version }
    }
}

impl<J: Record> fmt::Debug for Snapshot<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot").field("len", &self.len()).field("version", &self.version).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;
    use crate::query::Matching;
    use crate::store::JobStore;

    #[derive(Clone)]
    struct Upload {
        id: String,
        name: &'static str,
        owner: &'static str,
        is_urgent: bool,
    }

    impl Record for Upload {
        type Facets = (bool,);

        fn job_id(&self) -> &str {
            &self.id
        }

        fn name(&self) -> &str {
            self.name
        }

        fn create_time(&self) -> DateTime<Utc> {
            DateTime::UNIX_EPOCH
        }

        fn facets(&self) -> (bool,) {
            (self.is_urgent,)
        }

        fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
            [("owner", self.owner)].into_iter()
        }
    }

    fn upload(id: usize) -> Upload {
        Upload { id: id.to_string(), name: "news", owner: "ann", is_urgent: id.is_multiple_of(2) }
    }

    /// Asks until rows and counts are cached: rows are at the second request. Returns the path and the total of the next one.
    fn asked_again(store: &JobStore<Upload>, query: &ListQuery<(bool,)>) -> (AccessPath, u64) {
        for _ in 0..2 {
            store.list(query).expect("the query is valid");
        }
        path_and_total(store, query)
    }

    fn path_and_total(store: &JobStore<Upload>, query: &ListQuery<(bool,)>) -> (AccessPath, u64) {
        let explained = store.explain(query).expect("the query is valid");
        assert_eq!(store.list(query).expect("the query is valid").total_count, explained.total_count);
        (explained.path, explained.total_count)
    }

    /// Rows that were counted are not counted anew after a write: the changes since are added and taken away.
    #[test]
    fn counts_follow_the_writes_behind_them() {
        let mut store = JobStore::new();
        store.extend((0..6_000).map(upload)).expect("all jobs are valid");
        let urgent = ListQuery::new().filter(true);
        for (query, path) in [
            (urgent.clone().label("owner", "ann"), AccessPath::LabelCounts),
            (urgent.clone().keyword("news"), AccessPath::KeywordCounts),
        ] {
            let mut store = store.clone();
            assert_eq!(asked_again(&store, &query), (path, 3_000));
            store.insert(upload(6_000)).expect("the ID is new");
            assert_eq!(path_and_total(&store, &query), (path, 3_001), "a job came");
            store.update("1", |job| job.is_urgent = true).expect("the job is there");
            assert_eq!(path_and_total(&store, &query), (path, 3_002), "a job got another value");
            store.update("2", |job| (job.name, job.owner) = ("sky", "lee")).expect("the job is there");
            assert_eq!(path_and_total(&store, &query), (path, 3_001), "a job got another name and label");
            store.remove("4");
            assert_eq!(path_and_total(&store, &query), (path, 3_000), "a job went");
        }
    }
    #[test]
    fn the_rows_of_a_broad_word_are_kept_as_typed_and_with_typos() {
        let mut store = JobStore::new();
        store
            .extend((0..6_000).map(|id| Upload { name: "television news", ..upload(id) }))
            .expect("all jobs are valid");
        for keyword in ["tele", "televisino", "new televi"] {
            let explain = || store.explain(&ListQuery::new().keyword(keyword)).expect("the query is valid");
            assert!(explain().words.iter().all(|word| !word.is_kept), "most keywords are asked for once: {keyword}");
            let explained = explain();
            let words: Vec<(u64, bool)> =
                explained.words.iter().map(|word| (word.rows_estimated, word.is_kept)).collect();
            assert_eq!((explained.total_count, words), (6_000, vec![(6_000, true)]), "{keyword}");
        }
    }
    /// Few rows are sorted, and not put into a bitmap that has each once anyway.
    #[test]
    fn a_job_with_two_words_that_match_counts_once() {
        let mut store = JobStore::new();
        let name = |id| if id < 10 { "alpha alphabet" } else { "television" };
        store.extend((0..12_000).map(|id| Upload { name: name(id), ..upload(id) })).expect("all jobs are valid");
        let query = ListQuery::new().keyword("alpha");
        for path in [AccessPath::KeywordProbe, AccessPath::KeywordBitmap, AccessPath::KeywordCounts] {
            let page = store.clone().list_by(&query, path).expect("the query is valid").expect("the path can answer");
            assert_eq!((page.total_count, page.jobs.len()), (10, 10), "{path:?}");
        }
        // The last path has cached the rows.
        assert_eq!(store.explain(&query).expect("the query is valid").words[0].rows_estimated, 10);
        store.update("3", |job| job.name = "television").expect("the job is there");
        assert_eq!(store.list(&query).expect("the query is valid").total_count, 9);
    }

    /// Words of one letter may have no typo. Their rows are intersected once, and serve the rungs with typos too.
    #[test]
    fn rows_of_words_without_typos_serve_each_rung() {
        let mut store = JobStore::new();
        // Half of the names have each letter, as the beginning of one of many words, so that bitmaps are intersected.
        let name = |id: usize| {
            let letters = ["a", "b", "c", "d"].iter().enumerate().filter(|(bit, _)| id >> bit & 1 == 1);
            let words = letters.map(|(_, letter)| format!("{letter}{:03} ", id * 7 % 311));
            let rest = if id.is_multiple_of(35) { "television" } else { "news" };
            words.chain([rest.to_owned()]).collect::<String>()
        };
        store.extend((0..12_000).map(|id| Upload { name: name(id).leak(), ..upload(id) })).expect("all jobs are valid");
        for (keyword, letters) in [
            ("a b televisino", 0b11),
            ("a b c d televisino", 0b1111),
            ("televisino c d b", 0b1110),
            ("a b c nwes", 0b111),
        ] {
            let has_rest = |id: usize| id.is_multiple_of(35) == keyword.contains("tele");
            let expected: Vec<String> = (0..12_000)
                .filter(|id| id & letters == letters && has_rest(*id))
                .map(|id: usize| id.to_string())
                .collect();
            for matching in [Matching::Closest, Matching::Any] {
                let query = ListQuery::new().keyword(keyword).matching(matching);
                let total = store.list(&query).expect("the query is valid").total_count;
                assert_eq!(total, expected.len() as u64, "{keyword:?}, {matching:?}");
                let mut found: Vec<String> =
                    store.matches(&query).expect("the query is valid").map(|job| job.id.clone()).collect();
                found.sort_by_key(|id| id.parse::<usize>().expect("a number"));
                assert_eq!(found, expected, "{keyword:?}, {matching:?}");
                let literal = store.list(&query.matching(Matching::Literal)).expect("the query is valid");
                assert_eq!(literal.total_count, 0, "{keyword:?} has a typo");
            }
        }
    }

    /// The labels of few matches are read from their records; of many, the posting lists of the values are counted.
    #[test]
    fn labels_are_counted_among_few_matches_and_among_many() {
        let mut store = JobStore::new();
        let owner = |id| ["ann", "lee", "kim"][id % 3];
        let job = |id| Upload { owner: owner(id), name: if id < 4 { "sky" } else { "news" }, ..upload(id) };
        store.extend((0..6_000).map(job)).expect("all jobs are valid");
        let counts = |query: ListQuery<(bool,)>| -> Vec<(String, u64)> {
            let counts = store.label_counts("owner", 3, &query).expect("the query is valid");
            counts.into_iter().map(|LabelCount { value, count }| (value, count)).collect()
        };
        let expected = |counts: &[(&str, u64)]| -> Vec<(String, u64)> {
            counts.iter().map(|&(value, count)| (value.to_owned(), count)).collect()
        };
        assert_eq!(counts(ListQuery::new().keyword("sky")), expected(&[("ann", 2), ("kim", 1), ("lee", 1)]));
        assert_eq!(counts(ListQuery::new().keyword("nothing")), []);
        assert_eq!(counts(ListQuery::new().filter(true)), expected(&[("ann", 1_000), ("kim", 1_000), ("lee", 1_000)]));
        assert_eq!(counts(ListQuery::new().label("owner", "lee")), expected(&[("lee", 2_000)]));
    }

    #[test]
    fn a_snapshot_is_held_once_when_its_store_is_gone() {
        let mut store = JobStore::new();
        let (snapshot, other) = (store.snapshot(), store.snapshot());
        store.insert(upload(1)).expect("the ID is new");
        assert!(!snapshot.is_held_once(), "another snapshot has the same jobs");
        drop(other);
        assert!(snapshot.is_held_once(), "the store has other jobs by now");
    }
}
