//! Label counts: the most frequent values of a label among the matches of a query.
//!
//! Few matches are read from their records. Of many, the posting list of each value is intersected with a bitmap of the
//! matches, the longest lists first. A list that is shorter than the counts found so far is not touched.

use std::cmp::Reverse;
use std::collections::HashMap;

use serde::Serialize;

use super::found::Found;
use super::request::Request;
use super::row_filter::LabelFilter;
use super::view::View;
use crate::plan::Planner;
use crate::query::ValidQuery;
use crate::rows::bits::{SPAN_NUMBERS, SPAN_WORDS, SpanBits, offset_in_span, span_of};
use crate::rows::postings::{Chunk, Postings};
use crate::rows::row::Row;

/// A value of a label, and how many jobs have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LabelCount {
    /// The value.
    pub value: String,
    /// How many of the jobs that match have it.
    pub count: u64,
}

/// The `len` most frequent values under a key among the jobs that match: those with the most jobs first, of as many jobs in the
/// order of their texts.
pub(crate) fn label_counts(view: &View<'_>, query: &ValidQuery<'_>, key: &str, len: usize) -> Vec<LabelCount> {
    let labels = LabelFilter::new(view.labels, query.labels);
    let request = Request::new(view, query, &query.filter.facets, &labels, Planner::CHEAPEST);
    let matches = request.find_cheapest(request.resolve());
    if Planner::reads_records(request.matches_max(&matches), rows_with_key(view, key)) {
        return count_records(view, request.all_rows(matches).into_iter(), key, len);
    }
    if matches!(matches, Found::InTimeline) && request.filter.cells.facets.is_all() && request.filter.range.is_none() {
        return count_lists(view, key, len, |list| list.len() as u64);
    }
    let bits = request.bits(&matches);
    count_lists(view, key, len, |list| count_in(&bits, list))
}

fn rows_with_key(view: &View<'_>, key: &str) -> u64 {
    view.labels.rows_with_key(key).map_or(0, Postings::len) as u64
}

/// The counts by the records of the matches. Costs a look at each record.
fn count_records(view: &View<'_>, rows: impl Iterator<Item = Row>, key: &str, len: usize) -> Vec<LabelCount> {
    let mut counts = HashMap::<&str, u64>::new();
    for row in rows {
        let mut labels = view.records.labels(row);
        labels.retain(|(of_key, _)| *of_key == key);
        // A pair that a record gives twice counts once.
        labels.sort_unstable();
        labels.dedup();
        for (_, value) in labels {
            *counts.entry(value).or_default() += 1;
        }
    }
    let mut top = Top::new(len);
    for (value, count) in counts {
        top.offer(value, count);
    }
    top.finish()
}

/// The counts by the posting lists of the values, those of the longest lists first.
fn count_lists(view: &View<'_>, key: &str, len: usize, count: impl Fn(&Postings) -> u64) -> Vec<LabelCount> {
    let mut top = Top::new(len);
    for group in view.labels.values_by_count(key) {
        if !top.has_room_for(group.rows_max()) {
            break;
        }
        for (value, list) in group.values() {
            if top.has_room_for(list.len() as u64) {
                top.offer(value, count(list));
            }
        }
    }
    top.finish()
}

/// How many rows of a posting list are in a bitmap, span by span. A branch for each row would be mispredicted: the bits are
/// added up.
fn count_in(bits: &[SpanBits], list: &Postings) -> u64 {
    let bit = |words: &SpanBits, offset: usize| words[offset / 64 % SPAN_WORDS] >> (offset % 64) & 1;
    let in_chunk = |chunk: Chunk<'_>| -> u64 {
        match chunk {
            Chunk::Bits(start, words) => {
                let both = words.iter().zip(&bits[start / SPAN_NUMBERS]);
                both.map(|(a, b)| u64::from((a & b).count_ones())).sum()
            }
            Chunk::Offsets(start, offsets) => {
                let words = &bits[start / SPAN_NUMBERS];
                offsets.iter().map(|&offset| bit(words, offset.into())).sum()
            }
            Chunk::Numbers(numbers) => {
                numbers.iter().map(|&number| bit(&bits[span_of(number)], offset_in_span(number).into())).sum()
            }
        }
    };
    list.chunks().map(in_chunk).sum()
}

/// The most frequent values so far.
// Invariant: values has at most `len` entries, the best first, and each count is over 0
struct Top<'v> {
    values: Vec<(Reverse<u64>, &'v str)>,
    len: usize,
}

impl<'v> Top<'v> {
    fn new(len: usize) -> Self {
        Self { values: Vec::with_capacity(len + 1), len }
    }

    /// Whether a value with so many jobs may be among the best.
    fn has_room_for(&self, count: u64) -> bool {
        self.values.len() < self.len || self.values.last().is_some_and(|(least, _)| count >= least.0)
    }

    fn offer(&mut self, value: &'v str, count: u64) {
        let offered = (Reverse(count), value);
        if count == 0 || self.values.len() == self.len && self.values.last().is_none_or(|last| *last < offered) {
            return;
        }
        let place = self.values.partition_point(|other| *other < offered);
        self.values.insert(place, offered);
        self.values.truncate(self.len);
    }

    fn finish(self) -> Vec<LabelCount> {
        let count = |(count, value): (Reverse<u64>, &str)| LabelCount { value: value.to_owned(), count: count.0 };
        self.values.into_iter().map(count).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bits::insert_bit;

    fn top<'v>(len: usize, offered: &[(&'v str, u64)]) -> Top<'v> {
        let mut top = Top::new(len);
        for &(value, count) in offered {
            top.offer(value, count);
        }
        top
    }

    #[test]
    fn the_most_frequent_values_stay_and_none_that_no_job_has() {
        let offered = [("d", 2), ("none", 0), ("b", 5), ("a", 2), ("c", 9), ("e", 2)];
        let best = ["c", "b", "a", "d", "e"];
        for len in 0..7 {
            let values: Vec<String> = top(len, &offered).finish().into_iter().map(|count| count.value).collect();
            assert_eq!(values, best[..len.min(5)], "the best {len}");
        }
        assert!(top(2, &offered[..3]).has_room_for(2) && !top(2, &offered[..3]).has_room_for(1));
        assert!(top(3, &offered[..3]).has_room_for(1), "two values are fewer than three");
    }

    #[test]
    #[allow(clippy::cast_possible_truncation, reason = "small numbers")]
    fn the_rows_of_a_list_of_any_shape_are_counted_in_a_bitmap() {
        let is_match = |number: u32| number % 7 < 3;
        let end = 2 * SPAN_NUMBERS as u32;
        let mut bits = vec![[0; SPAN_WORDS]; 2];
        for number in (0..end).filter(|&number| is_match(number)) {
            insert_bit(&mut bits[span_of(number)], offset_in_span(number).into());
        }
        for step in [30_000, 4_000, 100, 1] {
            let numbers: Vec<u32> = (5..end).step_by(step).collect();
            let expected = numbers.iter().filter(|&&number| is_match(number)).count() as u64;
            assert_eq!(count_in(&bits, &Postings::from_sorted(&numbers)), expected, "each {step}th row");
        }
    }
}
