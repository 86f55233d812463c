//! The latencies of all requests, and the report on them.

use std::time::{Duration, Instant};

/// The figures of one kind of requests.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    lapses: Vec<Duration>,
    failures: u64,
    bytes: u64,
    /// The time of the last answer. It is later than planned if the service could not keep up.
    end: Option<Instant>,
}

impl Figures {
    /// Adds an answer.
    pub(crate) fn add(&mut self, lapse: Duration, is_right: bool, body_len: usize) {
        self.lapses.push(lapse);
        self.failures += u64::from(!is_right);
        self.bytes += body_len as u64;
        self.end = Some(Instant::now());
    }

    /// Merges the figures of several connections and sorts the latencies.
    pub(crate) fn gathered(each: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Self::default();
        for one in each {
            all.lapses.extend(one.lapses);
            all.failures += one.failures;
            all.bytes += one.bytes;
            all.end = all.end.max(one.end);
        }
        all.lapses.sort_unstable();
        all
    }

    /// Prints one line, with rates from `start` to the last answer. Prints nothing if there was no request.
    pub(crate) fn print(&self, kind: &str, start: Instant) {
        let Some(end) = self.end else { return };
        let a_second = |count: u64| u128::from(count) * 1000 / (end - start).as_millis().max(1);
        let at = |share: usize| self.lapses[(self.lapses.len() - 1) * share / 1000];
        println!(
            "{kind:<7} {:>7}/s  {:>5} MB/s  failed {}  p50 {:?}  p90 {:?}  p99 {:?}  p99.9 {:?}  max {:?}",
            a_second(self.lapses.len() as u64),
            a_second(self.bytes) / 1_000_000,
            self.failures,
            at(500),
            at(900),
            at(990),
            at(999),
            at(1000),
        );
    }
}
