//! All figures of a run, as they are kept in `figures.json`.

use serde::{Deserialize, Serialize};

use crate::peer::Peer as _;
use crate::peers::vector::Vector;

/// The figures of all peers at all sizes, and where they were taken.
#[derive(Serialize, Deserialize)]
pub(crate) struct Run {
    /// The day, as `2026-01-31`.
    pub(crate) date: String,
    pub(crate) machine: String,
    pub(crate) command: String,
    pub(crate) names: String,
    /// The versions of the peers that have one.
    pub(crate) versions: String,
    pub(crate) measured: Vec<Measured>,
}

/// The figures of one peer at one size. Times are in nanoseconds.
#[derive(Serialize, Deserialize)]
pub(crate) struct Measured {
    pub(crate) peer: String,
    pub(crate) size: usize,
    pub(crate) load_ns: f64,
    /// All bytes a job, with the record.
    pub(crate) job_bytes: f64,
    /// The bytes of a record alone, as Rust has it.
    pub(crate) record_bytes: f64,
    pub(crate) update_ns: f64,
    pub(crate) kinds: Vec<KindFigures>,
    /// Empty at sizes at which no threads were measured.
    pub(crate) mixed: Vec<Mixed>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct KindFigures {
    pub(crate) name: String,
    pub(crate) cell: Cell,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) enum Cell {
    Median {
        ns: f64,
        /// The first request of the kind after the load.
        first_ns: f64,
        /// The jobs that match the first request.
        total: u64,
        /// Where the peer answers by rules of its own, which.
        other_rules: Option<String>,
    },
    /// Why the peer can't answer.
    Not(String),
}

/// A number of readers beside one writer: lists and status changes a second.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Mixed {
    pub(crate) readers: usize,
    pub(crate) reads: f64,
    pub(crate) writes: f64,
}

impl Run {
    /// The sizes, each once, ascending.
    pub(crate) fn sizes(&self) -> Vec<usize> {
        let mut sizes: Vec<usize> = self.measured.iter().map(|measured| measured.size).collect();
        sizes.sort_unstable();
        sizes.dedup();
        sizes
    }

    /// The peers in the order of their measurement, each once; the vector, which is measured first, comes last.
    pub(crate) fn peers(&self) -> Vec<&str> {
        let mut peers: Vec<&str> = Vec::new();
        for measured in &self.measured {
            if !peers.contains(&measured.peer.as_str()) {
                peers.push(&measured.peer);
            }
        }
        peers.sort_by_key(|&peer| peer == Vector::NAME);
        peers
    }

    pub(crate) fn of(&self, peer: &str, size: usize) -> Option<&Measured> {
        self.measured.iter().find(|measured| measured.peer == peer && measured.size == size)
    }

    /// The kinds of requests, in the order in which they were asked.
    pub(crate) fn kinds(&self) -> impl Iterator<Item = &str> {
        self.measured.first().into_iter().flat_map(|measured| measured.kinds.iter().map(|kind| kind.name.as_str()))
    }
}

impl Measured {
    pub(crate) fn cell(&self, kind: &str) -> Option<&Cell> {
        self.kinds.iter().find(|figures| figures.name == kind).map(|figures| &figures.cell)
    }

    pub(crate) fn ns(&self, kind: &str) -> Option<f64> {
        match self.cell(kind)? {
            Cell::Median { ns, .. } => Some(*ns),
            Cell::Not(_) => None,
        }
    }
}
