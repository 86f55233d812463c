//! The measured requests: one row each, in the order of the table of targets.

use std::ops::Range;

use chrono::{DateTime, TimeDelta, Utc};
use jobdex::{Facet, Job, JobStore, ListQuery, SortOrder, StartMode, Status, TemplateType};

use crate::baseline::keyword::Keyword;
use crate::baseline::maps::Maps;

/// A request in a form that the baselines can read too.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) template_types: Vec<TemplateType>,
    pub(crate) start_modes: Vec<StartMode>,
    pub(crate) statuses: Vec<Status>,
    pub(crate) created: Option<Range<DateTime<Utc>>>,
    pub(crate) keyword: Option<String>,
    pub(crate) sort: SortOrder,
    pub(crate) page_no: u64,
    pub(crate) page_size: u32,
}

impl Request {
    pub(crate) fn page(page_no: u64, page_size: u32) -> Self {
        Self {
            template_types: Vec::new(),
            start_modes: Vec::new(),
            statuses: Vec::new(),
            created: None,
            keyword: None,
            sort: SortOrder::Desc,
            page_no,
            page_size,
        }
    }

    pub(crate) fn keyword(keyword: &str) -> Self {
        Self { keyword: Some(keyword.to_owned()), ..Self::page(1, 20) }
    }

    pub(crate) fn status(mut self, status: Status) -> Self {
        self.statuses = vec![status];
        self
    }

    pub(crate) fn template_type(mut self, template_type: TemplateType) -> Self {
        self.template_types = vec![template_type];
        self
    }

    pub(crate) fn start_mode(mut self, start_mode: StartMode) -> Self {
        self.start_modes = vec![start_mode];
        self
    }

    /// The same request for jobdex.
    pub(crate) fn to_query(&self) -> ListQuery {
        let query = ListQuery::new()
            .template_type(self.template_types.iter().copied())
            .start_mode(self.start_modes.iter().copied())
            .status(self.statuses.iter().copied())
            .keyword(self.keyword.clone().unwrap_or_default())
            .sort(self.sort)
            .page_no(self.page_no)
            .page_size(self.page_size);
        match &self.created {
            Some(range) => query.created(range.clone()),
            None => query,
        }
    }

    /// The number of matches before the page.
    pub(crate) fn offset(&self) -> usize {
        usize::try_from(self.page_no - 1).unwrap_or(usize::MAX).saturating_mul(self.page_len())
    }

    pub(crate) fn page_len(&self) -> usize {
        self.page_size as usize
    }
}

/// One measured kind of request: several similar requests, asked in turn.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// The most time that a median request may take at a million jobs, in nanoseconds; `None` without a target.
    pub(crate) target: Option<f64>,
    /// The same for the first request.
    pub(crate) first_target: Option<f64>,
    pub(crate) requests: Vec<Request>,
    pub(crate) has_maps: bool,
}

impl Row {
    fn new(name: &'static str, target: impl Into<Option<f64>>, requests: Vec<Request>) -> Self {
        assert!(!requests.is_empty(), "{name} has no request to ask");
        Self { name, target: target.into(), first_target: None, requests, has_maps: true }
    }

    pub(crate) fn has_keyword(&self) -> bool {
        self.requests[0].keyword.is_some()
    }
}

const MICROSECOND: f64 = 1_000.0;

/// The rows, which ask for names and IDs in these stores. Both stores have the same jobs.
pub(crate) fn rows(store: &JobStore, maps: &Maps) -> Vec<Row> {
    let mut rows = facet_rows(store, maps);
    rows.extend(keyword_rows(store, maps));
    rows
}

fn facet_rows(store: &JobStore, maps: &Maps) -> Vec<Row> {
    vec![
        Row::new("no filter, first page of 10", 0.5 * MICROSECOND, vec![Request::page(1, 10)]),
        Row::new(
            "status + type + start mode, first page of 20, ascending",
            MICROSECOND,
            [Status::Running, Status::Stopped].into_iter().flat_map(three_facets_ascending).collect(),
        ),
        Row::new("rare combination, last page of 20", 2.0 * MICROSECOND, rare_last_pages(maps)),
        Row::new("one status, page of 100 in the middle", 6.0 * MICROSECOND, middle_pages(maps)),
        Row::new("one day + status, first page of 20", None, days(store)),
    ]
}

fn three_facets_ascending(status: Status) -> Vec<Request> {
    let types = [TemplateType::Normal, TemplateType::NarrowBand, TemplateType::AudioOnly];
    let request = |template_type| Request {
        sort: SortOrder::Asc,
        ..Request::page(1, 20).status(status).template_type(template_type).start_mode(StartMode::Immediate)
    };
    types.into_iter().map(request).collect()
}

/// Several requests, since the cost of a last page depends on the number of jobs on it.
fn rare_last_pages(maps: &Maps) -> Vec<Request> {
    let combinations = [
        (TemplateType::Origin, Status::Pending),
        (TemplateType::AudioOnly, Status::Pending),
        (TemplateType::NarrowBand, Status::Pending),
        (TemplateType::Origin, Status::Running),
    ];
    let last_page = |(template_type, status)| {
        let request = Request::page(1, 20).status(status).template_type(template_type);
        let request = request.start_mode(StartMode::Scheduled);
        let total = maps.list(&request).total_count;
        Request { page_no: total.div_ceil(20).max(1), ..request }
    };
    combinations.into_iter().map(last_page).collect()
}

fn middle_pages(maps: &Maps) -> Vec<Request> {
    let in_the_middle = |status: Status| {
        let request = Request::page(1, 100).status(status);
        let pages = maps.list(&request).total_count.div_ceil(100);
        (0..4).map(move |step| Request { page_no: pages / 2 + step + 1, ..request.clone() })
    };
    Status::ALL.iter().copied().flat_map(in_the_middle).collect()
}

fn days(store: &JobStore) -> Vec<Request> {
    let (Some(oldest), Some(newest)) = (store.iter().next(), store.iter().next_back()) else {
        return Vec::new();
    };
    let step = (newest.create_time - oldest.create_time) / 9;
    let day_after = |steps| {
        let from = oldest.create_time + step * steps;
        Request { created: Some(from..from + TimeDelta::days(1)), ..Request::page(1, 20).status(Status::Running) }
    };
    (0..8).map(day_after).collect()
}

fn keyword_rows(store: &JobStore, maps: &Maps) -> Vec<Row> {
    let keywords = |words: &[&str]| words.iter().map(|word| Request::keyword(word)).collect::<Vec<_>>();
    let two_filters = |request: Request| request.status(Status::Running).template_type(TemplateType::Normal);
    let tv = (3..6).map(|page_no| two_filters(Request { page_no, page_size: 50, ..Request::keyword("tv") })).collect();
    let letter = ["e", "a", "s"].map(|letter| two_filters(Request::keyword(letter))).to_vec();
    vec![
        Row::new("a job ID", 0.25 * MICROSECOND, job_ids(store)),
        Row::new("a rare full name", 10.0 * MICROSECOND, rare_names(store, maps)),
        Row {
            has_maps: false,
            ..Row::new("one word with a typo + status", 20.0 * MICROSECOND, words_with_a_typo(maps))
        },
        Row {
            first_target: Some(120.0 * MICROSECOND),
            ..Row::new("`tv` + two filters, page 3 of 50 and on", 30.0 * MICROSECOND, tv)
        },
        Row::new("inside a word: `0423` and the like", 10.0 * MICROSECOND, keywords(&["0423", "1607", "7719", "3082"])),
        Row::new("inside a word: `levis`", 30.0 * MICROSECOND, keywords(&["levis"])),
        Row::new("no match", 0.8 * MICROSECOND, keywords(&["qzqxzvk", "zxqjvkq", "jqxzwvx", "xkqzjwv"])),
        Row::new("Chinese `电影`", 7.0 * MICROSECOND, keywords(&["电影"])),
        Row::new("`al jazeera`", 30.0 * MICROSECOND, keywords(&["al jazeera"])),
        Row::new("one letter + two filters, first page of 20", None, letter),
    ]
}

/// Sixty-four jobs, evenly spread over the store.
fn spread(store: &JobStore) -> impl Iterator<Item = &Job> {
    let stride = (store.len() / 64).max(1);
    store.iter().step_by(stride).take(64).map(AsRef::as_ref)
}

fn job_ids(store: &JobStore) -> Vec<Request> {
    spread(store).map(|job| Request::keyword(&job.job_id)).collect()
}

/// Names of three words and more that one to three jobs match. They come from the oldest jobs, which larger stores have
/// too, so that sizes can be compared.
fn rare_names(store: &JobStore, maps: &Maps) -> Vec<Request> {
    let names = store.iter().take(4_000).step_by(4).map(|job| job.name.as_str());
    let long = names.filter(|name| name.chars().count() <= 64 && Keyword::new(name).words().len() >= 3);
    let requests = long.map(Request::keyword);
    requests.filter(|request| (1..=3).contains(&maps.list(request).total_count)).take(16).collect()
}

/// The keywords that no name contains literally.
fn words_with_a_typo(maps: &Maps) -> Vec<Request> {
    let typed = ["natoinal", "televsiion", "discvoery", "documentray", "internatoinal"];
    let requests = typed.into_iter().map(|word| Request::keyword(word).status(Status::Running));
    requests
        .filter(|request| maps.list(&Request::keyword(request.keyword.as_deref().unwrap_or_default())).total_count == 0)
        .collect()
}
