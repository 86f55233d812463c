//! The requests that all peers get: some of each kind, made from the jobs, so that every process makes the same ones.

use jobdex::{Job, StartMode, Status, TemplateType};

use crate::common::requests::Request;

const PAGE_SIZE: u32 = 10;
/// Jobs that every measured size has, among which rare words are looked for.
const OLDEST: usize = 4_000;
const RARE_WORDS: usize = 4;
/// The length of the codes that the generator gives to one name in thirty.
const CODE_LEN: usize = 6;

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    /// Its page number is that of the page asked for, also where the page is asked for by a cursor.
    pub(crate) request: Request,
    pub(crate) by: By,
    /// Whether no name has the keyword as it is typed.
    pub(crate) has_typo: bool,
}

/// How the page is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    Number,
    /// By the last job of the page before.
    Cursor,
}

impl Ask {
    pub(crate) fn by_number(request: Request) -> Self {
        Self { request, by: By::Number, has_typo: false }
    }

    fn by_cursor(request: Request) -> Self {
        Self { by: By::Cursor, ..Self::by_number(request) }
    }

    /// The request for the page before; `None` for a page asked for by its number.
    pub(crate) fn page_before(&self) -> Option<Request> {
        let request = &self.request;
        (self.by == By::Cursor).then(|| Request { page_no: request.page_no - 1, ..request.clone() })
    }
}

/// Several requests of one kind, asked in turn.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) asks: Vec<Ask>,
}

pub(crate) const FIRST_PAGE: &str = "first page, no filter";
pub(crate) const ONE_STATUS: &str = "first page, one status";
pub(crate) const THREE_FACETS: &str = "first page, three facets";
pub(crate) const TOTAL: &str = "total of two facets, one job";
pub(crate) const PAGE_1000: &str = "page 1,000, no filter";
pub(crate) const PAGE_1000_OF_STATUS: &str = "page 1,000, one status";
pub(crate) const MIDDLE_PAGE: &str = "middle page, one status";
pub(crate) const CURSOR: &str = "the same page by cursor";
pub(crate) const COMMON_WORD: &str = "common word `news`";
pub(crate) const COMMON_WORD_AND_STATUS: &str = "`news` and one status";
pub(crate) const RARE_WORD: &str = "rare word";
pub(crate) const INSIDE_A_WORD: &str = "inside a word: `levis`";
pub(crate) const TWO_LETTERS: &str = "two letters inside: `ev`";
pub(crate) const TYPO: &str = "word with a typo";

/// The kinds that readers ask beside a writer: what a console asks most.
pub(crate) const OF_A_CONSOLE: [&str; 5] = [FIRST_PAGE, ONE_STATUS, THREE_FACETS, CURSOR, RARE_WORD];

/// All kinds of requests, for these jobs in their order of arrival.
pub(crate) fn kinds(jobs: &[Job]) -> Vec<Kind> {
    let kind = |name, requests: Vec<Request>| Kind { name, asks: requests.into_iter().map(Ask::by_number).collect() };
    let page = |page_no| Request::page(page_no, PAGE_SIZE);
    let keyword = |word: &str| Request { page_size: PAGE_SIZE, ..Request::keyword(word) };
    let middle = Request { page_no: middle_page(jobs, Status::Stopped), ..page(1).status(Status::Stopped) };
    let typos = ["natoinal", "documentray"].map(|word| Ask { has_typo: true, ..Ask::by_number(keyword(word)) });
    vec![
        kind(FIRST_PAGE, vec![page(1)]),
        kind(ONE_STATUS, [Status::Running, Status::Pending].map(|status| page(1).status(status)).into()),
        kind(THREE_FACETS, three_facets().into()),
        kind(
            TOTAL,
            vec![Request { page_size: 1, ..page(1).status(Status::Running).template_type(TemplateType::NarrowBand) }],
        ),
        kind(PAGE_1000, vec![page(1_000)]),
        kind(PAGE_1000_OF_STATUS, vec![page(1_000).status(Status::Stopped)]),
        kind(MIDDLE_PAGE, vec![middle.clone()]),
        Kind { name: CURSOR, asks: vec![Ask::by_cursor(middle)] },
        kind(COMMON_WORD, vec![keyword("news")]),
        kind(COMMON_WORD_AND_STATUS, vec![keyword("news").status(Status::Running)]),
        kind(RARE_WORD, rare_words(jobs).map(keyword).collect()),
        kind(INSIDE_A_WORD, vec![keyword("levis")]),
        kind(TWO_LETTERS, vec![keyword("ev")]),
        Kind { name: TYPO, asks: typos.into() },
    ]
}

fn three_facets() -> [Request; 3] {
    [
        (Status::Running, TemplateType::Normal, StartMode::Immediate),
        (Status::Stopped, TemplateType::NarrowBand, StartMode::Immediate),
        (Status::Pending, TemplateType::AudioOnly, StartMode::Scheduled),
    ]
    .map(|(status, template_type, start_mode)| {
        Request::page(1, PAGE_SIZE).status(status).template_type(template_type).start_mode(start_mode)
    })
}

/// At least page 2, so that there is a page before.
fn middle_page(jobs: &[Job], status: Status) -> u64 {
    let total = jobs.iter().filter(|job| job.status == status).count() as u64;
    total / u64::from(PAGE_SIZE) / 2 + 2
}

/// Words that few names have: codes of the oldest jobs.
fn rare_words(jobs: &[Job]) -> impl Iterator<Item = &str> {
    let last_words = jobs.iter().take(OLDEST).filter_map(|job| job.name.split_whitespace().last());
    last_words.filter(|word| is_code(word)).take(RARE_WORDS)
}

/// Whether a word mixes digits and both cases as no word of a language does.
fn is_code(word: &str) -> bool {
    let has = |is: fn(&u8) -> bool| word.as_bytes().iter().any(is);
    word.len() == CODE_LEN
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
}
