//! Roaring bitmaps: one for each value of a facet, and one for each gram of two and of three characters in the words.
//!
//! The jobs are numbered in order of creation, so that a bitmap walks in the order of the list, and the rank of a number
//! is its place in it. A job that arrives late would renumber those behind it; this peer has none.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use indexmap::IndexMap;
use jobdex::{Facet, Job};
use roaring::{MultiOps, RoaringBitmap};

use super::{Located, can_literally, sort, with_next_status};
use crate::asks::Ask;
use crate::baseline::Entry;
use crate::baseline::keyword::fold;
use crate::common::requests::Request;
use crate::grams::{gram_len, grams};
use crate::peer::{Answer, Can, Peer};

/// A gram; one of two characters ends in NUL.
type Gram = [char; 3];

pub(crate) struct Roaring {
    /// In order of creation, so that a job's place is its number.
    jobs: IndexMap<Box<str>, Entry>,
    all: RoaringBitmap,
    template_types: [RoaringBitmap; 4],
    start_modes: [RoaringBitmap; 2],
    statuses: [RoaringBitmap; 3],
    grams: HashMap<Gram, RoaringBitmap>,
}

impl Roaring {
    fn push(&mut self, job: Job) {
        let number = number(self.jobs.len());
        self.all.insert(number);
        self.template_types[job.template_type.ordinal()].insert(number);
        self.start_modes[job.start_mode.ordinal()].insert(number);
        self.statuses[job.status.ordinal()].insert(number);
        let entry = Entry::new(Arc::new(job));
        for len in [2, 3] {
            for (_, text) in grams(&entry.folded, len) {
                self.grams.entry(gram(text)).or_default().insert(number);
            }
        }
        self.jobs.insert(entry.job.job_id.as_str().into(), entry);
    }

    fn optimize(&mut self) {
        let facets = self.template_types.iter_mut().chain(&mut self.start_modes).chain(&mut self.statuses);
        for bitmap in facets.chain(self.grams.values_mut()).chain([&mut self.all]) {
            bitmap.optimize();
        }
    }

    fn matches(&self, request: &Request) -> Cow<'_, RoaringBitmap> {
        let mut sets: Vec<Cow<'_, RoaringBitmap>> = Vec::new();
        sets.extend(union(&self.template_types, &request.template_types));
        sets.extend(union(&self.start_modes, &request.start_modes));
        sets.extend(union(&self.statuses, &request.statuses));
        let keyword = request.keyword.as_deref().map(fold);
        if let Some(keyword) = &keyword {
            let gram_sets = grams(keyword, gram_len(keyword)).map(|(_, text)| self.grams.get(&gram(text)));
            sets.extend(gram_sets.map(|set| set.map_or_else(Cow::default, Cow::Borrowed)));
        }
        let mut matches = self.intersection(sets);
        match keyword {
            // Its grams may stand apart in a name.
            Some(keyword) if keyword.chars().count() > 3 => {
                matches.to_mut().retain(|number| self.entry(number).folded.contains(&keyword));
                matches
            }
            _ => matches,
        }
    }

    /// The smallest sets come first, so that the rest looks at few numbers.
    fn intersection<'a>(&'a self, mut sets: Vec<Cow<'a, RoaringBitmap>>) -> Cow<'a, RoaringBitmap> {
        sets.sort_by_key(|set| set.len());
        match sets.len() {
            0 => Cow::Borrowed(&self.all),
            1 => sets.remove(0),
            _ => Cow::Owned(sets.iter().map(AsRef::as_ref).intersection()),
        }
    }

    fn entry(&self, number: u32) -> &Entry {
        &self.jobs[number as usize]
    }

    fn list(&self, request: &Request, behind: Option<&Arc<Job>>) -> Answer<Arc<Job>> {
        let matches = self.matches(request);
        let total = matches.len();
        let end = match behind.and_then(|job| self.jobs.get_index_of(job.job_id.as_str())) {
            Some(place) => number(place).checked_sub(1).map_or(0, |last| matches.rank(last)),
            None => total.saturating_sub(request.offset() as u64),
        };
        let last = end.checked_sub(1).and_then(|place| matches.select(u32::try_from(place).ok()?));
        let page = last.map_or_else(Vec::new, |last| {
            let mut numbers = matches.iter();
            numbers.advance_back_to(last);
            numbers.rev().take(request.page_len()).map(|number| Arc::clone(&self.entry(number).job)).collect()
        });
        Answer { total, page }
    }
}

/// The jobs with one of these values; `None` if there is no filter.
fn union<'a, F: Facet>(of_values: &'a [RoaringBitmap], values: &[F]) -> Option<Cow<'a, RoaringBitmap>> {
    match values {
        [] => None,
        [value] => Some(Cow::Borrowed(&of_values[value.ordinal()])),
        values => Some(Cow::Owned(values.iter().map(|value| &of_values[value.ordinal()]).union())),
    }
}

fn gram(text: &str) -> Gram {
    let mut chars = text.chars();
    [(); 3].map(|()| chars.next().unwrap_or_default())
}

fn number(place: usize) -> u32 {
    u32::try_from(place).expect("there are fewer than 2^32 jobs")
}

impl Peer for Roaring {
    type Query = Located;
    type Record = Arc<Job>;
    type Shared = RwLock<Self>;

    const NAME: &'static str = "roaring";

    fn load(mut jobs: Vec<Job>) -> Self {
        sort(&mut jobs);
        let mut roaring = Self {
            jobs: IndexMap::with_capacity(jobs.len()),
            all: RoaringBitmap::new(),
            template_types: Default::default(),
            start_modes: Default::default(),
            statuses: Default::default(),
            grams: HashMap::new(),
        };
        for job in jobs {
            roaring.push(job);
        }
        roaring.optimize();
        roaring
    }

    fn can(ask: &Ask) -> Can {
        can_literally(ask)
    }

    fn query(&self, ask: &Ask) -> Located {
        Located::new(ask, |request| self.list(request, None).page)
    }

    fn list(&self, query: &Located) -> Answer<Arc<Job>> {
        self.list(&query.request, query.behind.as_ref())
    }

    fn update(&mut self, ids: &[String]) {
        for id in ids {
            let place = self.jobs.get_index_of(id.as_str()).expect("there is such a job");
            let job = with_next_status(&self.jobs[place].job);
            self.statuses[self.jobs[place].job.status.ordinal()].remove(number(place));
            self.statuses[job.status.ordinal()].insert(number(place));
            self.jobs[place].job = Arc::new(job);
        }
    }

    fn share(self) -> RwLock<Self> {
        RwLock::new(self)
    }
}
