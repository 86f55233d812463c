//! All peers agree with the vector: on the measured requests, on random ones, and after status changes.

use fastrand::Rng;
use jobdex::{Facet, Job, SortOrder, StartMode, Status, TemplateType};

use crate::asks::{Ask, By, Kind, kinds};
use crate::baseline::keyword::{fold, words};
use crate::common::jobs::jobs;
use crate::common::names::Names;
use crate::common::requests::Request;
use crate::measure::asked;
use crate::peer::{Can, Peer};
use crate::peers::jobdex::Jobdex;
use crate::peers::maps::SortedMaps;
use crate::peers::roaring::Roaring;
use crate::peers::sqlite::Sqlite;
use crate::peers::tantivy::Tantivy;
use crate::peers::vector::Vector;

const SIZE: usize = 3_000;
const REQUESTS: usize = 400;

/// Any of the values, none, or some.
fn some<F: Facet>(rng: &mut Rng) -> Vec<F> {
    let count = [0, 0, 1, 1, 2][rng.usize(..5)];
    rng.choose_multiple(0..F::LEN, count.min(F::LEN)).into_iter().map(F::from_ordinal).collect()
}

/// A part of a word of some name, of two letters or more. It has no digits: those of two words may read as one.
fn part_of_a_word(jobs: &[Job], rng: &mut Rng) -> Option<String> {
    let folded = fold(&jobs[rng.usize(..jobs.len())].name);
    let of_letters = words(&folded).filter(|word| word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_lowercase()));
    let word = rng.choice(of_letters.collect::<Vec<_>>())?;
    let from = rng.usize(..word.len() - 1);
    Some(word[from..rng.usize(from + 2..=word.len())].to_owned())
}

fn random_ask(jobs: &[Job], rng: &mut Rng) -> Ask {
    let keyword = if rng.bool() { part_of_a_word(jobs, rng) } else { None };
    // A cursor is asked for without a keyword: the maps have no cursor for lists with one.
    let by = if keyword.is_none() && rng.bool() { By::Cursor } else { By::Number };
    let request = Request {
        template_types: some::<TemplateType>(rng),
        start_modes: some::<StartMode>(rng),
        statuses: some::<Status>(rng),
        created: None,
        keyword,
        sort: SortOrder::Desc,
        page_no: rng.u64(2..30),
        page_size: rng.u32(1..20),
    };
    let page_no = if by == By::Number { rng.u64(1..30) } else { request.page_no };
    Ask { request: Request { page_no, ..request }, by, has_typo: false }
}

/// Loads, asks, changes statuses, and asks again.
fn agrees<P: Peer>() {
    let jobs = jobs(&Names::load(), SIZE);
    let mut rng = Rng::with_seed(7);
    let mut all = kinds(&jobs);
    all.push(Kind { name: "random", asks: (0..REQUESTS).map(|_| random_ask(&jobs, &mut rng)).collect() });
    let ids: Vec<String> = jobs.iter().step_by(3).map(|job| job.job_id.clone()).collect();
    let (mut vector, mut peer) = (Vector::load(jobs.clone()), P::load(jobs));
    compare(&vector, &peer, &all);
    for _ in 0..2 {
        vector.update(&ids);
        peer.update(&ids);
        compare(&vector, &peer, &all);
    }
}

fn compare<P: Peer>(vector: &Vector, peer: &P, kinds: &[Kind]) {
    for kind in kinds.iter().filter(|kind| P::can(&kind.asks[0]) == Can::AsTheVector) {
        let (expected, found) = (asked(vector, kind).1, asked(peer, kind).1);
        for ((expected, found), ask) in expected.iter().zip(&found).zip(&kind.asks) {
            assert_eq!(expected, found, "{} on {}: {ask:?}", P::NAME, kind.name);
        }
        assert_eq!(found.len(), kind.asks.len());
    }
}

#[test]
fn jobdex_agrees() {
    agrees::<Jobdex>();
}

#[test]
fn sqlite_agrees() {
    agrees::<Sqlite>();
}

#[test]
fn tantivy_agrees() {
    agrees::<Tantivy>();
}

#[test]
fn roaring_agrees() {
    agrees::<Roaring>();
}

#[test]
fn sorted_maps_agree() {
    agrees::<SortedMaps>();
}

#[test]
fn the_requests_have_matches() {
    let jobs = jobs(&Names::load(), SIZE);
    let kinds = kinds(&jobs);
    let vector = Vector::load(jobs);
    for kind in &kinds {
        for (total, _) in asked(&vector, kind).1 {
            assert!(total > 0, "{}", kind.name);
        }
    }
}
