//! Any record in a `Vec`: facets by number, labels as pairs of texts, a list that filters, sorts, slices and counts.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::{Bound, RangeBounds};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use jobdex::error::{InsertError, UpdateError};
use jobdex::limits::{JOB_ID_BYTES_MAX, LABEL_KEY_BYTES_MAX, LABEL_VALUE_BYTES_MAX, LABELS_MAX, NAME_BYTES_MAX};
use jobdex::record::Facets;
use jobdex::request::{MatchLevel, Matching};
use jobdex::{ListQuery, Record, SortOrder};

use super::keyword::{self, FoldedKeyword, FoldedName, Level};
use super::schemas::{ChosenValues, SchemaCase, Side};
use super::store::{Behind, Place, Start};

/// A record without the types of its facets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainRecord {
    pub job_id: String,
    pub name: String,
    pub create_time: DateTime<Utc>,
    /// The number of the value of each facet.
    pub values: Vec<usize>,
    /// In any order; a pair may stand twice.
    pub labels: Vec<(String, String)>,
}

/// A record as a store holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredRecord<F> {
    pub plain: PlainRecord,
    pub facets: F,
}

impl<F: Facets> Record for StoredRecord<F> {
    type Facets = F;

    fn job_id(&self) -> &str {
        &self.plain.job_id
    }

    fn name(&self) -> &str {
        &self.plain.name
    }

    fn create_time(&self) -> DateTime<Utc> {
        self.plain.create_time
    }

    fn facets(&self) -> F {
        self.facets
    }

    fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        self.plain.labels.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }
}

impl PlainRecord {
    pub fn stored<C: SchemaCase>(self, case: &C) -> StoredRecord<C::Facets> {
        StoredRecord { facets: case.facets(&self.values), plain: self }
    }

    fn has(&self, key: &str, is_wanted: impl Fn(&str) -> bool) -> bool {
        self.labels.iter().any(|(of_key, value)| of_key == key && is_wanted(value))
    }
}

/// A condition on the labels of a record.
#[derive(Clone, Debug)]
pub enum LabelCondition {
    AnyOf(String, Vec<String>),
    NoneOf(String, Vec<String>),
    Exists(String),
    Absent(String),
}

impl LabelCondition {
    fn passes(&self, record: &PlainRecord) -> bool {
        match self {
            Self::AnyOf(key, values) => record.has(key, |value| values.iter().any(|wanted| wanted == value)),
            Self::NoneOf(key, values) => !record.has(key, |value| values.iter().any(|unwanted| unwanted == value)),
            Self::Exists(key) => record.has(key, |_| true),
            Self::Absent(key) => !record.has(key, |_| true),
        }
    }

    fn add_to<F: Facets>(&self, query: ListQuery<F>) -> ListQuery<F> {
        match self {
            Self::AnyOf(key, values) => query.label(key, values),
            Self::NoneOf(key, values) => query.label_not(key, values),
            Self::Exists(key) => query.label_exists(key),
            Self::Absent(key) => query.label_absent(key),
        }
    }
}

/// A query about any record, with public parts.
#[derive(Clone, Debug)]
pub struct RecordSpec {
    /// In the order of the calls: a filter that accepts values replaces the one before on the same facet.
    pub filters: Vec<(Side, usize, ChosenValues)>,
    pub labels: Vec<LabelCondition>,
    pub created: (Bound<DateTime<Utc>>, Bound<DateTime<Utc>>),
    pub keyword: Option<String>,
    pub matching: Matching,
    pub sort: SortOrder,
    pub start: Start,
    pub page_size: u32,
}

impl Default for RecordSpec {
    fn default() -> Self {
        Self {
            filters: Vec::new(),
            labels: Vec::new(),
            created: (Bound::Unbounded, Bound::Unbounded),
            keyword: None,
            matching: Matching::Closest,
            sort: SortOrder::Desc,
            start: Start::No(1),
            page_size: 10,
        }
    }
}

impl RecordSpec {
    pub fn to_query<C: SchemaCase>(&self, case: &C) -> ListQuery<C::Facets> {
        let mut query =
            ListQuery::new().created(self.created).matching(self.matching).sort(self.sort).page_size(self.page_size);
        let lens = case.lens();
        for (number, (side, place, values)) in self.filters.iter().enumerate() {
            let replaces = |(side, of, _): &(Side, usize, ChosenValues)| (*side, of) == (Side::Accept, place);
            let is_replaced = *side == Side::Accept && self.filters[number + 1..].iter().any(replaces);
            // By texts, a filter that accepts nothing is not one that can be replaced.
            if !(is_replaced && values.numbers(lens[*place]).is_some_and(|numbers| numbers.is_empty())) {
                query = case.filter(query, *side, *place, values);
            }
        }
        query = self.labels.iter().fold(query, |query, label| label.add_to(query));
        if let Some(keyword) = &self.keyword {
            query = query.keyword(keyword);
        }
        match &self.start {
            Start::No(page_no) => query.page_no(*page_no),
            Start::After(place) => query.after(place.cursor.clone()),
        }
    }

    /// For each facet, the values that pass.
    fn passing(&self, lens: &[usize]) -> Vec<BTreeSet<usize>> {
        let passing = lens.iter().enumerate().map(|(facet, &len)| {
            let of_side = |wanted: Side| {
                let of_facet =
                    move |(side, place, _): &&(Side, usize, ChosenValues)| (*side, *place) == (wanted, facet);
                self.filters.iter().filter(of_facet).map(move |(_, _, values)| values.numbers(len))
            };
            let accepted = of_side(Side::Accept).next_back().flatten().unwrap_or_else(|| (0..len).collect());
            let excluded: BTreeSet<usize> = of_side(Side::Exclude).flatten().flatten().collect();
            accepted.difference(&excluded).copied().collect()
        });
        passing.collect()
    }

    /// Whether a record passes all conditions beside the keyword and the facets.
    fn passes(&self, record: &PlainRecord) -> bool {
        self.created.contains(&record.create_time) && self.labels.iter().all(|label| label.passes(record))
    }

    fn trimmed_keyword(&self) -> Option<&str> {
        self.keyword.as_deref().map(str::trim).filter(|keyword| !keyword.is_empty())
    }

    /// The highest level that `Matching::Closest` tries. A cursor brings the level of the first page.
    fn pinned(&self) -> Option<MatchLevel> {
        match &self.start {
            Start::No(_) => None,
            Start::After(place) => place.behind.level,
        }
    }

    /// Whether the symbols of the keyword narrowed the first page of a walk; `None` if no cursor tells.
    fn pinned_symbols(&self) -> Option<bool> {
        match &self.start {
            Start::No(_) => None,
            Start::After(place) => place.behind.level.map(|_| place.behind.with_symbols),
        }
    }

    /// The query for the page after a place.
    pub fn after(&self, place: Place) -> Self {
        Self { start: Start::After(place), ..self.clone() }
    }
}

/// The answer of [`RecordOracle::list`].
#[derive(Clone, Debug)]
pub struct RecordAnswer {
    pub jobs: Vec<Arc<PlainRecord>>,
    pub total_count: u64,
    pub match_level: Option<MatchLevel>,
    pub next: Option<Behind>,
}

/// A write that must be refused, by the text of its error.
pub type Refused = String;

/// The store as a `Vec`.
#[derive(Clone, Default)]
pub struct RecordOracle {
    lens: Vec<usize>,
    rows: Vec<(Arc<PlainRecord>, Arc<FoldedName>)>,
    positions: HashMap<String, usize>,
    names: HashMap<String, Arc<FoldedName>>,
}

impl RecordOracle {
    pub fn new(lens: Vec<usize>) -> Self {
        Self { lens, ..Self::default() }
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn get(&self, job_id: &str) -> Option<&Arc<PlainRecord>> {
        self.positions.get(job_id).map(|&position| &self.rows[position].0)
    }

    /// Every record, ascending by (creation time, ID).
    pub fn sorted(&self) -> Vec<Arc<PlainRecord>> {
        in_order(self.rows.iter().map(|(record, _)| Arc::clone(record)).collect(), SortOrder::Asc)
    }

    /// Inserts the record, or returns every reason to refuse it.
    pub fn insert(&mut self, record: PlainRecord) -> Result<(), Vec<Refused>> {
        let mut refusals = over_limits(&record);
        if self.get(&record.job_id).is_some() {
            refusals.push(InsertError::JobIdTaken { job_id: record.job_id.clone() }.to_string());
        }
        if !refusals.is_empty() {
            return Err(refusals);
        }
        self.push(record);
        Ok(())
    }

    /// Inserts the record, or replaces the record with its ID, which is returned.
    pub fn upsert(&mut self, record: PlainRecord) -> Result<Option<Arc<PlainRecord>>, Vec<Refused>> {
        let refusals = over_limits(&record);
        if !refusals.is_empty() {
            return Err(refusals);
        }
        let before = self.remove(&record.job_id);
        self.push(record);
        Ok(before)
    }

    pub fn update(&mut self, job_id: &str, change: impl FnOnce(&mut PlainRecord)) -> Result<(), Vec<Refused>> {
        let Some(current) = self.get(job_id) else {
            return Err(vec![UpdateError::NotFound { job_id: job_id.to_owned() }.to_string()]);
        };
        let mut record = PlainRecord::clone(current);
        change(&mut record);
        if record.job_id != job_id {
            let (from, to) = (job_id.to_owned(), record.job_id.clone());
            return Err(vec![UpdateError::JobIdChanged { from, to }.to_string()]);
        }
        self.upsert(record).map(drop)
    }

    pub fn remove(&mut self, job_id: &str) -> Option<Arc<PlainRecord>> {
        let position = self.positions.remove(job_id)?;
        let (removed, _) = self.rows.swap_remove(position);
        if let Some((moved, _)) = self.rows.get(position) {
            self.positions.insert(moved.job_id.clone(), position);
        }
        Some(removed)
    }

    /// Inserts every record or none of them. Returns the index of the first that must be refused, and every reason.
    pub fn extend(&mut self, records: Vec<PlainRecord>) -> Result<(), (usize, Vec<Refused>)> {
        let mut seen = BTreeSet::new();
        for (position, record) in records.iter().enumerate() {
            let mut refusals = over_limits(record);
            if self.get(&record.job_id).is_some() || !seen.insert(record.job_id.as_str()) {
                refusals.push(InsertError::JobIdTaken { job_id: record.job_id.clone() }.to_string());
            }
            if !refusals.is_empty() {
                return Err((position, refusals));
            }
        }
        for record in records {
            self.push(record);
        }
        Ok(())
    }

    pub fn clear(&mut self) {
        self.rows.clear();
        self.positions.clear();
    }

    fn push(&mut self, record: PlainRecord) {
        let fold = |name: &String| Arc::new(FoldedName::new(name));
        let folded = Arc::clone(self.names.entry(record.name.clone()).or_insert_with_key(fold));
        self.positions.insert(record.job_id.clone(), self.rows.len());
        self.rows.push((Arc::new(record), folded));
    }

    /// The page, as the oracle of jobs says.
    pub fn list(&self, spec: &RecordSpec) -> RecordAnswer {
        let (jobs, match_level, with_symbols) = self.listed(spec);
        let total = jobs.len();
        let from = match &spec.start {
            Start::No(page_no) => offset(*page_no, spec.page_size).min(total),
            Start::After(place) => jobs.partition_point(|job| !is_behind(job, &place.behind, spec.sort)),
        };
        let to = total.min(from + spec.page_size as usize);
        let page = jobs[from..to].to_vec();
        let next = page.last().filter(|_| to < total).map(|last| Behind {
            create_time: last.create_time,
            job_id: last.job_id.clone(),
            level: match_level,
            with_symbols,
        });
        RecordAnswer { jobs: page, total_count: total as u64, match_level, next }
    }

    /// Every record of the list in order, without pages, and the level that answers.
    pub fn all_matches(&self, spec: &RecordSpec) -> (Vec<Arc<PlainRecord>>, Option<MatchLevel>) {
        let (jobs, match_level, _) = self.listed(spec);
        (jobs, match_level)
    }

    /// As [`all_matches`](Self::all_matches), and whether the symbols of the keyword narrowed them down.
    fn listed(&self, spec: &RecordSpec) -> (Vec<Arc<PlainRecord>>, Option<MatchLevel>, bool) {
        let (named, match_level, with_symbols) = self.named(spec);
        let passing = spec.passing(&self.lens);
        let is_listed = |record: &&Arc<PlainRecord>| {
            spec.passes(record) && record.values.iter().zip(&passing).all(|(value, passing)| passing.contains(value))
        };
        let listed = named.into_iter().filter(is_listed).map(Arc::clone).collect();
        (in_order(listed, spec.sort), match_level, with_symbols)
    }

    /// The records that a stream of all matches gives: those after the cursor, if there is one.
    pub fn matches(&self, spec: &RecordSpec) -> Vec<Arc<PlainRecord>> {
        let (mut jobs, _) = self.all_matches(spec);
        if let Start::After(place) = &spec.start {
            jobs.retain(|job| is_behind(job, &place.behind, spec.sort));
        }
        jobs
    }

    /// For each value of each facet, the length of the list with this value chosen and the other filters unchanged.
    pub fn facets(&self, spec: &RecordSpec) -> Vec<Vec<u64>> {
        let (named, ..) = self.named(spec);
        let passing = spec.passing(&self.lens);
        let mut counts: Vec<Vec<u64>> = self.lens.iter().map(|&len| vec![0; len]).collect();
        for record in named.into_iter().filter(|record| spec.passes(record)) {
            for (facet, counts) in counts.iter_mut().enumerate() {
                let passes_others = (0..self.lens.len())
                    .filter(|&other| other != facet)
                    .all(|other| passing[other].contains(&record.values[other]));
                counts[record.values[facet]] += u64::from(passes_others);
            }
        }
        counts
    }

    /// The most frequent values of a label among the matches, those of as many records in the order of their texts.
    pub fn label_counts(&self, key: &str, len: usize, spec: &RecordSpec) -> Vec<(String, u64)> {
        let (jobs, _) = self.all_matches(spec);
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for job in &jobs {
            let of_key = job.labels.iter().filter(|(of, _)| of == key).map(|(_, value)| value.as_str());
            of_key.collect::<BTreeSet<_>>().into_iter().for_each(|value| *counts.entry(value).or_default() += 1);
        }
        let mut counts: Vec<(&str, u64)> = counts.into_iter().collect();
        // The sort is stable, and the map is in the order of the texts.
        counts.sort_by_key(|&(_, count)| Reverse(count));
        counts.into_iter().take(len).map(|(value, count)| (value.to_owned(), count)).collect()
    }

    /// The records that match the keyword before any other filter, the level that answers, and whether the symbols of the
    /// keyword narrowed them down, as the oracle of jobs says.
    fn named(&self, spec: &RecordSpec) -> (Vec<&Arc<PlainRecord>>, Option<MatchLevel>, bool) {
        let Some(keyword) = spec.trimmed_keyword() else {
            return (self.rows.iter().map(|(record, _)| record).collect(), None, false);
        };
        let levels = self.levels(keyword);
        let closest = levels.iter().flatten().min().copied();
        let reach = match spec.matching {
            Matching::Literal => Some(MatchLevel::Literal),
            Matching::Closest => spec.pinned().or(closest),
            Matching::Any => Some(MatchLevel::TwoTypos),
        };
        let (folded, id_text) = (FoldedKeyword::new(keyword), keyword::id_text(keyword));
        let rows = self.rows.iter().zip(&levels).filter(|(_, level)| level.is_some() && **level <= reach);
        let rows: Vec<_> = rows.map(|(row, _)| row).collect();
        let has_symbols = |name: &FoldedName| {
            let level = keyword::level(name, &folded).map(match_level);
            level.is_some() && level <= reach && keyword::has_meaningful_symbols(name, &folded)
        };
        let narrows = keyword::may_be_narrowed(&folded)
            && spec.pinned_symbols().unwrap_or_else(|| rows.iter().any(|(_, name)| has_symbols(name)));
        let is_listed = |record: &PlainRecord, name: &FoldedName| {
            !narrows || has_symbols(name) || record.job_id.eq_ignore_ascii_case(&id_text)
        };
        let named = rows.into_iter().filter(|(record, name)| is_listed(record, name)).map(|(record, _)| record);
        let named: Vec<_> = named.collect();
        let answered = if spec.matching == Matching::Any { closest } else { reach };
        let match_level = answered.filter(|_| !named.is_empty());
        (named, match_level, narrows && match_level.is_some())
    }

    /// The level at which the keyword matches each row. Each distinct name is matched once.
    fn levels(&self, keyword: &str) -> Vec<Option<MatchLevel>> {
        let folded = FoldedKeyword::new(keyword);
        let id_text = keyword::id_text(keyword);
        let mut by_name = HashMap::new();
        let levels = self.rows.iter().map(|(record, name)| {
            if record.job_id.eq_ignore_ascii_case(&id_text) {
                return Some(MatchLevel::Literal);
            }
            let level = || keyword::level(name, &folded).map(match_level);
            *by_name.entry(Arc::as_ptr(name)).or_insert_with(level)
        });
        levels.collect()
    }
}

/// Every reason to refuse a record, whatever the store has.
fn over_limits(record: &PlainRecord) -> Vec<Refused> {
    let mut refusals = Vec::new();
    if record.job_id.is_empty() {
        refusals.push(InsertError::JobIdEmpty.to_string());
    }
    let labels = record.labels.iter().flat_map(|(key, value)| {
        [("label key", key, LABEL_KEY_BYTES_MAX), ("label value", value, LABEL_VALUE_BYTES_MAX)]
    });
    let fields = [("job_id", &record.job_id, JOB_ID_BYTES_MAX), ("name", &record.name, NAME_BYTES_MAX)];
    for (field, text, limit) in fields.into_iter().chain(labels).filter(|(_, text, limit)| text.len() > *limit) {
        refusals.push(format!("{field} of {} bytes is over the limit of {limit}", text.len()));
    }
    if record.labels.len() > LABELS_MAX {
        let (got, limit) = (record.labels.len(), LABELS_MAX);
        refusals.push(InsertError::TooManyLabels { got, limit }.to_string());
    }
    refusals
}

/// Whether the record comes after this place in a list of this order.
fn is_behind(record: &PlainRecord, behind: &Behind, sort: SortOrder) -> bool {
    let here = (record.create_time, record.job_id.as_str());
    let place = (behind.create_time, behind.job_id.as_str());
    match sort {
        SortOrder::Asc => here > place,
        SortOrder::Desc => here < place,
    }
}

fn in_order(mut records: Vec<Arc<PlainRecord>>, sort: SortOrder) -> Vec<Arc<PlainRecord>> {
    records.sort_by(|a, b| (a.create_time, &a.job_id).cmp(&(b.create_time, &b.job_id)));
    if sort == SortOrder::Desc {
        records.reverse();
    }
    records
}

fn offset(page_no: u64, page_size: u32) -> usize {
    let exact = (u128::from(page_no) - 1) * u128::from(page_size);
    usize::try_from(exact).unwrap_or(usize::MAX)
}

fn match_level(level: Level) -> MatchLevel {
    match level {
        Level::Literal => MatchLevel::Literal,
        Level::OneTypo => MatchLevel::OneTypo,
        Level::TwoTypos => MatchLevel::TwoTypos,
    }
}
