//! Requests random lists: filters, sort orders, page sizes, deep pages, and keywords made from the names in the store.

use std::io;
use std::sync::Arc;

use fastrand::Rng;

use crate::connection::{Connection, request};
use crate::report::Figures;
use crate::{Options, Pace};

/// The number of different requests; so many that a request rarely finds the caches warm.
const REQUESTS: usize = 20_000;

/// The number of pages whose names give the words for keywords.
const NAME_PAGES: usize = 50;

const LIST: &str = "ListLiveTranscodeJobs";

/// Makes random list requests for the jobs in the service.
pub(crate) async fn requests(connection: &mut Connection, options: &Options) -> io::Result<Arc<[Vec<u8>]>> {
    let mut rng = Rng::with_seed(options.seed);
    let total = total(connection).await?;
    let mut words = Vec::new();
    for _ in 0..NAME_PAGES {
        let page = rng.u64(1..=total / 100 + 1).to_string();
        connection.send(&request(LIST, &[("PageSize", "100"), ("PageNo", &page)])).await?;
        let json = connection.json()?;
        let names = json["JobList"].as_array().into_iter().flatten().filter_map(|job| job["Name"].as_str());
        words.extend(names.flat_map(str::split_whitespace).map(str::to_owned));
    }
    if words.is_empty() {
        return Err(io::Error::other("the service has no jobs with names"));
    }
    Ok((0..REQUESTS).map(|_| random(&mut rng, &words, total, options.keywords)).collect())
}

async fn total(connection: &mut Connection) -> io::Result<u64> {
    connection.send(&request(LIST, &[])).await?;
    connection.json()?["TotalCount"].as_u64().ok_or_else(|| io::Error::other("the answer has no total"))
}

/// Makes one list request: two in three have filters, one in five a deep page, and `keywords` in 100 a keyword.
fn random(rng: &mut Rng, words: &[String], total: u64, keywords: u32) -> Vec<u8> {
    let mut params = Vec::new();
    let mut add = |name: &'static str, value: String| params.push((name, value));
    let has = |rng: &mut Rng, percent: u32| rng.u32(..100) < percent;
    if has(rng, 40) {
        add("Status", rng.u8(..3).to_string());
    }
    if has(rng, 30) {
        add("Type", ["normal", "narrow-band", "audio-only", "origin"][rng.usize(..4)].to_owned());
    }
    if has(rng, 20) {
        add("StartMode", rng.u8(..2).to_string());
    }
    if has(rng, 20) {
        add("SortBy", "asc".to_owned());
    }
    let size = [10, 10, 10, 10, 10, 10, 10, 20, 20, 50][rng.usize(..10)];
    add("PageSize", size.to_string());
    let pages = if has(rng, 20) { total / size + 1 } else { 3 };
    add("PageNo", rng.u64(1..=pages).to_string());
    if has(rng, keywords) {
        add("KeyWord", keyword(rng, words));
    }
    let params: Vec<(&str, &str)> = params.iter().map(|(name, value)| (*name, value.as_str())).collect();
    request(LIST, &params)
}

/// A word of a name: whole, its first letters, or with two letters swapped.
fn keyword(rng: &mut Rng, words: &[String]) -> String {
    let mut letters: Vec<char> = words[rng.usize(..words.len())].chars().collect();
    let places = letters.len();
    match rng.u8(..10) {
        0..3 if places > 3 => letters.truncate(3),
        3..5 if places > 4 => letters.swap(places / 2, places / 2 - 1),
        _ => {}
    }
    letters.into_iter().collect()
}

/// Requests lists at the given pace until the run is over.
pub(crate) async fn ask(options: Options, mut pace: Pace, requests: Arc<[Vec<u8>]>) -> io::Result<Figures> {
    let mut connection = Connection::open(&options).await?;
    let mut figures = Figures::default();
    let mut rng = Rng::new();
    while let Some(due) = pace.wait().await {
        let status = connection.send(&requests[rng.usize(..requests.len())]).await?;
        figures.add(due.elapsed(), status == 200, connection.body_len());
    }
    Ok(figures)
}
