//! The rows that match several words: how they are intersected, in the form in which they were found.

use super::word_matches::WordMatches;
use crate::exec::view::View;
use crate::plan::cost::WALKED_ROWS_PER_SEARCH;
use crate::plan::{Planner, RowsAtHand};
use crate::rows::bitmap::Bitmap;
use crate::rows::postings::{Postings, for_each_list};
use crate::rows::row::Row;

/// The rows that match each of several words.
#[derive(Clone)]
pub(in crate::exec) enum FoundRows {
    /// Listed, each once; ascending on a rung with typos, in no order on the literal one.
    Listed(Vec<Row>),
    /// A bit each.
    InBitmap(Bitmap),
}

impl FoundRows {
    /// The rows of one word.
    pub(super) fn of_word(view: &View<'_>, word: &WordMatches) -> Self {
        Self::Listed(Vec::new()).with(view, word)
    }

    /// The rows of the rarest word that the lists of all others have.
    pub(super) fn by_probe(view: &View<'_>, rarest: &WordMatches, others: &[&WordMatches]) -> Self {
        let is_short = word_is_short(view, rarest);
        let (mut rows, others) = match others {
            [first, others @ ..] if !is_short => {
                (ListsByLength::new(view, first, rarest.rows_sum()).taken_from(united(view, rarest)), others)
            }
            _ if is_short => (listed_rows(view, rarest), others),
            _ => (united(view, rarest).uncounted_rows().collect(), others),
        };
        for word in others {
            rows = those_with(view, rows, word);
        }
        // Of several lists, a row may come more than once. Few are left to be sorted.
        if is_short && rarest.lists_len() > 1 {
            rows.sort_unstable();
            rows.dedup();
        }
        Self::Listed(rows)
    }

    /// The bitmaps of all words, AND-ed.
    pub(super) fn by_bitmap(view: &View<'_>, words: &[&WordMatches]) -> Self {
        let united = words.iter().map(|word| united(view, word));
        let all = united.reduce(|mut all, word| {
            all.intersect(&word);
            all
        });
        Self::InBitmap(all.unwrap_or_else(|| Bitmap::new(0)))
    }

    /// Of these rows, those that match another word.
    pub(super) fn narrowed(self, view: &View<'_>, word: &WordMatches) -> Self {
        match self {
            Self::Listed(rows) => Self::Listed(those_with(view, rows, word)),
            Self::InBitmap(mut bits) => {
                bits.intersect(&united(view, word));
                Self::InBitmap(bits)
            }
        }
    }

    /// These rows and those of a word.
    pub(super) fn with(self, view: &View<'_>, word: &WordMatches) -> Self {
        let is_short = Planner::lists_rows(view.row_numbers(), self.len() + word.rows_sum());
        match self {
            Self::Listed(mut rows) if is_short => {
                rows.extend(sorted_rows(word.lists(view.words), word.rows_sum()));
                rows.sort_unstable();
                rows.dedup();
                Self::Listed(rows)
            }
            Self::Listed(rows) => {
                let mut bits = united(view, word);
                for row in rows {
                    bits.insert(row);
                }
                bits.recount();
                Self::InBitmap(bits)
            }
            Self::InBitmap(mut bits) => {
                bits.unite_all(word.lists(view.words));
                bits.recount();
                Self::InBitmap(bits)
            }
        }
    }

    /// The rows, listed.
    pub(in crate::exec) fn into_listed(self) -> Vec<Row> {
        match self {
            Self::Listed(rows) => rows,
            Self::InBitmap(bits) => bits.rows().collect(),
        }
    }

    /// The rows with those of a list in ascending order, where they are listed.
    pub(super) fn sorted(mut self) -> Self {
        if let Self::Listed(rows) = &mut self {
            rows.sort_unstable();
        }
        self
    }

    pub(super) fn len(&self) -> u64 {
        match self {
            Self::Listed(rows) => rows.len() as u64,
            Self::InBitmap(bits) => bits.len(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The form, as the planner sees it.
    pub(super) fn at_hand(&self) -> RowsAtHand {
        match self {
            Self::Listed(rows) => RowsAtHand::Listed(rows.len() as u64),
            Self::InBitmap(_) => RowsAtHand::InBitmap,
        }
    }

    pub(super) fn into_postings(self) -> Postings {
        match self.sorted() {
            Self::Listed(rows) => Postings::from_sorted(&rows.into_iter().map(Row::number).collect::<Vec<_>>()),
            Self::InBitmap(bits) => bits.to_postings(),
        }
    }

    /// Whether any of the rows, which ascend where they are listed, is in a posting list. Walks the shorter of the two where
    /// both can be searched.
    pub(in crate::exec) fn intersects(&self, list: &Postings) -> bool {
        match self {
            Self::Listed(rows) if rows.len() < list.len() => rows.iter().any(|row| list.contains(row.number())),
            Self::Listed(rows) => list.iter().any(|number| rows.binary_search(&Row::from_number(number)).is_ok()),
            Self::InBitmap(bits) => bits.intersects(list),
        }
    }
}

/// Whether the rows of a word are listed, and not put into a bitmap.
fn word_is_short(view: &View<'_>, word: &WordMatches) -> bool {
    word.lists_len() == 1 || Planner::lists_rows(view.row_numbers(), word.rows_sum())
}

/// The rows of a word, some more than once.
fn listed_rows(view: &View<'_>, word: &WordMatches) -> Vec<Row> {
    let mut rows = Vec::with_capacity(usize::try_from(word.rows_sum()).unwrap_or(0));
    extend(&mut rows, word.lists(view.words));
    rows
}

/// Appends the rows of some posting lists.
fn extend<'p>(rows: &mut Vec<Row>, lists: impl Iterator<Item = &'p Postings>) {
    for_each_list(lists, |list| list.for_each(|number| rows.push(Row::from_number(number))));
}

/// Of some rows, those that match a word, in no order; a row that comes more than once may do so again.
///
/// Long lists are searched for the rows that are not found yet; short ones are walked. If there are many lists and few rows, the
/// names of the rows are read instead.
fn those_with(view: &View<'_>, mut rows: Vec<Row>, word: &WordMatches) -> Vec<Row> {
    if Planner::reads_names(rows.len(), word.lists_len()) {
        view.names().retain(&mut rows, |row, name| word.contains(view.words, row, name));
        return rows;
    }
    let rows_len = rows.len() as u64;
    let lists = ListsByLength::new(view, word, rows_len);
    if let ([], [only]) = (lists.short.as_slice(), lists.long.as_slice()) {
        retain_in(&mut rows, only);
        return rows;
    }
    let mut wanted = Bitmap::new(view.timeline.block_ids_end());
    if !Planner::lists_rows(view.row_numbers(), rows_len) {
        wanted.mark(&rows);
        return lists.taken_from(wanted);
    }
    let mut found = Vec::with_capacity(rows.len());
    for list in lists.long {
        let mut search = list.search();
        found.extend(rows.extract_if(.., |row| search.contains(row.number())));
    }
    if rows.is_empty() {
        return found;
    }
    for &row in &rows {
        wanted.insert(row);
    }
    for_each_list(lists.short.into_iter(), |list| wanted.take(list, |row| found.push(row)));
    found
}

/// Keeps those of some rows that a list has. The processor can't predict which are kept, so no branch depends on it, and the search
/// for a row does not wait for the search before.
fn retain_in(rows: &mut Vec<Row>, list: &Postings) {
    let (mut search, mut kept) = (list.search(), 0);
    for at in 0..rows.len() {
        let row = rows[at];
        rows[kept] = row;
        kept += usize::from(search.contains(row.number()));
    }
    rows.truncate(kept);
}

/// The posting lists of a word that are sooner walked than searched for some rows, and the others.
struct ListsByLength<'a> {
    short: Vec<&'a Postings>,
    long: Vec<&'a Postings>,
}

impl<'a> ListsByLength<'a> {
    fn new(view: &View<'a>, word: &'a WordMatches, rows_len: u64) -> Self {
        let is_short = |list: &&Postings| (list.steps() as u64) < rows_len * WALKED_ROWS_PER_SEARCH;
        let (short, long) = word.lists(view.words).partition(is_short);
        Self { short, long }
    }

    /// The rows of a bitmap that a list has, each once.
    fn taken_from(self, mut wanted: Bitmap) -> Vec<Row> {
        let mut found = Vec::new();
        for list in self.long {
            let mut search = list.search();
            wanted.take_where(|row| search.contains(row.number()), |row| found.push(row));
        }
        for_each_list(self.short.into_iter(), |list| wanted.take(list, |row| found.push(row)));
        found
    }
}

/// The rows of a word as a bitmap, uncounted.
fn united(view: &View<'_>, word: &WordMatches) -> Bitmap {
    united_lists(view, word.lists(view.words))
}

/// The rows of some posting lists as a bitmap, uncounted.
fn united_lists<'p>(view: &View<'_>, lists: impl Iterator<Item = &'p Postings>) -> Bitmap {
    let mut rows = Bitmap::new(view.timeline.block_ids_end());
    rows.unite_all(lists);
    rows
}

/// The rows of some posting lists as one list. `rows_sum` is the sum of their lengths.
pub(super) fn rows_of_lists<'p>(view: &View<'_>, lists: impl Iterator<Item = &'p Postings>, rows_sum: u64) -> Postings {
    // To sort few rows costs less than to pass over a bitmap of all.
    if Planner::lists_rows(view.row_numbers(), rows_sum) {
        return FoundRows::Listed(sorted_rows(lists, rows_sum)).into_postings();
    }
    united_lists(view, lists).to_postings()
}

/// The rows of some posting lists, ascending, each once. `rows_sum` is the sum of their lengths.
fn sorted_rows<'p>(lists: impl Iterator<Item = &'p Postings>, rows_sum: u64) -> Vec<Row> {
    let mut rows = Vec::with_capacity(usize::try_from(rows_sum).unwrap_or(0));
    extend(&mut rows, lists);
    // Those of one list ascend already.
    if !rows.is_sorted_by(|one, other| one < other) {
        rows.sort_unstable();
        rows.dedup();
    }
    rows
}
