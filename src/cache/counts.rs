//! Cached counts of rows under the filters of a query.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::BlockCounts;
use crate::persist::journal::Revision;
use crate::query::{FacetFilter, LabelClause};
use crate::rows::list_filter::ListFilter;
use crate::rows::postings::Postings;

/// Filters whose counts are cached for each keyword: those of a console's few pages.
pub(super) const FILTERS_PER_KEYWORD: usize = 8;

/// The counts of the rows that match a keyword, if there is one, and pass a filter, at one revision of the indexes. The time
/// range of a query does not count: it is a stretch of the counts.
#[derive(Clone, Debug)]
pub(crate) struct CachedCounts {
    pub(crate) facets: FacetFilter,
    pub(crate) labels: Vec<LabelClause>,
    pub(crate) revisions: CountedRevisions,
    /// The rows of the keyword.
    pub(crate) rows: Option<Postings>,
    /// The rows of the labels.
    pub(crate) lists: ListFilter,
    pub(crate) counts: BlockCounts,
    /// The counts by value of each facet, under the filters on the others, where they were asked for.
    pub(crate) by_value: Option<Vec<u64>>,
}

/// The revisions of the indexes at which rows were counted. Of an index that the query did not read, the default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct CountedRevisions {
    pub(crate) cells: Revision,
    pub(crate) names: Revision,
    pub(crate) labels: Revision,
}

impl CachedCounts {
    /// Whether they are counts under this filter.
    fn is_of(&self, facets: &FacetFilter, labels: &[LabelClause]) -> bool {
        self.facets == *facets && self.labels == labels
    }
}

/// The cached counts of one keyword, or of no keyword, by filter.
// Invariants:
//   no two entries have the same filter; the entry used last stands last; entries.len() <= capacity
pub(crate) struct CountsByFilter {
    entries: Mutex<Vec<Arc<CachedCounts>>>,
    capacity: usize,
}

impl CountsByFilter {
    /// An empty list for so many filters.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { entries: Mutex::default(), capacity }
    }

    /// The latest counts under a filter, at whatever revision.
    pub(crate) fn get(&self, facets: &FacetFilter, labels: &[LabelClause]) -> Option<Arc<CachedCounts>> {
        let mut entries = self.lock();
        let at = entries.iter().rposition(|entry| entry.is_of(facets, labels))?;
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
        if let Some(entry) = entries.iter_mut().find(|entry| entry.is_of(&counts.facets, &counts.labels)) {
            let is_later = entry.revisions > counts.revisions;
            return Some(if is_later { counts } else { std::mem::replace(entry, counts) });
        }
        if self.capacity == 0 {
            return Some(counts);
        }
        let oldest = (entries.len() == self.capacity).then(|| entries.remove(0));
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
            facets: filter(value),
            labels: Vec::new(),
            revisions: CountedRevisions { cells: revision, ..CountedRevisions::default() },
            rows: None,
            lists: ListFilter::default(),
            counts: BlockCounts::default(),
            by_value: None,
        })
    }

    #[test]
    fn the_filter_used_longest_ago_is_evicted() {
        let list = CountsByFilter::new(3);
        (0..3).for_each(|value| list.put(counts(value, Revision::next())));
        assert!(list.get(&filter(0), &[]).is_some(), "used again");
        list.put(counts(50, Revision::next()));
        let cached: Vec<bool> =
            [0, 1, 2, 50].into_iter().map(|value| list.get(&filter(value), &[]).is_some()).collect();
        assert_eq!(cached, [true, false, true, true]);
    }

    #[test]
    fn counts_of_an_earlier_state_do_not_replace_those_of_a_later_one() {
        let list = CountsByFilter::new(3);
        let (earlier, later) = (counts(1, Revision::next()), counts(1, Revision::next()));
        list.put(Arc::clone(&later));
        list.put(Arc::clone(&earlier));
        assert!(list.get(&filter(1), &[]).is_some_and(|cached| Arc::ptr_eq(&cached, &later)));
        let returned = list.swap_in(Arc::clone(&later));
        assert!(returned.is_some_and(|returned| Arc::ptr_eq(&returned, &later)), "freed without the lock");
    }
}
