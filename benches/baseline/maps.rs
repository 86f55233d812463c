//! Sorted maps and sets, as a good engineer would write them in a day.
//!
//! ```text
//! by_id     id → entry
//! timeline  (time, id) → job
//! statuses, template_types, start_modes, words   value → {(time, id)}
//! counts    (type, mode, status) → how many
//! ```
//! A list walks the smallest set among its filters, and looks up each job to check the other filters. The counts give
//! the total if there is no keyword. A keyword is compared with the words, which are far fewer than the names. A store
//! written in a day allows no typos: a keyword matches literally or not at all.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use jobdex::{Facet, Job, SortOrder, StartMode, Status, TemplateType};

use super::keyword::{Keyword, starts_of_runs, words};
use super::{Answer, Entry, passes};
use crate::common::requests::Request;

/// The key by which lists are sorted.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    create_time: DateTime<Utc>,
    job_id: Arc<str>,
}

type Places = BTreeSet<Place>;

#[derive(Default)]
pub(crate) struct Maps {
    by_id: IndexMap<Arc<str>, Entry>,
    timeline: BTreeMap<Place, Arc<Job>>,
    template_types: [Places; 4],
    start_modes: [Places; 2],
    statuses: [Places; 3],
    counts: [[[u64; 3]; 2]; 4],
    words: BTreeMap<Box<str>, Places>,
    /// The rest of a word after each change between letters, digits and other classes.
    tails: BTreeMap<Box<str>, Places>,
}

impl Maps {
    pub(crate) fn new(jobs: impl IntoIterator<Item = Arc<Job>>) -> Self {
        let mut maps = Self::default();
        for job in jobs {
            maps.insert_arc(job);
        }
        maps
    }

    pub(crate) fn insert(&mut self, job: Job) -> bool {
        self.insert_arc(Arc::new(job))
    }

    fn insert_arc(&mut self, job: Arc<Job>) -> bool {
        if self.by_id.contains_key(job.job_id.as_str()) {
            return false;
        }
        let place = Place { create_time: job.create_time, job_id: job.job_id.as_str().into() };
        let entry = Entry::new(Arc::clone(&job));
        self.add_facets(&place, &job);
        self.add_words(&place, &entry.folded);
        self.by_id.insert(Arc::clone(&place.job_id), entry);
        self.timeline.insert(place, job);
        true
    }

    /// Changes only the sets whose values changed.
    pub(crate) fn update(&mut self, id: &str, change: impl FnOnce(&mut Job)) -> bool {
        let Some((id, entry)) = self.by_id.get_key_value(id) else {
            return false;
        };
        let old = entry.clone();
        let mut job = Job::clone(&old.job);
        change(&mut job);
        let job = Arc::new(job);
        let place = Place { create_time: job.create_time, job_id: Arc::clone(id) };
        let old_place = Place { create_time: old.job.create_time, job_id: Arc::clone(id) };
        let is_moved = place != old_place;
        if is_moved {
            self.timeline.remove(&old_place);
        }
        if is_moved || facets_of(&job) != facets_of(&old.job) {
            self.drop_facets(&old_place, &old.job);
            self.add_facets(&place, &job);
        }
        let mut new = Entry { job: Arc::clone(&job), folded: old.folded.clone() };
        if is_moved || job.name != old.job.name {
            new = Entry::new(Arc::clone(&job));
            self.drop_words(&old_place, &old.folded);
            self.add_words(&place, &new.folded);
        }
        self.by_id.insert(Arc::clone(&place.job_id), new);
        self.timeline.insert(place, job);
        true
    }

    pub(crate) fn remove(&mut self, id: &str) -> Option<Arc<Job>> {
        let (job_id, entry) = self.by_id.swap_remove_entry(id)?;
        let place = Place { create_time: entry.job.create_time, job_id };
        self.timeline.remove(&place);
        self.drop_facets(&place, &entry.job);
        self.drop_words(&place, &entry.folded);
        Some(entry.job)
    }

    fn add_facets(&mut self, place: &Place, job: &Job) {
        let (template_type, start_mode, status) = facets_of(job);
        self.template_types[template_type].insert(place.clone());
        self.start_modes[start_mode].insert(place.clone());
        self.statuses[status].insert(place.clone());
        self.counts[template_type][start_mode][status] += 1;
    }

    fn drop_facets(&mut self, place: &Place, job: &Job) {
        let (template_type, start_mode, status) = facets_of(job);
        self.template_types[template_type].remove(place);
        self.start_modes[start_mode].remove(place);
        self.statuses[status].remove(place);
        self.counts[template_type][start_mode][status] -= 1;
    }

    fn add_words(&mut self, place: &Place, folded: &str) {
        for word in words(folded) {
            add(&mut self.words, word, place);
            for tail in starts_of_runs(word).skip(1) {
                add(&mut self.tails, &word[tail..], place);
            }
        }
    }

    fn drop_words(&mut self, place: &Place, folded: &str) {
        for word in words(folded) {
            drop_from(&mut self.words, word, place);
            for tail in starts_of_runs(word).skip(1) {
                drop_from(&mut self.tails, &word[tail..], place);
            }
        }
    }

    /// The number of distinct words in the names.
    pub(crate) fn words_len(&self) -> usize {
        self.words.len()
    }

    pub(crate) fn list(&self, request: &Request) -> Answer {
        match &request.keyword {
            Some(keyword) => self.list_keyword(request, &Keyword::new(keyword)),
            None if request.created.is_some() => self.list_created(request),
            None => self.list_facets(request),
        }
    }

    /// The page behind a job of the list, newest first, with the total of the whole list; without a keyword.
    pub(crate) fn list_behind(&self, request: &Request, job: &Job) -> Answer {
        let place = Place { create_time: job.create_time, job_id: job.job_id.as_str().into() };
        let jobs = match self.smallest_set(request) {
            None => page_of(request, self.timeline.range(..place).rev().map(|(_, job)| job), 0, request.page_len()),
            Some(places) => {
                page_of(request, places.range(..place).rev().map(|place| self.job(place)), 0, request.page_len())
            }
        };
        Answer { total_count: self.count(request), jobs }
    }

    /// The total is known, so the walk to the page begins at the nearer end.
    fn list_facets(&self, request: &Request) -> Answer {
        let total_count = self.count(request);
        let total = usize::try_from(total_count).unwrap_or(usize::MAX);
        let from = request.offset().min(total);
        let to = from.saturating_add(request.page_len()).min(total);
        let is_from_front = from < total - to;
        let skipped = if is_from_front { from } else { total - to };
        let is_ascending = (request.sort == SortOrder::Asc) == is_from_front;
        let mut jobs = self.walk(request, is_ascending, skipped, to - from);
        if !is_from_front {
            jobs.reverse();
        }
        Answer { total_count, jobs }
    }

    fn walk(&self, request: &Request, is_ascending: bool, skipped: usize, len: usize) -> Vec<Arc<Job>> {
        match (self.smallest_set(request), is_ascending) {
            (None, true) => page_of(request, self.timeline.values(), skipped, len),
            (None, false) => page_of(request, self.timeline.values().rev(), skipped, len),
            (Some(places), true) => self.walk_set(request, places.iter(), skipped, len),
            (Some(places), false) => self.walk_set(request, places.iter().rev(), skipped, len),
        }
    }

    fn walk_set<'a>(
        &self,
        request: &Request,
        places: impl Iterator<Item = &'a Place>,
        skipped: usize,
        len: usize,
    ) -> Vec<Arc<Job>> {
        if facets_asked(request) == 1 {
            return places.skip(skipped).take(len).map(|place| Arc::clone(self.job(place))).collect();
        }
        page_of(request, places.map(|place| self.job(place)), skipped, len)
    }

    /// The smallest set of a facet with one value in the query; `None` for all jobs.
    fn smallest_set(&self, request: &Request) -> Option<&Places> {
        let sets = [
            only(&request.template_types).map(|value: TemplateType| &self.template_types[value.ordinal()]),
            only(&request.start_modes).map(|value: StartMode| &self.start_modes[value.ordinal()]),
            only(&request.statuses).map(|value: Status| &self.statuses[value.ordinal()]),
        ];
        sets.into_iter().flatten().min_by_key(|places| places.len())
    }

    fn count(&self, request: &Request) -> u64 {
        let is_asked = |template_type: TemplateType, start_mode: StartMode, status: Status| {
            (request.template_types.is_empty() || request.template_types.contains(&template_type))
                && (request.start_modes.is_empty() || request.start_modes.contains(&start_mode))
                && (request.statuses.is_empty() || request.statuses.contains(&status))
        };
        let mut count = 0;
        for &template_type in TemplateType::ALL {
            for &start_mode in StartMode::ALL {
                for &status in Status::ALL {
                    if is_asked(template_type, start_mode, status) {
                        count += self.counts[template_type.ordinal()][start_mode.ordinal()][status.ordinal()];
                    }
                }
            }
        }
        count
    }

    fn list_created(&self, request: &Request) -> Answer {
        let Some(range) = &request.created else {
            return self.list_facets(request);
        };
        let bound = |&create_time: &DateTime<Utc>| Place { create_time, job_id: "".into() };
        let places = (Bound::Included(bound(&range.start)), Bound::Excluded(bound(&range.end)));
        let jobs = self.timeline.range(places).map(|(_, job)| job).filter(|job| passes(request, job));
        cut(request, jobs.collect())
    }

    fn list_keyword(&self, request: &Request, keyword: &Keyword) -> Answer {
        // No name contains the ID of a job, so a keyword that is an ID needs no search of names.
        if let Some(entry) = self.by_id.get(keyword.text().to_ascii_lowercase().as_str()) {
            return cut(request, Some(&entry.job).into_iter().filter(|job| passes(request, job)).collect());
        }
        let (mut hits, mut unsure) = match keyword.words() {
            [] => (Vec::new(), self.timeline.keys().collect()),
            [word] => (self.containing(word), self.may_be_joined(word)),
            [_, others @ ..] => (Vec::new(), self.starting_with_rarest(others)),
        };
        if keyword.words().len() > 1 {
            unsure.extend(starting_with(&self.words, keyword.whole()).flatten());
            unsure.extend(self.may_be_joined(keyword.whole()));
        }
        let entry = |place: &Place| &self.by_id[&place.job_id];
        hits.extend(unsure.into_iter().filter(|place| keyword.matches_literally(&entry(place).folded)));
        hits.sort_unstable();
        hits.dedup();
        let jobs = hits.into_iter().map(|place| &entry(place).job);
        cut(request, jobs.filter(|job| passes(request, job)).collect())
    }

    /// The candidates: jobs with a word with which the text begins, if the text goes on like some other word.
    fn may_be_joined(&self, text: &str) -> Vec<&Place> {
        let cuts = text.char_indices().skip(1).map(|(at, _)| text.split_at(at));
        let begins = |(first, rest): (&str, &str)| {
            let next = rest.chars().next().map(String::from).unwrap_or_default();
            starting_with(&self.words, &next).next().and(self.words.get(first))
        };
        cuts.filter_map(begins).flatten().collect()
    }

    fn containing(&self, part: &str) -> Vec<&Place> {
        self.words.iter().filter(|(word, _)| word.contains(part)).flat_map(|(_, places)| places).collect()
    }

    /// The candidates: jobs in which the rarest of these words begins a word or a tail. If all words are of scripts
    /// without spaces, the rarest may be anywhere inside of a word.
    fn starting_with_rarest(&self, others: &[String]) -> Vec<&Place> {
        let starting = |start: &str| -> Vec<&Places> {
            starting_with(&self.words, start).chain(starting_with(&self.tails, start)).collect()
        };
        let rarest = others
            .iter()
            .filter(|word| word.is_ascii())
            .map(|word| (word, starting(word)))
            .min_by_key(|(_, sets)| sets.iter().map(|places| places.len()).sum::<usize>());
        match rarest {
            Some((word, sets)) => sets.into_iter().flatten().chain(self.may_be_joined(word)).collect(),
            None => self.containing(&others[0]).into_iter().chain(self.may_be_joined(&others[0])).collect(),
        }
    }

    fn job(&self, place: &Place) -> &Arc<Job> {
        &self.by_id[&place.job_id].job
    }
}

fn page_of<'a>(
    request: &Request,
    jobs: impl Iterator<Item = &'a Arc<Job>>,
    skipped: usize,
    len: usize,
) -> Vec<Arc<Job>> {
    if facets_asked(request) == 0 {
        return jobs.skip(skipped).take(len).cloned().collect();
    }
    jobs.filter(|job| passes(request, job)).skip(skipped).take(len).cloned().collect()
}

/// Sorts ascending while collecting.
fn cut(request: &Request, mut jobs: Vec<&Arc<Job>>) -> Answer {
    if request.sort == SortOrder::Desc {
        jobs.reverse();
    }
    let page = jobs.iter().skip(request.offset()).take(request.page_len());
    Answer { total_count: jobs.len() as u64, jobs: page.map(|&job| Arc::clone(job)).collect() }
}

fn add(sets: &mut BTreeMap<Box<str>, Places>, word: &str, place: &Place) {
    match sets.get_mut(word) {
        Some(places) => _ = places.insert(place.clone()),
        None => _ = sets.insert(word.into(), Places::from([place.clone()])),
    }
}

fn drop_from(sets: &mut BTreeMap<Box<str>, Places>, word: &str, place: &Place) {
    if let Some(places) = sets.get_mut(word) {
        places.remove(place);
        if places.is_empty() {
            sets.remove(word);
        }
    }
}

fn starting_with<'s>(sets: &'s BTreeMap<Box<str>, Places>, start: &str) -> impl Iterator<Item = &'s Places> {
    let range = (Bound::Included(start), Bound::Unbounded);
    sets.range::<str, _>(range).take_while(move |(word, _)| word.starts_with(start)).map(|(_, places)| places)
}

fn facets_of(job: &Job) -> (usize, usize, usize) {
    (job.template_type.ordinal(), job.start_mode.ordinal(), job.status.ordinal())
}

fn facets_asked(request: &Request) -> usize {
    [request.template_types.is_empty(), request.start_modes.is_empty(), request.statuses.is_empty()]
        .into_iter()
        .filter(|&is_unasked| !is_unasked)
        .count()
}

fn only<F: Copy>(values: &[F]) -> Option<F> {
    match values {
        &[value] => Some(value),
        _ => None,
    }
}
