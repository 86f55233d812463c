//! Cached counts of rows under the filters of a query.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::BlockCounts;
use crate::persist::journal::Revision;
use crate::query::FacetFilter;
use crate::rows::postings::Postings;

/// Filters whose counts are cached for each keyword: those of a console's few pages.
const FILTERS_MAX: usize = 8;

/// The counts of a keyword's rows that pass a filter, at one revision of names and cells. The time range of a query does not
/// count: it is a stretch of the counts.
#[derive(Clone, Debug)]
pub(crate) struct CachedCounts {
    pub(crate) filter: FacetFilter,
    /// The revision of the names at which these are the rows of the keyword.
    pub(crate) names_revision: Revision,
    pub(crate) rows: Postings,
    /// The revision of the cells at which the rows were counted.
    pub(crate) cells_revision: Revision,
    pub(crate) counts: BlockCounts,
    /// The counts by value of each facet, under the filters on the others, where they were asked for.
    pub(crate) by_value: Option<Vec<u64>>,
}

/// The cached counts of one keyword, by filter.
// Invariants:
//   no two entries have the same filter; the entry used last stands last; entries.len() <= FILTERS_MAX
#[derive(Default)]
pub(crate) struct CountsByFilter {
    entries: Mutex<Vec<Arc<CachedCounts>>>,
}

impl CountsByFilter {
    /// The latest counts under a filter, at whatever revision.
    pub(crate) fn get(&self, filter: &FacetFilter) -> Option<Arc<CachedCounts>> {
        let mut entries = self.lock();
        let at = entries.iter().rposition(|entry| entry.filter == *filter)?;
        entries[at..].rotate_left(1);
        entries.last().cloned()
    }

    /// Caches counts, unless counts of a later revision are cached. The entry used longest ago is evicted.
    pub(crate) fn put(&self, counts: Arc<CachedCounts>) {
        let evicted = self.swap_in(counts);
        // The memory is freed after the lock is released, so that no other reader waits for the allocator.
        drop(evicted);
    }

    /// Puts counts into the list, and returns those that are not cached: the ones before, or the given ones.
    fn swap_in(&self, counts: Arc<CachedCounts>) -> Option<Arc<CachedCounts>> {
        let mut entries = self.lock();
        if let Some(entry) = entries.iter_mut().find(|entry| entry.filter == counts.filter) {
            let is_later =
                (entry.cells_revision, entry.names_revision) > (counts.cells_revision, counts.names_revision);
            return Some(if is_later { counts } else { std::mem::replace(entry, counts) });
        }
        let oldest = (entries.len() == FILTERS_MAX).then(|| entries.remove(0));
        entries.push(counts);
        oldest
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<CachedCounts>>> {
        // Nothing that runs under the lock can leave the list half changed.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for CountsByFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CountsByFilter").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::Shape;
    use crate::query::ValueSets;

    fn filter(value: usize) -> FacetFilter {
        let mut sets = ValueSets::default();
        sets[0].insert(value);
        FacetFilter::new(&Shape::new(&[100]), &sets, &ValueSets::default())
    }

    fn counts(value: usize, revision: Revision) -> Arc<CachedCounts> {
        Arc::new(CachedCounts {
            filter: filter(value),
            names_revision: Revision::default(),
            rows: Postings::default(),
            cells_revision: revision,
            counts: BlockCounts::default(),
            by_value: None,
        })
    }

    #[test]
    fn the_filter_used_longest_ago_is_evicted() {
        let list = CountsByFilter::default();
        (0..FILTERS_MAX).for_each(|value| list.put(counts(value, Revision::next())));
        assert!(list.get(&filter(0)).is_some(), "used again");
        list.put(counts(50, Revision::next()));
        let cached: Vec<bool> = [0, 1, 2, 50].into_iter().map(|value| list.get(&filter(value)).is_some()).collect();
        assert_eq!(cached, [true, false, true, true]);
    }

    #[test]
    fn counts_of_an_earlier_state_do_not_replace_those_of_a_later_one() {
        let list = CountsByFilter::default();
        let (earlier, later) = (counts(1, Revision::next()), counts(1, Revision::next()));
        list.put(Arc::clone(&later));
        list.put(Arc::clone(&earlier));
        assert!(list.get(&filter(1)).is_some_and(|cached| Arc::ptr_eq(&cached, &later)));
        let returned = list.swap_in(Arc::clone(&later));
        assert!(returned.is_some_and(|returned| Arc::ptr_eq(&returned, &later)), "freed without the lock");
    }
}
