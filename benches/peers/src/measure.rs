//! Measures one peer at one size. Each measurement has a process of its own, so that its bytes are counted alone.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use fastrand::Rng;
use jobdex::Job;
use serde::{Deserialize, Serialize};
use tikv_jemalloc_ctl::{epoch, stats};

use crate::asks::{Kind, OF_A_CONSOLE, kinds};
use crate::common::jobs::jobs;
use crate::common::names::Names;
use crate::common::timing::{float, median_ns, nanoseconds, timed};
use crate::figures::{Cell, KindFigures, Measured, Mixed};
use crate::peer::{Answer, Can, HasId, Peer, Shared};
use crate::peers::vector::Vector;

const READ_BUDGET: Duration = Duration::from_millis(100);
const ROUNDS: usize = 3;
/// Requests that take longer are timed in one round.
const SLOW_NS: f64 = 50e6;
const MIXED_DURATION: Duration = Duration::from_millis(1_500);
const READERS: [usize; 3] = [1, 2, 4];
/// The bytes of the two counters before an `Arc`'s value.
const ARC_BYTES: usize = 2 * size_of::<usize>();

/// What a process measures.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Task {
    pub(crate) peer: String,
    pub(crate) size: usize,
    /// The answers of the vector: it writes them, and the others read them.
    pub(crate) answers: PathBuf,
    /// Whether readers are measured beside a writer.
    pub(crate) is_mixed: bool,
}

/// The answers to one kind of requests: each total, with the IDs of the page.
pub(crate) type Answers = Vec<(u64, Vec<String>)>;

/// Loads, lists, updates, and reads beside a writer.
///
/// # Panics
/// If an answer differs from the vector's; then no figure of it means anything.
pub(crate) fn measure<P: Peer>(task: &Task) -> Measured {
    let names = Names::load();
    let Loaded { mut peer, kinds, ids, load_ns, job_bytes, record_bytes } = Loaded::<P>::new(&names, task.size);
    eprintln!("{} at {}: loaded, listing", P::NAME, task.size);
    let firsts = check(&peer, &kinds, task);
    let medians = medians(&peer, &kinds);
    let mut figures = Vec::new();
    for ((kind, first), ns) in kinds.iter().zip(firsts).zip(medians) {
        let cell = first.map_or_else(|why| Cell::Not(why.to_owned()), |first| cell::<P>(kind, first, ns));
        figures.push(KindFigures { name: kind.name.to_owned(), cell });
    }
    let updated = &ids[..ids.len().min(P::UPDATES)];
    let update_ns = nanoseconds(timed(|| peer.update(updated)).0) / float(updated.len());
    let mixed = if task.is_mixed { mixed(peer, &kinds, &ids) } else { Vec::new() };
    Measured {
        peer: P::NAME.to_owned(),
        size: task.size,
        load_ns,
        job_bytes,
        record_bytes,
        update_ns,
        kinds: figures,
        mixed,
    }
}

struct Loaded<P> {
    peer: P,
    kinds: Vec<Kind>,
    /// IDs of jobs all over the store, in random order, for status changes.
    ids: Vec<String>,
    load_ns: f64,
    job_bytes: f64,
    record_bytes: f64,
}

impl<P: Peer> Loaded<P> {
    fn new(names: &Names, size: usize) -> Self {
        let before = live_bytes();
        let jobs = jobs(names, size);
        let text_bytes = live_bytes() - before - jobs.capacity() * size_of::<Job>();
        let record_bytes = text_bytes + size * (size_of::<Job>() + ARC_BYTES);
        let (kinds, ids) = (kinds(&jobs), sampled_ids(&jobs));
        let others = live_bytes() - before - text_bytes - jobs.capacity() * size_of::<Job>();
        let (load, peer) = timed(|| P::load(jobs));
        let bytes = live_bytes().saturating_sub(before + others) + peer.other_bytes();
        let a_job = |bytes: usize| float(bytes) / float(size);
        Self {
            peer,
            kinds,
            ids,
            load_ns: nanoseconds(load),
            job_bytes: a_job(bytes),
            record_bytes: a_job(record_bytes),
        }
    }
}

fn sampled_ids(jobs: &[Job]) -> Vec<String> {
    let mut rng = Rng::with_seed(31);
    let mut places = rng.choose_multiple(0..jobs.len(), 10_000.min(jobs.len()));
    rng.shuffle(&mut places);
    places.into_iter().map(|place| jobs[place].job_id.clone()).collect()
}

/// The bytes in use, in the sizes that the allocator gives.
///
/// # Panics
/// If the allocator was built without counting.
fn live_bytes() -> usize {
    epoch::advance().expect("the allocator counts");
    stats::allocated::read().expect("the allocator counts")
}

/// The first request of a kind after the load.
#[derive(Clone, Copy)]
struct First {
    ns: f64,
    total: u64,
}

/// Asks every request once, and compares the answers with the vector's; the vector writes them. Returns the first request
/// of each kind, or why there is none.
fn check<P: Peer>(peer: &P, kinds: &[Kind], task: &Task) -> Vec<Result<First, &'static str>> {
    let expected = (P::NAME != Vector::NAME).then(|| read_answers(&task.answers));
    let mut all_answers = Vec::new();
    let mut firsts = Vec::new();
    for (place, kind) in kinds.iter().enumerate() {
        let can = P::can(&kind.asks[0]);
        if let Can::Not(why) = can {
            firsts.push(Err(why));
            continue;
        }
        let (ns, answers) = asked(peer, kind);
        if let Some(expected) = expected.as_ref().filter(|_| can == Can::AsTheVector) {
            assert!(answers == expected[place], "{} answers {} unlike the vector", P::NAME, kind.name);
        }
        firsts.push(Ok(First { ns, total: answers[0].0 }));
        all_answers.push(answers);
    }
    if expected.is_none() {
        let text = serde_json::to_string(&all_answers).expect("it is JSON");
        fs::write(&task.answers, text).expect("the run made the folder");
    }
    firsts
}

/// The answers of the vector, for each kind of requests.
fn read_answers(file: &Path) -> Vec<Answers> {
    let text = fs::read_to_string(file).expect("the vector was measured before");
    serde_json::from_str(&text).expect("the vector wrote it")
}

/// The answers to a kind of requests, and the time of the first.
pub(crate) fn asked<P: Peer>(peer: &P, kind: &Kind) -> (f64, Answers) {
    let ids = |answer: Answer<P::Record>| {
        (answer.total, answer.page.iter().map(|record| record.id().to_owned()).collect::<Vec<_>>())
    };
    let queries: Vec<P::Query> = kind.asks.iter().map(|ask| peer.query(ask)).collect();
    let (first, answer) = timed(|| peer.list(&queries[0]));
    let rest = queries[1..].iter().map(|query| ids(peer.list(query)));
    (nanoseconds(first), [ids(answer)].into_iter().chain(rest).collect())
}

/// The time of each kind of requests: the least of some medians. Those are taken a while apart, so that a moment in which
/// the machine does other work counts less. Infinite for a kind that the peer can't answer.
fn medians<P: Peer>(peer: &P, kinds: &[Kind]) -> Vec<f64> {
    let mut least = vec![f64::INFINITY; kinds.len()];
    for round in 0..ROUNDS {
        for (kind, least) in kinds.iter().zip(&mut least) {
            let can_answer = !matches!(P::can(&kind.asks[0]), Can::Not(_));
            if can_answer && (round == 0 || *least < SLOW_NS) {
                *least = least.min(timed_kind(peer, kind));
            }
        }
    }
    least
}

fn timed_kind<P: Peer>(peer: &P, kind: &Kind) -> f64 {
    let queries: Vec<P::Query> = kind.asks.iter().map(|ask| peer.query(ask)).collect();
    median_ns(READ_BUDGET, |number| peer.list(&queries[number % queries.len()]))
}

fn cell<P: Peer>(kind: &Kind, first: First, ns: f64) -> Cell {
    let other_rules = match P::can(&kind.asks[0]) {
        Can::ByOtherRules(which) => Some(which.to_owned()),
        _ => None,
    };
    Cell::Median { ns, first_ns: first.ns, total: first.total, other_rules }
}

fn mixed<P: Peer>(peer: P, kinds: &[Kind], ids: &[String]) -> Vec<Mixed> {
    let of_a_console = kinds.iter().filter(|kind| OF_A_CONSOLE.contains(&kind.name));
    let queries: Vec<P::Query> = of_a_console.flat_map(|kind| &kind.asks).map(|ask| peer.query(ask)).collect();
    let shared = peer.share();
    READERS.map(|readers| mixed_with(&shared, readers, &queries, ids)).into()
}

fn mixed_with<S: Shared>(shared: &S, readers: usize, queries: &[S::Query], ids: &[String]) -> Mixed {
    let stop = AtomicBool::new(false);
    let start = Instant::now();
    thread::scope(|scope| {
        let reading: Vec<_> = (0..readers).map(|_| scope.spawn(|| shared.read(queries, &stop))).collect();
        let writing = scope.spawn(|| shared.write(ids, &stop));
        thread::sleep(MIXED_DURATION);
        stop.store(true, Ordering::Relaxed);
        let reads: u64 = reading.into_iter().map(|reader| reader.join().expect("no reader panics")).sum();
        let writes = writing.join().expect("the writer does not panic");
        // Whatever was begun is counted, and so is its time.
        let seconds = start.elapsed().as_secs_f64();
        let a_second = |count: u64| float(usize::try_from(count).unwrap_or(usize::MAX)) / seconds;
        Mixed { readers, reads: a_second(reads), writes: a_second(writes) }
    })
}
