//! The difference of two pages: the fewest jobs to take out and to put in.
//!
//! Jobs that stay in order are a longest ascending subsequence of the old positions. All other jobs that stay have moved.

use std::collections::HashMap;
use std::sync::Arc;

use super::ListEvent;
use crate::job::Record;

/// The events that turn one page into another, in the order that [`ListChange`](super::ListChange) promises.
pub(super) fn difference<J: Record>(before: &[Arc<J>], after: &[Arc<J>]) -> Vec<ListEvent<J>> {
    if before.len() == after.len() && before.iter().zip(after).all(|(before, after)| Arc::ptr_eq(before, after)) {
        return Vec::new();
    }
    let old_positions: HashMap<&str, usize> = before.iter().zip(0..).map(|(job, from)| (job.job_id(), from)).collect();
    let froms: Vec<Option<usize>> = after.iter().map(|job| old_positions.get(job.job_id()).copied()).collect();
    let stays: Vec<usize> = froms.iter().flatten().copied().collect();
    let mut has_left = vec![true; before.len()];
    for &from in &stays {
        has_left[from] = false;
    }
    let left = before.iter().zip(0..).filter(|&(_, from)| has_left[from]);
    let mut events: Vec<ListEvent<J>> =
        left.map(|(job, from)| ListEvent::Left { job: Arc::clone(job), from }).collect();
    let mut in_order = longest_ascent(&stays).into_iter();
    for (to, (job, from)) in after.iter().zip(froms).enumerate() {
        let job = Arc::clone(job);
        match from {
            None => events.push(ListEvent::Entered { job, to }),
            Some(from) if in_order.next() == Some(false) => events.push(ListEvent::Moved { job, from, to }),
            Some(from) if !Arc::ptr_eq(&before[from], &job) => events.push(ListEvent::Updated { job, at: to }),
            Some(_) => {}
        }
    }
    events
}

/// Marks the numbers of a longest ascending subsequence. The numbers are distinct.
///
/// Costs **O(p²)** for p numbers that are not sorted already: a few microseconds for a page of 100. C. Schensted's
/// "Longest increasing and decreasing subsequences" (1961) costs O(p log p), for more code.
fn longest_ascent(numbers: &[usize]) -> Vec<bool> {
    if numbers.is_sorted() {
        return vec![true; numbers.len()];
    }
    // For each number: the length of the longest ascent that ends there, and the position before it in that ascent.
    let mut ascents: Vec<(usize, Option<usize>)> = Vec::with_capacity(numbers.len());
    for (at, number) in numbers.iter().enumerate() {
        let before = (0..at).filter(|&before| numbers[before] < *number).max_by_key(|&before| ascents[before].0);
        ascents.push((before.map_or(0, |before| ascents[before].0) + 1, before));
    }
    let mut belongs = vec![false; numbers.len()];
    let mut next = (0..numbers.len()).max_by_key(|&at| ascents[at].0);
    // Ends: each position is smaller than the last.
    while let Some(at) = next {
        belongs[at] = true;
        next = ascents[at].1;
    }
    belongs
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::job::{Job, StartMode, Status, TemplateType};

    fn page(ids: &[(u8, bool)]) -> Vec<Arc<Job>> {
        let job = |&(id, is_other): &(u8, bool)| Job {
            name: if is_other { "other".to_owned() } else { String::new() },
            job_id: id.to_string(),
            template_type: TemplateType::Normal,
            template_id: String::new(),
            template_name: String::new(),
            start_mode: StartMode::Immediate,
            status: Status::Running,
            stream_input: crate::job::StreamInput::default(),
            output_stream: crate::job::OutputStream::default(),
            create_time: chrono::DateTime::UNIX_EPOCH,
        };
        ids.iter().map(|id| Arc::new(job(id))).collect()
    }

    /// Redraws a page as the documentation of `ListChange` tells a console to.
    fn redraw(mut shown: Vec<Arc<Job>>, events: &[ListEvent<Job>]) -> Vec<Arc<Job>> {
        let mut taken: Vec<usize> = events
            .iter()
            .filter_map(|event| match event {
                ListEvent::Left { from, .. } | ListEvent::Moved { from, .. } => Some(*from),
                ListEvent::Entered { .. } | ListEvent::Updated { .. } => None,
            })
            .collect();
        taken.sort_unstable();
        taken.iter().rev().for_each(|&from| drop(shown.remove(from)));
        for event in events {
            match event {
                ListEvent::Entered { job, to } | ListEvent::Moved { job, to, .. } => shown.insert(*to, Arc::clone(job)),
                ListEvent::Updated { job, at } => shown[*at] = Arc::clone(job),
                ListEvent::Left { .. } => {}
            }
        }
        shown
    }

    fn pages() -> impl Strategy<Value = Vec<(u8, bool)>> {
        let ids = Just((0..20_u8).collect::<Vec<_>>()).prop_shuffle();
        (ids, prop::collection::vec(any::<bool>(), 20), 0..20_usize)
            .prop_map(|(ids, others, len)| ids.into_iter().zip(others).take(len).collect())
    }

    proptest! {
        #[test]
        fn the_events_redraw_the_page(before in pages(), after in pages()) {
            let (before, after) = (page(&before), page(&after));
            prop_assert_eq!(redraw(before.clone(), &difference(&before, &after)), after);
        }
    }

    #[test]
    fn jobs_that_only_make_room_are_not_named() {
        let before = page(&[(1, false), (2, false), (3, false)]);
        let mut after = before.clone();
        after.insert(0, page(&[(9, false)]).remove(0));
        let last = after.pop();
        assert_eq!(last.map(|job| job.job_id.clone()), Some("3".to_owned()));
        let events = format!("{:?}", difference(&before, &after));
        assert_eq!(events, r#"[Left("3", from 2), Entered("9", to 0)]"#);
        assert!(difference(&after, &after.clone()).is_empty());
    }

    #[test]
    fn the_fewest_jobs_move() {
        let before = page(&[(1, false), (2, false), (3, false), (4, false)]);
        let after: Vec<_> = [1, 2, 3, 0].map(|at: usize| Arc::clone(&before[at])).into();
        assert_eq!(format!("{:?}", difference(&before, &after)), r#"[Moved("1", from 0 to 3)]"#);
    }
}
