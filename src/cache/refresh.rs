//! How cached rows stay true: they are brought up to date by the names that changed since they were found.

use std::sync::Arc;

use super::keywords::{CacheKey, CachedRows, KeywordCache};
use crate::index::names_by_row::NamesByRow;
use crate::index::words::WordIndex;
use crate::plan::cost::REFRESHED_BYTES_MAX;
use crate::rows::postings::Postings;
use crate::text::fold::fold;
use crate::text::keyword::NameCondition;
use crate::text::name_matcher::NameMatcher;

impl KeywordCache {
    /// The cached rows of a condition, brought up to date; `None` if there are none, or too much has changed since they
    /// were found. Rows with typos are those of one word.
    ///
    /// Costs a look at each name that changed, at most a millisecond or two in all.
    pub(crate) fn current(
        &self,
        index: &WordIndex,
        names: &NamesByRow<'_>,
        condition: NameCondition<'_>,
        edits_max: u8,
    ) -> Option<Arc<CachedRows>> {
        let cached = self.get(condition, edits_max)?;
        if cached.revision() == index.revision() {
            return Some(cached);
        }
        let rows = refreshed(&cached, index, names, condition, edits_max)?;
        let current = Arc::new(cached.at(index.revision(), rows));
        self.put(Arc::clone(&current));
        Some(current)
    }

    /// Caches the rows that match a condition at the present revision.
    pub(crate) fn put_current(
        &self,
        index: &WordIndex,
        condition: NameCondition<'_>,
        edits_max: u8,
        rows: Postings,
    ) -> Arc<CachedRows> {
        let key = CacheKey::new(condition, edits_max);
        let cached = Arc::new(CachedRows::new(key, index.revision(), rows));
        self.put(Arc::clone(&cached));
        cached
    }
}

/// Rows of an earlier revision, with what changed since; `None` if that is too much.
fn refreshed(
    cached: &CachedRows,
    index: &WordIndex,
    names: &NamesByRow<'_>,
    condition: NameCondition<'_>,
    edits_max: u8,
) -> Option<Postings> {
    let changed = index.changes_since(cached.revision())?;
    let matcher = NameMatcher::of_condition(condition, edits_max);
    let mut rows = cached.rows().clone();
    let mut bytes_left = REFRESHED_BYTES_MAX;
    for row in changed {
        let name = names.get(row).unwrap_or_default();
        let folded = fold(name);
        // ASCII folds many times faster than other text, and to no greater length.
        let bytes = if name.is_ascii() { name.len() / 8 } else { name.len() + folded.len() };
        bytes_left = bytes_left.checked_sub(bytes * condition.words.len())?;
        if matcher.is_match_folded(&folded) {
            rows.insert(row.number());
        } else {
            rows.remove(row.number());
        }
    }
    Some(rows)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::index::cell::{Cell, Cells};
    use crate::index::record::{Key, RecordLabels, Records};
    use crate::index::timeline::Timeline;
    use crate::job::Shape;
    use crate::rows::row::{Place, Row};
    use crate::text::keyword::{Keyword, Phrase};

    /// Names by row, all of one time.
    struct TestRecords(Vec<String>);

    impl Records for TestRecords {
        fn key(&self, _row: Row) -> Key<'_> {
            Key { create_time: DateTime::UNIX_EPOCH, job_id: "" }
        }

        fn name(&self, row: Row) -> &str {
            &self.0[row.index()]
        }

        fn labels(&self, _row: Row) -> RecordLabels<'_> {
            Vec::new()
        }
    }

    /// A timeline with a row for each of the names, and their words.
    fn indexed(records: &TestRecords) -> (Timeline, WordIndex) {
        let (mut timeline, mut index) = (Timeline::new(Arc::new(Cells::new(Shape::new(&[])))), WordIndex::default());
        for name in &records.0 {
            let (place, _) = timeline.make_room(records, 0, timeline.last_place(), DateTime::UNIX_EPOCH);
            let row = timeline.insert(place, DateTime::UNIX_EPOCH, Cell::new(0));
            index.insert(row, name);
        }
        assert_eq!(timeline.end(), Place { position: 1, rank: 0 }, "all rows stand in one block, in order");
        (timeline, index)
    }

    fn phrase(keyword: &str) -> Phrase {
        let Keyword::Words(phrase) = Keyword::parse(keyword) else { panic!("{keyword:?} has words") };
        phrase
    }

    /// A name changes after its row was cached. The cached rows follow, and only because the journal tells of the change.
    #[test]
    fn cached_rows_follow_the_names_that_the_journal_lists() {
        let mut records = TestRecords(vec!["sky news".to_owned(); 500]);
        let (timeline, mut index) = indexed(&records);
        let (cache, phrase) = (KeywordCache::default(), phrase("news"));
        let all: Vec<u32> = (0..500).collect();
        cache.put_current(&index, phrase.condition(), 0, Postings::from_sorted(&all));
        let before = index.clone();
        index.rename(Row::from_number(5), "sky news", "sky");
        records.0[5] = "sky".to_owned();
        let names = NamesByRow::new(&timeline, &records);
        let cached = |index| cache.current(index, &names, phrase.condition(), 0).map(|cached| cached.rows().len());
        assert_eq!(cached(&before), Some(500), "the revision at which the rows were cached");
        assert_eq!(cached(&index), Some(499), "the revision after the change");
    }

    #[test]
    fn rows_of_too_many_or_too_long_changes_are_not_brought_up_to_date() {
        let mut records = TestRecords(vec!["sky news".to_owned(); 500]);
        let (timeline, mut index) = indexed(&records);
        let (cache, phrase) = (KeywordCache::default(), phrase("news"));
        cache.put_current(&index, phrase.condition(), 0, Postings::default());
        let name = "\u{FDFA}".repeat(300);
        for row in 0..20 {
            index.rename(Row::from_number(row), "sky news", &name);
            records.0[row as usize].clone_from(&name);
        }
        assert!(
            cache.current(&index, &NamesByRow::new(&timeline, &records), phrase.condition(), 0).is_none(),
            "too many bytes"
        );
        let other = KeywordCache::default();
        other.put_current(&index, phrase.condition(), 0, Postings::default());
        for _ in 0..2_000 {
            index.rename(Row::from_number(0), &name, &name);
        }
        assert!(
            other.current(&index, &NamesByRow::new(&timeline, &records), phrase.condition(), 0).is_none(),
            "too many changes"
        );
    }
}
