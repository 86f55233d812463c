//! A keyword, looked up: which rung of the ladder answers, and which words of the dictionary a name must have there.

use std::sync::Arc;

use crate::cache::keywords::KeptTally;
use crate::exec::tallied::{self, Counting};
use crate::exec::view::View;
use crate::index::record::Records;
use crate::index::words::{Alternatives, BROAD_NS, NameTest, Names};
use crate::plan::{
    AccessPath, KeywordStatistics, WordStatistics, are_names_cheaper, intersection_ns, intersection_path,
};
use crate::query::{MatchLevel, Matching, Needle};
use crate::rows::bitmap::Bitmap;
use crate::rows::postings::Postings;
use crate::rows::row::{BLOCK_ROWS, Row};
use crate::text::keyword::{Keyword, KeywordWord};
use crate::text::words::edit_budget;

/// What a keyword comes to in one snapshot.
// Invariants:
//   words is empty if no name matches on the rungs asked for
//   level is None if neither an ID nor a name matches on them
pub(super) struct Resolved {
    /// The jobs whose ID the keyword is.
    pub(super) id_rows: Vec<Row>,
    /// What a name must have one of each of.
    pub(super) words: Vec<Alternatives>,
    /// The rung that answers.
    pub(super) level: Option<MatchLevel>,
    /// The rows of names with several words, which had to be found to choose the rung.
    pub(super) intersection: Option<Intersection>,
    /// The counts per cell of the only word's rows, where they are at hand and all that matches.
    pub(super) tally: Option<Arc<KeptTally>>,
}

/// The rows that have one of each of some alternatives.
pub(super) enum Intersection {
    /// Few; ascending on a rung with typos, in no order on the literal one.
    Rows(Vec<Row>),
    /// Many.
    Bits(Bitmap),
}

impl Resolved {
    /// Looks a keyword up. `forced` is the path that finds the rows of several words, if a test asks for one.
    pub(super) fn new<R: Records>(view: &View<'_, R>, needle: Needle<'_>, forced: Option<AccessPath>) -> Self {
        let id_rows: Vec<Row> = view.ids.find_ignoring_case(view.records, needle.text).collect();
        let has_id = !id_rows.is_empty();
        let is_pinned = needle.matching == Matching::Closest && needle.pinned.is_some();
        // An ID is as literal as a match can be: no typo may join it.
        let is_literal = needle.matching == Matching::Literal
            || needle.matching == Matching::Closest
                && needle.pinned.map_or(has_id, |level| level == MatchLevel::Literal);
        let mut resolved = if !is_literal {
            Self::by_name(view, needle, forced)
        } else if view.names.may_match_unread(needle.text) {
            let keyword = Keyword::parse(needle.text);
            Ladder { view, keyword: &keyword, forced }.at(MatchLevel::Literal)
        } else {
            Self::nothing()
        };
        if has_id {
            resolved.level = if is_pinned { needle.pinned } else { Some(MatchLevel::Literal) };
        }
        resolved.id_rows = id_rows;
        resolved
    }

    /// What names match, with typos.
    fn by_name<R: Records>(view: &View<'_, R>, needle: Needle<'_>, forced: Option<AccessPath>) -> Self {
        let keyword = Keyword::parse(needle.text);
        let ladder = Ladder { view, keyword: &keyword, forced };
        match (needle.matching, needle.pinned) {
            (Matching::Any, _) => Self { level: ladder.climb().level, ..ladder.at(MatchLevel::TwoTypos) },
            (_, Some(pinned)) => ladder.at(pinned),
            (_, None) => ladder.climb(),
        }
    }

    fn nothing() -> Self {
        Self { id_rows: Vec::new(), words: Vec::new(), level: None, intersection: None, tally: None }
    }

    /// The same, with the tally of the rows that match, where they are those of one broad word.
    pub(super) fn with_tally<R>(mut self, view: &View<'_, R>, counting: Counting) -> Self {
        if let ([word], []) = (self.words.as_slice(), self.id_rows.as_slice())
            && let Some(kept) = word.kept()
        {
            self.tally = tallied::tally(view, kept, counting);
        }
        self
    }

    /// The rows of names that match, in any order, some more than once, where they are this few at most.
    pub(super) fn few_rows(&self, names: &Names, rows_max: usize) -> Option<Vec<Row>> {
        match (&self.intersection, self.words.as_slice()) {
            (Some(Intersection::Rows(rows)), _) => (rows.len() <= rows_max).then(|| rows.clone()),
            (Some(Intersection::Bits(_)), _) => None,
            (None, words) => {
                debug_assert!(words.len() <= 1, "the rows of several words are intersected");
                let rows_sum: u64 = words.iter().map(Alternatives::rows_sum).sum();
                let lists = || words.iter().flat_map(|word| word.lists(names));
                let all = || lists().flat_map(Postings::iter).map(Row::from_number).collect();
                (rows_sum <= rows_max as u64).then(all)
            }
        }
    }

    /// The numbers of it that the planner wants.
    pub(super) fn statistics(&self) -> KeywordStatistics {
        KeywordStatistics {
            id_hits: self.id_rows.len() as u64,
            words: statistics(&self.words),
            is_counted: self.tally.is_some(),
        }
    }
}

fn statistics<'w>(words: impl IntoIterator<Item = &'w Alternatives>) -> Vec<WordStatistics> {
    let statistics = |word: &Alternatives| WordStatistics {
        lists: word.lists_len() as u64,
        rows_sum: word.rows_sum(),
        is_kept: word.kept().is_some(),
        is_in_names: word.lists_len() == 0,
    };
    words.into_iter().map(statistics).collect()
}

/// A keyword before a dictionary.
struct Ladder<'a, 's, R> {
    view: &'a View<'s, R>,
    keyword: &'a Keyword,
    forced: Option<AccessPath>,
}

impl<R: Records> Ladder<'_, '_, R> {
    /// The closest rung on which a name matches.
    fn climb(&self) -> Resolved {
        // A rung that allows more typos than the keyword can have is the one before it again.
        let edits_max = self.keyword.edits_max();
        let levels = MatchLevel::ALL.into_iter().filter(|level| level.edits_max() <= edits_max);
        let rungs = levels.map(|level| self.at(level));
        rungs.into_iter().find(|resolved| resolved.level.is_some()).unwrap_or_else(Resolved::nothing)
    }

    /// One rung.
    fn at(&self, level: MatchLevel) -> Resolved {
        let found = match self.keyword {
            Keyword::Blank | Keyword::Unmatchable => None,
            Keyword::Symbols(symbols) => self.with_symbols(symbols),
            Keyword::Words(words) => self.with_words(words, level),
        };
        let Some((words, mut intersection)) = found else { return Resolved::nothing() };
        if let Some(Intersection::Rows(rows)) = intersection.as_mut().filter(|_| level > MatchLevel::Literal) {
            rows.sort_unstable();
        }
        Resolved { id_rows: Vec::new(), words, level: Some(level), intersection, tally: None }
    }

    /// What names have all of some symbols; `None` if none does.
    fn with_symbols(&self, symbols: &[char]) -> Option<Found> {
        let found: Option<Vec<_>> = symbols.iter().map(|&symbol| self.view.names.resolve_symbol(symbol)).collect();
        let words = found?;
        let intersection = (words.len() > 1).then(|| self.intersect(&words.iter().collect::<Vec<_>>()));
        intersection.as_ref().is_none_or(|rows| !rows.is_empty()).then_some((words, intersection))
    }

    /// What names match all of some words on a rung; `None` if none does. One word matches if a word of the dictionary
    /// does; whether some name has several shows only when they are intersected. The first few that are soon looked up,
    /// which are the rare ones, are so at once. The others follow one by one: mostly there is nothing left before they
    /// come, or so little that its names can be asked.
    fn with_words(&self, words: &[KeywordWord], level: MatchLevel) -> Option<Found> {
        let names = self.view.names;
        if level == MatchLevel::Literal && !names.may_match_literally(words) {
            return None;
        }
        // With typos, which words stood in for each is told.
        let may_keep = level == MatchLevel::Literal && words.len() > 1;
        let name_at = |row| self.view.name_at(row);
        if may_keep && let Some(kept) = names.kept_rows(words, 0, name_at) {
            return (!kept.rows().is_empty()).then(|| (vec![Alternatives::of_kept(kept)], None));
        }
        if let [word] = words {
            return Some((vec![names.resolve_word(word, level, self.broad_ns(), name_at)?], None));
        }
        let mut order: Vec<(u64, usize)> =
            words.iter().enumerate().map(|(place, word)| (names.lookup_ns(word, level), place)).collect();
        order.sort_unstable();
        let resolve = |place: usize| names.resolve_word(&words[place], level, self.broad_ns(), name_at);
        let quick_len = order.partition_point(|&(lookup_ns, _)| lookup_ns <= BROAD_NS);
        let quick_len = quick_len.clamp(2, AT_ONCE_MAX);
        let (quick, slow) = order.split_at(quick_len);
        let mut found = vec![Alternatives::default(); words.len()];
        for &(_, place) in quick {
            found[place] = resolve(place)?;
        }
        let mut rows = self.intersect(&quick.iter().map(|&(_, place)| &found[place]).collect::<Vec<_>>());
        for (at, &(lookup_ns, place)) in slow.iter().enumerate() {
            if rows.is_empty() {
                return None;
            }
            let left = || slow[at..].iter().map(|&(_, place)| place);
            let typos = left().filter(|&place| level.edits_max().min(edit_budget(&words[place].text)) > 0).count();
            if self.forced.is_none() && are_names_cheaper(rows.len(), typos, lookup_ns) {
                let test = NameTest::new(left().map(|place| &words[place]), level.edits_max());
                rows.retain(|row| name_at(row).is_some_and(|name| test.is_match(name)));
                if typos > 0 {
                    let alternatives = self.alternatives_in_names(&rows, &test, left().len());
                    left().zip(alternatives).for_each(|(place, word)| found[place] = word);
                }
                break;
            }
            found[place] = resolve(place)?;
            rows = self.narrowed(rows, &found[place]);
        }
        if rows.is_empty() {
            return None;
        }
        if may_keep && intersection_ns(self.row_numbers(), &statistics(&found)) >= self.broad_ns() {
            let kept = names.keep(words, 0, rows.into_postings());
            return Some((vec![Alternatives::of_kept(kept)], None));
        }
        Some((found, Some(rows)))
    }

    /// What rows must cost to find that are kept.
    fn broad_ns(&self) -> u64 {
        // What a test forces is done to few rows too.
        if self.forced == Some(AccessPath::KeywordCounts) { 0 } else { BROAD_NS }
    }

    fn row_numbers(&self) -> u64 {
        (self.view.timeline.block_ids_end() * BLOCK_ROWS) as u64
    }

    /// What the names of some rows, which are few, have for each of the words that were looked for in them.
    fn alternatives_in_names(&self, rows: &Intersection, test: &NameTest<'_>, words_len: usize) -> Vec<Alternatives> {
        let mut ids = vec![Vec::new(); words_len];
        rows.for_each(|row| {
            let name = self.view.name_at(row).unwrap_or_default();
            test.for_each_alternative(self.view.names, name, |place, id| ids[place].push(id));
        });
        ids.into_iter().map(|ids| self.view.names.alternatives(ids)).collect()
    }

    fn intersect(&self, words: &[&Alternatives]) -> Intersection {
        let path =
            self.forced.unwrap_or_else(|| intersection_path(self.row_numbers(), &statistics(words.iter().copied())));
        let mut words = words.to_vec();
        words.sort_by_key(|word| word.rows_sum());
        match words.split_first() {
            Some((rarest, others)) if path != AccessPath::KeywordBitmap => self.probe(rarest, others),
            _ => self.and(&words),
        }
    }

    /// Of the rows found so far, those that have one of a word's alternatives.
    fn narrowed(&self, rows: Intersection, word: &Alternatives) -> Intersection {
        match rows {
            Intersection::Rows(rows) => Intersection::Rows(self.those_with(rows, word)),
            Intersection::Bits(mut bits) => {
                bits.intersect(&self.united(word));
                Intersection::Bits(bits)
            }
        }
    }

    /// The rows of the rarest word, looked for among those of the others.
    fn probe(&self, rarest: &Alternatives, others: &[&Alternatives]) -> Intersection {
        let mut rows = Vec::with_capacity(usize::try_from(rarest.rows_sum()).unwrap_or(0));
        let chunks = rarest.lists(self.view.names).flat_map(Postings::chunks);
        if rarest.lists_len() == 1 {
            chunks.for_each(|chunk| chunk.iter().for_each(|number| rows.push(Row::from_number(number))));
        } else {
            let mut seen = Bitmap::new(self.view.timeline.block_ids_end());
            chunks.for_each(|chunk| {
                chunk.iter().for_each(|number| {
                    let row = Row::from_number(number);
                    if seen.insert(row) {
                        rows.push(row);
                    }
                });
            });
        }
        for word in others {
            rows = self.those_with(rows, word);
        }
        Intersection::Rows(rows)
    }

    /// Of some rows, those that have one of a word's alternatives. Long lists are searched for the rows that are not found
    /// yet, short ones are walked.
    fn those_with(&self, mut rows: Vec<Row>, word: &Alternatives) -> Vec<Row> {
        let lists = word.lists(self.view.names);
        let (short, long): (Vec<_>, Vec<_>) = lists.partition(|list| list.len() < rows.len() * WALKED_PER_SEARCH);
        if let ([], [only]) = (short.as_slice(), long.as_slice()) {
            let mut search = only.search();
            rows.retain(|&row| search.contains(row.number()));
            return rows;
        }
        let mut found = Vec::with_capacity(rows.len());
        for list in long {
            let mut search = list.search();
            found.extend(rows.extract_if(.., |row| search.contains(row.number())));
        }
        if rows.is_empty() {
            return found;
        }
        let mut wanted = Bitmap::new(self.view.timeline.block_ids_end());
        for &row in &rows {
            wanted.insert(row);
        }
        for chunk in short.into_iter().flat_map(Postings::chunks) {
            chunk.iter().for_each(|number| {
                if wanted.remove(Row::from_number(number)) {
                    found.push(Row::from_number(number));
                }
            });
        }
        found
    }

    /// The bitmaps of all words, AND-ed.
    fn and(&self, words: &[&Alternatives]) -> Intersection {
        let united = words.iter().map(|word| self.united(word));
        let all = united.reduce(|mut all, word| {
            all.intersect(&word);
            all
        });
        Intersection::Bits(all.unwrap_or_else(|| Bitmap::new(0)))
    }

    fn united(&self, word: &Alternatives) -> Bitmap {
        let mut rows = Bitmap::new(self.view.timeline.block_ids_end());
        rows.unite_all(word.lists(self.view.names));
        rows
    }
}

/// What each word of a keyword stands for and, where there are several, the rows that have one of each.
type Found = (Vec<Alternatives>, Option<Intersection>);

/// Words that are looked up before the first are intersected: as many as most keywords have.
const AT_ONCE_MAX: usize = 4;

/// Rows of a list that can be walked in the time of one search in it.
const WALKED_PER_SEARCH: usize = 6;

impl Intersection {
    fn len(&self) -> u64 {
        match self {
            Self::Rows(rows) => rows.len() as u64,
            Self::Bits(bits) => bits.len(),
        }
    }

    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn into_postings(self) -> Postings {
        match self {
            Self::Rows(mut rows) => {
                rows.sort_unstable();
                Postings::from_sorted(&rows.into_iter().map(Row::number).collect::<Vec<_>>())
            }
            Self::Bits(bits) => bits.to_postings(),
        }
    }

    fn for_each(&self, visit: impl FnMut(Row)) {
        match self {
            Self::Rows(rows) => rows.iter().copied().for_each(visit),
            Self::Bits(bits) => bits.rows().for_each(visit),
        }
    }

    /// Keeps the rows that are wanted; they are few.
    fn retain(&mut self, is_wanted: impl Fn(Row) -> bool) {
        match self {
            Self::Rows(rows) => rows.retain(|&row| is_wanted(row)),
            Self::Bits(bits) => *self = Self::Rows(bits.rows().filter(|&row| is_wanted(row)).collect()),
        }
    }
}
