//! The store as a `Vec`: every list, total, facet count and cursor walk of the engine must equal its answers.
//!
//! It walks every job, keeps the matches, sorts by (creation time, job ID) and slices a page. Two tables make large
//! stores possible in a test: the position of each ID, and each name folded, because every query compares the keyword
//! with every name.

use std::collections::HashMap;
use std::ops::{Bound, RangeBounds};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use jobdex::error::{InsertError, TooLong, UpdateError};
use jobdex::limits::{JOB_ID_BYTES_MAX, NAME_BYTES_MAX, NAME_FOLDED_CHARS_MAX};
use jobdex::{
    Cursor, Facet, FacetCounts, Job, ListQuery, MatchLevel, Matching, Page, SortOrder, StartMode, Status, TemplateType,
};

use super::keyword::{self, FoldedKeyword, FoldedName, Level};

/// A [`ListQuery`] with public parts. Each part means the same as the setter of the same name.
#[derive(Clone, Debug)]
pub struct ListSpec {
    pub types: Vec<TemplateType>,
    pub modes: Vec<StartMode>,
    pub statuses: Vec<Status>,
    pub created: (Bound<DateTime<Utc>>, Bound<DateTime<Utc>>),
    pub keyword: Option<String>,
    pub matching: Matching,
    pub sort: SortOrder,
    pub start: Start,
    pub page_size: u32,
}

/// The start of the page.
#[derive(Clone, Debug)]
pub enum Start {
    No(u64),
    After(Place),
}

/// A cursor, and the oracle's knowledge of its content.
#[derive(Clone, Debug)]
pub struct Place {
    pub cursor: Cursor,
    pub behind: Behind,
}

/// The content of a cursor: the place in the list after which the next page begins, and the match level of the walk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behind {
    pub create_time: DateTime<Utc>,
    pub job_id: String,
    pub level: Option<MatchLevel>,
    /// Whether the symbols of the keyword narrowed the list down.
    pub with_symbols: bool,
}

/// The answer of [`Oracle::list`]: a [`Page`] without the text of its cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub jobs: Vec<Arc<Job>>,
    pub total_count: u64,
    pub match_level: Option<MatchLevel>,
    pub next: Option<Behind>,
}

/// The answer of [`Oracle::facets`]: counts in the order of [`Facet::ALL`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts {
    pub template_type: Vec<u64>,
    pub start_mode: Vec<u64>,
    pub status: Vec<u64>,
}

/// The reasons to refuse a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    Taken {
        job_id: String,
    },
    EmptyId,
    TooLong {
        field: &'static str,
        got: usize,
        limit: usize,
    },
    NotFound {
        job_id: String,
    },
    IdChanged {
        from: String,
        to: String,
    },
    /// An error that the oracle does not know.
    Other(String),
}

/// The store as a `Vec`.
#[derive(Clone, Default)]
pub struct Oracle {
    rows: Vec<Row>,
    positions: HashMap<String, usize>,
    names: HashMap<String, Arc<FoldedName>>,
}

/// The jobs that match a keyword before any other filter.
struct Named<'o> {
    jobs: Vec<&'o Arc<Job>>,
    /// The level that answers.
    match_level: Option<MatchLevel>,
    /// Whether only names with all symbols of the keyword that mean something are among them.
    with_symbols: bool,
}

#[derive(Clone)]
struct Row {
    job: Arc<Job>,
    folded: Arc<FoldedName>,
}

impl Default for ListSpec {
    fn default() -> Self {
        Self {
            types: Vec::new(),
            modes: Vec::new(),
            statuses: Vec::new(),
            created: (Bound::Unbounded, Bound::Unbounded),
            keyword: None,
            matching: Matching::Closest,
            sort: SortOrder::Desc,
            start: Start::No(1),
            page_size: 10,
        }
    }
}

impl ListSpec {
    pub fn to_query(&self) -> ListQuery {
        let mut query = ListQuery::new()
            .template_type(self.types.iter().copied())
            .start_mode(self.modes.iter().copied())
            .status(self.statuses.iter().copied())
            .created(self.created)
            .matching(self.matching)
            .sort(self.sort)
            .page_size(self.page_size);
        if let Some(keyword) = &self.keyword {
            query = query.keyword(keyword);
        }
        match &self.start {
            Start::No(page_no) => query.page_no(*page_no),
            Start::After(place) => query.after(place.cursor.clone()),
        }
    }

    /// The query for the next page, from the place where `page` ended; `None` if `page` was the last one.
    pub fn after(&self, page: &Page, answer: &Answer) -> Option<Self> {
        let place = Place { cursor: page.next.clone()?, behind: answer.next.clone()? };
        Some(Self { start: Start::After(place), ..self.clone() })
    }

    fn admits(&self, job: &Job) -> bool {
        passes(&self.types, job.template_type)
            && passes(&self.modes, job.start_mode)
            && passes(&self.statuses, job.status)
            && self.created.contains(&job.create_time)
    }

    fn trimmed_keyword(&self) -> Option<&str> {
        self.keyword.as_deref().map(str::trim).filter(|keyword| !keyword.is_empty())
    }

    /// Whether the symbols of the keyword narrowed the first page of a walk; `None` if no cursor tells.
    fn pinned_symbols(&self) -> Option<bool> {
        match &self.start {
            Start::No(_) => None,
            Start::After(place) => place.behind.level.map(|_| place.behind.with_symbols),
        }
    }

    /// The highest level that `Matching::Closest` tries. A cursor brings the level of the first page.
    fn pinned(&self) -> Option<MatchLevel> {
        match &self.start {
            Start::No(_) => None,
            Start::After(place) => place.behind.level,
        }
    }
}

fn passes<F: Facet>(values: &[F], value: F) -> bool {
    values.is_empty() || values.contains(&value)
}

impl Oracle {
    pub fn new() -> Self {
        Self::default()
    }

    /// An oracle with these jobs, which must have distinct IDs.
    pub fn of(jobs: impl IntoIterator<Item = Job>) -> Self {
        let mut oracle = Self::new();
        jobs.into_iter().for_each(|job| oracle.push(job));
        oracle
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn get(&self, job_id: &str) -> Option<&Arc<Job>> {
        self.position(job_id).map(|position| &self.rows[position].job)
    }

    /// Every job, ascending by (creation time, ID).
    pub fn sorted(&self) -> Vec<Arc<Job>> {
        in_order(self.rows.iter().map(|row| row.job.clone()).collect(), SortOrder::Asc)
    }

    /// Inserts the job, or returns every reason to refuse it.
    pub fn insert(&mut self, job: Job) -> Result<(), Vec<Refusal>> {
        let mut refusals = over_limits(&job);
        if self.get(&job.job_id).is_some() {
            refusals.push(Refusal::Taken { job_id: job.job_id.clone() });
        }
        if !refusals.is_empty() {
            return Err(refusals);
        }
        self.push(job);
        Ok(())
    }

    /// Inserts the job, or replaces the job with its ID, which is returned.
    pub fn upsert(&mut self, job: Job) -> Result<Option<Arc<Job>>, Vec<Refusal>> {
        let refusals = over_limits(&job);
        if !refusals.is_empty() {
            return Err(refusals);
        }
        let before = self.remove(&job.job_id);
        self.push(job);
        Ok(before)
    }

    pub fn update(&mut self, job_id: &str, change: impl FnOnce(&mut Job)) -> Result<Arc<Job>, Vec<Refusal>> {
        let Some(position) = self.position(job_id) else {
            return Err(vec![Refusal::NotFound { job_id: job_id.to_owned() }]);
        };
        let mut job = Job::clone(&self.rows[position].job);
        change(&mut job);
        if job.job_id != job_id {
            let mut refusals = over_limits(&job);
            refusals.push(Refusal::IdChanged { from: job_id.to_owned(), to: job.job_id });
            return Err(refusals);
        }
        self.upsert(job)?;
        Ok(self.get(job_id).expect("it was just put there").clone())
    }

    pub fn remove(&mut self, job_id: &str) -> Option<Arc<Job>> {
        let position = self.positions.remove(job_id)?;
        let removed = self.rows.swap_remove(position);
        if let Some(moved) = self.rows.get(position) {
            self.positions.insert(moved.job.job_id.clone(), position);
        }
        Some(removed.job)
    }

    /// Inserts every job, as if one after the other, or none of them. Returns the index of the first job that must be
    /// refused, and every reason to refuse it.
    pub fn extend(&mut self, jobs: Vec<Job>) -> Result<(), (usize, Vec<Refusal>)> {
        let mut with_them = self.clone();
        for (position, job) in jobs.into_iter().enumerate() {
            with_them.insert(job).map_err(|refusals| (position, refusals))?;
        }
        *self = with_them;
        Ok(())
    }

    pub fn clear(&mut self) {
        self.rows.clear();
        self.positions.clear();
    }

    /// The page.
    ///
    /// `match_level` is the level that answers the keyword in this store, under any filter. After a cursor, `Closest`
    /// stays at the level of the first page as long as any job matches at it. `Any` reports the closest level of any
    /// job, and `Literal` only the first level. It is `None` if no job matches.
    pub fn list(&self, spec: &ListSpec) -> Answer {
        let (jobs, match_level, with_symbols) = self.matches(spec);
        let total = jobs.len();
        let from = match &spec.start {
            Start::No(page_no) => offset(*page_no, spec.page_size).min(total),
            Start::After(place) => jobs.partition_point(|job| !is_behind(job, &place.behind, spec.sort)),
        };
        let to = total.min(from + usize::try_from(spec.page_size).expect("a page size fits"));
        let page = jobs[from..to].to_vec();
        let next = page.last().filter(|_| to < total).map(|last| Behind {
            create_time: last.create_time,
            job_id: last.job_id.clone(),
            level: match_level,
            with_symbols,
        });
        Answer { jobs: page, total_count: u64::try_from(total).expect("a count fits"), match_level, next }
    }

    /// Every job of the list in order, without pages, and the level that answers.
    pub fn all_matches(&self, spec: &ListSpec) -> (Vec<Arc<Job>>, Option<MatchLevel>) {
        let (jobs, match_level, _) = self.matches(spec);
        (jobs, match_level)
    }

    /// As [`all_matches`](Self::all_matches), and whether the symbols of the keyword narrowed them down.
    fn matches(&self, spec: &ListSpec) -> (Vec<Arc<Job>>, Option<MatchLevel>, bool) {
        let Named { jobs, match_level, with_symbols } = self.named(spec);
        let listed = jobs.into_iter().filter(|job| spec.admits(job)).cloned().collect();
        (in_order(listed, spec.sort), match_level, with_symbols)
    }

    /// For each value of each facet, the length of the list with this value chosen and the other filters unchanged.
    pub fn facets(&self, spec: &ListSpec) -> Counts {
        let named = self.named(spec).jobs;
        let count =
            |spec: ListSpec| u64::try_from(named.iter().filter(|job| spec.admits(job)).count()).expect("a count fits");
        Counts {
            template_type: each(|value| count(ListSpec { types: vec![value], ..spec.clone() })),
            start_mode: each(|value| count(ListSpec { modes: vec![value], ..spec.clone() })),
            status: each(|value| count(ListSpec { statuses: vec![value], ..spec.clone() })),
        }
    }

    /// The jobs that match the keyword before any other filter, and the level that answers. Every job if there is no
    /// keyword.
    ///
    /// Symbols beside words narrow: if the name of any job that matches has all of them, only such names match. A cursor brings
    /// the choice of the first page.
    fn named(&self, spec: &ListSpec) -> Named<'_> {
        let Some(keyword) = spec.trimmed_keyword() else {
            let jobs = self.rows.iter().map(|row| &row.job).collect();
            return Named { jobs, match_level: None, with_symbols: false };
        };
        let levels = self.levels(keyword);
        let closest = levels.iter().flatten().min().copied();
        let reach = match spec.matching {
            Matching::Literal => Some(MatchLevel::Literal),
            Matching::Closest => spec.pinned().or(closest),
            Matching::Any => Some(MatchLevel::TwoTypos),
        };
        let (folded, id_text) = (FoldedKeyword::new(keyword), keyword::id_text(keyword));
        let matching = self.rows.iter().zip(&levels).filter(|(_, level)| level.is_some() && **level <= reach);
        let matching: Vec<&Row> = matching.map(|(row, _)| row).collect();
        let has_symbols = |row: &Row| {
            let is_named = keyword::level(&row.folded, &folded).map(match_level);
            is_named.is_some() && is_named <= reach && keyword::has_meaningful_symbols(&row.folded, &folded)
        };
        let narrows = keyword::may_be_narrowed(&folded)
            && spec.pinned_symbols().unwrap_or_else(|| matching.iter().any(|row| has_symbols(row)));
        let has_id = |row: &Row| row.job.job_id.eq_ignore_ascii_case(&id_text);
        let is_listed = |row: &&&Row| !narrows || has_symbols(row) || has_id(row);
        let jobs: Vec<_> = matching.iter().filter(is_listed).map(|row| &row.job).collect();
        let answered = if spec.matching == Matching::Any { closest } else { reach };
        let match_level = answered.filter(|_| !jobs.is_empty());
        Named { jobs, match_level, with_symbols: narrows && match_level.is_some() }
    }

    /// The level at which the keyword matches each row. Each distinct name is matched once.
    fn levels(&self, keyword: &str) -> Vec<Option<MatchLevel>> {
        let folded = FoldedKeyword::new(keyword);
        let id_text = keyword::id_text(keyword);
        let mut by_name = HashMap::new();
        let mut level_of = |row: &Row| {
            if row.job.job_id.eq_ignore_ascii_case(&id_text) {
                return Some(MatchLevel::Literal);
            }
            let name = Arc::as_ptr(&row.folded);
            *by_name.entry(name).or_insert_with(|| keyword::level(&row.folded, &folded).map(match_level))
        };
        self.rows.iter().map(&mut level_of).collect()
    }

    fn position(&self, job_id: &str) -> Option<usize> {
        self.positions.get(job_id).copied()
    }

    fn push(&mut self, job: Job) {
        let folded =
            self.names.entry(job.name.clone()).or_insert_with_key(|name| Arc::new(FoldedName::new(name))).clone();
        self.positions.insert(job.job_id.clone(), self.rows.len());
        self.rows.push(Row { job: Arc::new(job), folded });
    }
}

/// Whether the job comes after this place in a list of this order.
fn is_behind(job: &Job, behind: &Behind, sort: SortOrder) -> bool {
    let (here, place) = ((job.create_time, job.job_id.as_str()), (behind.create_time, behind.job_id.as_str()));
    match sort {
        SortOrder::Asc => here > place,
        SortOrder::Desc => here < place,
    }
}

fn in_order(mut jobs: Vec<Arc<Job>>, sort: SortOrder) -> Vec<Arc<Job>> {
    jobs.sort_by(|a, b| (a.create_time, &a.job_id).cmp(&(b.create_time, &b.job_id)));
    if sort == SortOrder::Desc {
        jobs.reverse();
    }
    jobs
}

fn offset(page_no: u64, page_size: u32) -> usize {
    let exact = (u128::from(page_no) - 1) * u128::from(page_size);
    usize::try_from(exact).unwrap_or(usize::MAX)
}

fn each<F: Facet>(count: impl FnMut(F) -> u64) -> Vec<u64> {
    F::ALL.iter().copied().map(count).collect()
}

fn match_level(level: Level) -> MatchLevel {
    match level {
        Level::Literal => MatchLevel::Literal,
        Level::OneTypo => MatchLevel::OneTypo,
        Level::TwoTypos => MatchLevel::TwoTypos,
    }
}

fn over_limits(job: &Job) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    if job.job_id.is_empty() {
        refusals.push(Refusal::EmptyId);
    }
    for (field, text, limit) in [("job_id", &job.job_id, JOB_ID_BYTES_MAX), ("name", &job.name, NAME_BYTES_MAX)] {
        if text.len() > limit {
            refusals.push(Refusal::TooLong { field, got: text.len(), limit });
        }
    }
    let folded_len = if job.name.is_ascii() { 0 } else { keyword::fold(&job.name).chars().count() };
    if folded_len > NAME_FOLDED_CHARS_MAX {
        refusals.push(Refusal::TooLong { field: "name", got: folded_len, limit: NAME_FOLDED_CHARS_MAX });
    }
    refusals
}

impl Answer {
    /// Whether a page of the engine equals this answer. A later request shows whether the page's cursor has the right
    /// place.
    pub fn agrees_with(&self, page: &Page) -> bool {
        self.jobs == page.jobs
            && self.total_count == page.total_count
            && self.match_level == page.match_level
            && self.next.is_some() == page.next.is_some()
    }
}

impl From<&FacetCounts> for Counts {
    fn from(counts: &FacetCounts) -> Self {
        Self {
            template_type: each(|value| counts.template_type.of(value)),
            start_mode: each(|value| counts.start_mode.of(value)),
            status: each(|value| counts.status.of(value)),
        }
    }
}

impl From<&TooLong> for Refusal {
    fn from(too_long: &TooLong) -> Self {
        Self::TooLong { field: too_long.field, got: too_long.got, limit: too_long.limit }
    }
}

impl From<&InsertError> for Refusal {
    fn from(error: &InsertError) -> Self {
        match error {
            InsertError::JobIdTaken { job_id } => Self::Taken { job_id: job_id.clone() },
            InsertError::JobIdEmpty => Self::EmptyId,
            InsertError::TooLong(too_long) => too_long.into(),
            other => Self::Other(other.to_string()),
        }
    }
}

impl From<&UpdateError> for Refusal {
    fn from(error: &UpdateError) -> Self {
        match error {
            UpdateError::NotFound { job_id } => Self::NotFound { job_id: job_id.clone() },
            UpdateError::JobIdChanged { from, to } => Self::IdChanged { from: from.clone(), to: to.clone() },
            UpdateError::TooLong(too_long) => too_long.into(),
            other => Self::Other(other.to_string()),
        }
    }
}
