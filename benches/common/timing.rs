//! Measures times, and formats them.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// The time of a batch, long enough that reading the clock does not matter.
const BATCH: Duration = Duration::from_micros(200);
const BATCHES_MIN: usize = 11;
/// Calls that take longer than this are timed one by one, a few times.
const SLOW: Duration = Duration::from_millis(10);
const SLOW_SAMPLES_MAX: usize = 5;

/// The median time of one call in nanoseconds: over batches of calls, or over single calls if a call is slow. The call
/// gets its number, so that it can vary its request.
pub(crate) fn median_ns<T>(budget: Duration, mut call: impl FnMut(usize) -> T) -> f64 {
    let start = Instant::now();
    black_box(call(0));
    let first = start.elapsed();
    if first > SLOW {
        return median(slow_samples(first, budget, call));
    }
    let batch_len = batch_len(budget / 5, &mut call);
    let mut number = 0;
    let mut samples = Vec::new();
    let start = Instant::now();
    while samples.len() < BATCHES_MIN || start.elapsed() < budget {
        let start = Instant::now();
        for _ in 0..batch_len {
            black_box(call(number));
            number += 1;
        }
        samples.push(nanoseconds(start.elapsed()) / float(batch_len));
    }
    median(samples)
}

fn slow_samples<T>(first: Duration, budget: Duration, mut call: impl FnMut(usize) -> T) -> Vec<f64> {
    let mut samples = vec![nanoseconds(first)];
    let start = Instant::now();
    while samples.len() < SLOW_SAMPLES_MAX && start.elapsed() < budget {
        samples.push(nanoseconds(timed(|| call(samples.len())).0));
    }
    samples
}

/// Warms up, and returns the number of calls that fill a batch.
fn batch_len<T>(warm_up: Duration, call: &mut impl FnMut(usize) -> T) -> usize {
    let start = Instant::now();
    let mut calls: u32 = 0;
    while calls == 0 || start.elapsed() < warm_up {
        black_box(call(calls as usize));
        calls += 1;
    }
    let one = (start.elapsed() / calls).max(Duration::from_nanos(1));
    usize::try_from(BATCH.as_nanos() / one.as_nanos()).unwrap_or(1).max(1)
}

/// The time of one call, and its result. The caller drops the result, outside of the measured time.
pub(crate) fn timed<T>(call: impl FnOnce() -> T) -> (Duration, T) {
    let start = Instant::now();
    let given = black_box(call());
    (start.elapsed(), given)
}

/// The median sample.
///
/// # Panics
/// If there is no sample.
pub(crate) fn median(samples: Vec<f64>) -> f64 {
    percentile(samples, 50)
}

/// The least sample that at least this percentage of the samples do not exceed; 100 for the maximum.
///
/// # Panics
/// If there is no sample.
pub(crate) fn percentile(mut samples: Vec<f64>, percent: usize) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples[(samples.len() * percent).div_ceil(100).max(1) - 1]
}

#[expect(clippy::cast_precision_loss, reason = "a bench lasts no 2^53 nanoseconds")]
pub(crate) fn nanoseconds(duration: Duration) -> f64 {
    duration.as_nanos() as f64
}

#[expect(clippy::cast_precision_loss, reason = "a bench counts no 2^53 of anything")]
pub(crate) fn float(count: usize) -> f64 {
    count as f64
}

/// A time with three digits and a unit.
pub(crate) fn time_name(nanoseconds: f64) -> String {
    let (value, unit) = match nanoseconds {
        ..1e3 => (nanoseconds, "ns"),
        ..1e6 => (nanoseconds / 1e3, "µs"),
        ..1e9 => (nanoseconds / 1e6, "ms"),
        _ => (nanoseconds / 1e9, "s"),
    };
    format!("{} {unit}", three_digits(value))
}

/// A number with three digits: `0.0123`, `1.23`, `12.3`, `123`.
pub(crate) fn three_digits(value: f64) -> String {
    let decimals = match value.abs() {
        100.0.. => 0,
        10.0.. => 1,
        1.0.. => 2,
        _ => 3,
    };
    format!("{value:.decimals$}")
}
