//! Every decision of cost that a request takes.
//!
//! A [`Planner`] is made for one request. The lookup of a keyword asks it how to go on: how words are intersected, which rows
//! are cached. [`Planner::plan`] then makes the plan from the statistics, and the execution obeys it. A test that forces a path
//! makes a planner that forces it, so no other code knows of that.

use super::access_path::{AccessPath, PathEstimate};
use super::cost::{
    BITMAP_NS, BITMAP_WORD_NS, BROAD_UNION_NS, CACHED_MIN_NS, COMPARED_WORDS_MIN, COUNTED_ROWS_A_NS, FEW_ROW_NS,
    FEW_ROWS_MAX, JOINED_NAME_NS, JOINED_ROW_NS, LIST_NS, LISTED_ALONE_MAX, LISTED_ROW_BITS, LISTED_ROWS_A_NS,
    LOOKUP_NS, NAME_NS, NAME_TYPO_NS, NAME_WORDS_NS, PASSING_FIRST_MIN, PROBE_NS, RECORD_NS, ROW_NS, SEEK_NS,
    SHARED_NS, TIMELINE_NS, TYPOS_NS, WALKED_PER_COMPARED, WORD_NS,
};
use super::statistics::{KeywordStatistics, LabelStatistics, RowsAtHand, Statistics, WordStatistics};

/// Decides for one request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Planner {
    forced: Option<AccessPath>,
}

/// The path that answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) path: AccessPath,
}

/// The paths that can answer a keyword, in the order in which equal ones are preferred.
type PathCandidates = [Option<PathEstimate>; 5];

/// How the rows of several words are intersected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Intersect {
    /// The rows of the rarest word are searched for in the lists of the others.
    ByProbe,
    /// The bitmaps of all words are AND-ed.
    ByBitmap,
}

/// The place in which the remaining words of a keyword are searched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SearchIn {
    /// The next one in the dictionary.
    Dictionary,
    /// All of them in the names of the rows found so far.
    Names,
}

impl Planner {
    /// Takes the cheapest path.
    pub(crate) const CHEAPEST: Self = Self { forced: None };

    /// Takes one path, whatever it costs.
    pub(crate) fn forcing(path: AccessPath) -> Self {
        Self { forced: Some(path) }
    }

    /// The plan: of the paths that can answer, the cheapest or the forced one; `None` if the forced one can't answer.
    pub(crate) fn plan(self, statistics: &Statistics) -> Option<Plan> {
        match statistics {
            Statistics::NoKeyword => self.only(AccessPath::Timeline),
            Statistics::Labels(labels) if labels.rarest_rows == Some(0) => self.only(AccessPath::Nothing),
            Statistics::Labels(labels) => self.cheapest(&label_candidates(labels)),
            Statistics::Keyword(keyword) if !keyword.words.is_empty() => match self.forced {
                // Rows at hand are sorted, tried or AND-ed, whatever costs least.
                Some(path) if keyword.rows.answers_by(path) => Some(Plan { path }),
                _ => self.cheapest(&candidates(keyword)),
            },
            Statistics::Keyword(keyword) if keyword.id_hits > 0 => self.only(AccessPath::JobId),
            Statistics::Keyword(_) => self.only(AccessPath::Nothing),
        }
    }

    fn only(self, path: AccessPath) -> Option<Plan> {
        self.forced.is_none_or(|forced| forced == path).then_some(Plan { path })
    }

    fn cheapest(self, candidates: &PathCandidates) -> Option<Plan> {
        let mut answering = candidates.iter().flatten();
        let chosen = match self.forced {
            None => answering.min_by_key(|estimate| estimate.cost_ns),
            Some(path) => answering.find(|estimate| estimate.path == path),
        };
        chosen.map(|estimate| Plan { path: estimate.path })
    }

    /// How to intersect the rows of several words.
    pub(crate) fn intersect(self, row_numbers: u64, words: &[WordStatistics]) -> Intersect {
        let is_probe_cheaper = || {
            let costs = RowCosts::new(row_numbers, words);
            costs.probe_ns <= costs.bitmap_ns
        };
        let is_probe = self.forced.map_or_else(is_probe_cheaper, |path| path != AccessPath::KeywordBitmap);
        if is_probe { Intersect::ByProbe } else { Intersect::ByBitmap }
    }

    /// Chooses the place in which to search for the remaining words of a keyword, after some were intersected to `rows` rows.
    /// `lookup_ns` is the cost of looking up the next word in the dictionary. The words behind it do not count, because few
    /// rows are mostly left for them.
    pub(crate) fn search_in(self, rows: u64, words_with_typos: usize, lookup_ns: u64) -> SearchIn {
        let name_ns = NAME_WORDS_NS + words_with_typos as u64 * NAME_TYPO_NS;
        if self.forced.is_none() && rows.saturating_mul(name_ns) < lookup_ns {
            SearchIn::Names
        } else {
            SearchIn::Dictionary
        }
    }

    /// Whether, of the jobs at some rows, the names of those that pass the filters are read before those of others. Of `jobs` jobs,
    /// so many pass.
    pub(crate) fn reads_passing_first(rows: usize, passing: u64, jobs: u64) -> bool {
        rows >= PASSING_FIRST_MIN && passing * 2 <= jobs
    }

    /// About how long it takes to look up one word of a keyword, in nanoseconds. `dictionary_words` have it in them, about, and
    /// at least `rows_min` rows match it. Names that have the word written apart are not included.
    pub(crate) fn lookup_ns(dictionary_words: usize, rows_min: usize, edits_max: u8) -> u64 {
        LOOKUP_NS + dictionary_words as u64 * WORD_NS + rows_min as u64 * ROW_NS + u64::from(edits_max) * TYPOS_NS
    }

    /// About how long it takes to look up a word and to try so many rows against its lists. `lookup_ns` is the cost of the word
    /// with all of its rows, which are at least `rows_min`; a long list of rows is not walked for a few.
    pub(crate) fn narrowing_ns(lookup_ns: u64, rows_min: usize, rows: u64) -> u64 {
        let walk_ns = rows_min as u64 * ROW_NS;
        lookup_ns - walk_ns + walk_ns.min(rows.saturating_mul(SEEK_NS))
    }

    /// About how long it takes to look up a word first, and to look for the others in the names of its rows. Of many rows the
    /// names are not read, and how many they are does not matter.
    pub(crate) fn first_ns(lookup_ns: u64, rows_min: usize) -> u64 {
        lookup_ns + LISTED_ALONE_MAX.min(rows_min as u64) * NAME_WORDS_NS
    }

    /// About how long it takes to look up a word whose rows without typos are cached.
    pub(crate) fn cached_lookup_ns(edits_max: u8) -> u64 {
        CACHED_MIN_NS + u64::from(edits_max) * TYPOS_NS
    }

    /// The price of looking up a word whose rows will be cached for many keywords, where the look-up by itself takes `lookup_ns`.
    pub(crate) fn shared_ns(lookup_ns: u64) -> u64 {
        lookup_ns.min(SHARED_NS)
    }

    /// Whether the rows of the first of several words are listed before another word is looked up.
    pub(crate) fn lists_alone(self, rows_sum: u64) -> bool {
        self.forced.is_none() && rows_sum <= LISTED_ALONE_MAX
    }

    /// Whether the rows of some posting lists are united one by one, rather than in a bitmap of all rows.
    pub(crate) fn lists_rows(row_numbers: u64, rows_sum: u64) -> bool {
        rows_sum * LISTED_ROW_BITS < row_numbers
    }

    /// Whether the names of some rows are read to tell which of them has one of the words with so many posting lists.
    pub(crate) fn reads_names(rows: usize, lists: usize) -> bool {
        rows as u64 * NAME_NS < lists as u64 * LIST_NS
    }

    /// Words of the dictionary that are compared with a misspelled word before the trie is walked instead.
    pub(crate) fn compared_words_max(dictionary_len: usize, edits_max: u8) -> usize {
        dictionary_len / WALKED_PER_COMPARED[usize::from(edits_max)] + COMPARED_WORDS_MIN
    }

    /// Whether rows are cached that take this long to unite: those of so many lists. Finding some of them took `joined_ns`.
    pub(crate) fn caches_union(self, lists: u64, rows_sum: u64, joined_ns: u64) -> bool {
        self.caches(Self::union_ns(lists, rows_sum) + joined_ns)
    }

    /// Whether the rows of one of several words take so long to unite that they are cached for other keywords with this word.
    pub(crate) fn is_broad_union(lists: u64, rows_sum: u64) -> bool {
        Self::union_ns(lists, rows_sum) >= BROAD_UNION_NS
    }

    /// About how long it takes to unite so many rows of so many lists, in nanoseconds.
    fn union_ns(lists: u64, rows_sum: u64) -> u64 {
        lists * LIST_NS + rows_sum * ROW_NS
    }

    /// Whether the rows of several words are cached after they were intersected. Finding them as one took `joined_ns`.
    pub(crate) fn caches_intersection(self, row_numbers: u64, words: &[WordStatistics], joined_ns: u64) -> bool {
        self.caches(Self::intersection_ns(row_numbers, words) + joined_ns)
    }

    /// About how long it takes to intersect the rows of several words, in nanoseconds.
    pub(crate) fn intersection_ns(row_numbers: u64, words: &[WordStatistics]) -> u64 {
        let costs = RowCosts::new(row_numbers, words);
        costs.probe_ns.min(costs.bitmap_ns)
    }

    /// About how long it takes to find words that are joined, in nanoseconds: by looking so many rows up in other lists, and
    /// by reading so many names.
    pub(crate) fn joined_ns(rows: u64, names: u64) -> u64 {
        rows * JOINED_ROW_NS + names * JOINED_NAME_NS
    }

    fn caches(self, cost_ns: u64) -> bool {
        self.caches_at_once() || cost_ns >= CACHED_MIN_NS
    }

    /// Whether rows are cached at their first request, however few they are: a test that forces counts wants them then.
    pub(crate) fn caches_at_once(self) -> bool {
        self.forced == Some(AccessPath::KeywordCounts)
    }

    /// Whether counts of cached rows are of use.
    pub(crate) fn uses_counts(self) -> bool {
        self.forced.is_none_or(|path| matches!(path, AccessPath::KeywordCounts | AccessPath::LabelCounts))
    }

    /// Whether cached rows that have no counts are counted before the path is chosen. Otherwise the path that counts them
    /// leaves the counts behind.
    pub(crate) fn counts_rows(self) -> bool {
        matches!(self.forced, Some(AccessPath::KeywordCounts | AccessPath::LabelCounts))
    }

    /// Whether the labels of so many rows are read from their records, to count the values of a key that other rows have too.
    pub(crate) fn reads_records(rows: u64, rows_with_key: u64) -> bool {
        rows.saturating_mul(RECORD_NS) < rows_with_key * ROW_NS
    }

    /// Whether the counts of rows that were tried one by one are cached.
    pub(crate) fn caches_probe(self, rows: u64) -> bool {
        self.caches(rows * PROBE_NS)
    }
}

/// The cost of every path that can answer, the cheapest first.
pub(super) fn estimates(statistics: &Statistics) -> Vec<PathEstimate> {
    let only = |path, cost_ns| vec![PathEstimate { path, cost_ns }];
    match statistics {
        Statistics::NoKeyword => only(AccessPath::Timeline, TIMELINE_NS),
        Statistics::Labels(labels) if labels.rarest_rows == Some(0) => only(AccessPath::Nothing, 0),
        Statistics::Labels(labels) => sorted(label_candidates(labels)),
        Statistics::Keyword(keyword) if !keyword.words.is_empty() => sorted(candidates(keyword)),
        Statistics::Keyword(keyword) if keyword.id_hits > 0 => only(AccessPath::JobId, keyword.id_hits * FEW_ROW_NS),
        Statistics::Keyword(_) => only(AccessPath::Nothing, 0),
    }
}

fn sorted(candidates: PathCandidates) -> Vec<PathEstimate> {
    let mut estimates: Vec<PathEstimate> = candidates.into_iter().flatten().collect();
    estimates.sort_by_key(|estimate| estimate.cost_ns);
    estimates
}

/// The paths that can answer conditions on labels, with the cost of each.
fn label_candidates(labels: &LabelStatistics) -> PathCandidates {
    let estimate = |path, cost_ns| PathEstimate { path, cost_ns };
    let opening_ns = labels.lists * LIST_NS;
    let few = labels.rarest_rows.filter(|&rows| rows <= FEW_ROWS_MAX as u64);
    let few = few.map(|rows| estimate(AccessPath::FewRows, opening_ns + rows * FEW_ROW_NS));
    let probe = labels.rarest_rows.map(|rows| {
        let row_ns = PROBE_NS + (labels.clauses - 1) * SEEK_NS;
        estimate(AccessPath::LabelProbe, opening_ns + rows * row_ns + BITMAP_NS)
    });
    // Long lists are bitmaps already, and the rows of short ones are few.
    let and_ns = labels.row_numbers / 64 * labels.clauses * BITMAP_WORD_NS + labels.rows_sum / LISTED_ROWS_A_NS;
    let bitmap = Some(estimate(AccessPath::LabelBitmap, opening_ns + and_ns + BITMAP_NS));
    let counts = estimate(AccessPath::LabelCounts, TIMELINE_NS + labels.row_numbers / COUNTED_ROWS_A_NS);
    [few, probe, bitmap, Some(counts).filter(|_| labels.is_counted), None]
}

/// The cost of finding the rows of a keyword, in nanoseconds.
struct RowCosts {
    /// Row after row.
    probe_ns: u64,
    /// By bitmaps.
    bitmap_ns: u64,
}

impl RowCosts {
    fn new(row_numbers: u64, words: &[WordStatistics]) -> Self {
        let words = || words.iter().filter(|word| !word.is_in_names);
        let lists: u64 = words().map(|word| word.lists).sum();
        let rows: u64 = words().map(|word| word.rows_sum).sum();
        let rarest = words().map(|word| word.rows_sum).min().unwrap_or(0);
        let opening_ns = lists * LIST_NS;
        // A list is searched for each of the rarest rows, or walked where that is cheaper. All lists of the rarest word are walked.
        let seek_ns = |word: &WordStatistics| (word.rows_sum * ROW_NS).min(rarest.saturating_mul(word.lists * SEEK_NS));
        let sought_ns = words().map(seek_ns).sum::<u64>() - rarest * ROW_NS;
        let and_ns = row_numbers / 64 * words().count() as u64 * BITMAP_WORD_NS;
        let unite_ns = if words().all(|word| word.is_cached) { 0 } else { opening_ns + rows * ROW_NS };
        Self { probe_ns: opening_ns + rarest * PROBE_NS + sought_ns, bitmap_ns: unite_ns + and_ns }
    }
}

/// The paths that can answer a keyword of words, with the cost of each.
fn candidates(keyword: &KeywordStatistics) -> PathCandidates {
    let costs = RowCosts::new(keyword.row_numbers, &keyword.words);
    let estimate = |path, cost_ns| Some(PathEstimate { path, cost_ns });
    let few = |rows: u64, opening_ns: u64| {
        let is_few = rows <= FEW_ROWS_MAX as u64;
        is_few.then_some(PathEstimate { path: AccessPath::FewRows, cost_ns: opening_ns + rows * FEW_ROW_NS })
    };
    let probe = estimate(AccessPath::KeywordProbe, costs.probe_ns + BITMAP_NS);
    let bitmap = estimate(AccessPath::KeywordBitmap, costs.bitmap_ns + BITMAP_NS);
    match keyword.rows {
        // The rows of several words are at hand: a scan of names would come on top.
        RowsAtHand::Listed(rows) => [few(rows, 0), probe, None, None, None],
        RowsAtHand::InBitmap => [bitmap, None, None, None, None],
        RowsAtHand::InLists => {
            let (lists, rows) =
                keyword.words.iter().fold((0, 0), |sum, word| (sum.0 + word.lists, sum.1 + word.rows_sum));
            let scan = estimate(AccessPath::FilterScan, keyword.passing * NAME_NS + BITMAP_NS);
            let counts = estimate(AccessPath::KeywordCounts, TIMELINE_NS + keyword.row_numbers / COUNTED_ROWS_A_NS);
            [few(rows, lists * LIST_NS), probe, bitmap, scan, counts.filter(|_| keyword.is_counted)]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statistics(passing: u64, id_hits: u64, rows: RowsAtHand, words: &[(u64, u64)]) -> Statistics {
        Statistics::Keyword(KeywordStatistics {
            row_numbers: 1_100_000,
            passing,
            id_hits,
            words: words
                .iter()
                .map(|&(lists, rows_sum)| WordStatistics { lists, rows_sum, is_cached: lists == 1, is_in_names: false })
                .collect(),
            rows,
            is_counted: false,
        })
    }

    fn chosen(statistics: &Statistics) -> Option<AccessPath> {
        Planner::CHEAPEST.plan(statistics).map(|plan| plan.path)
    }

    #[test]
    fn each_path_is_chosen_where_it_is_cheapest() {
        let all = 1_000_000;
        let cases: [(Statistics, AccessPath, &str); 10] = [
            (Statistics::NoKeyword, AccessPath::Timeline, "no keyword"),
            (statistics(all, 0, RowsAtHand::InLists, &[]), AccessPath::Nothing, "no match"),
            (statistics(all, 1, RowsAtHand::InLists, &[]), AccessPath::JobId, "a job ID"),
            (statistics(all, 0, RowsAtHand::InLists, &[(2, 16)]), AccessPath::FewRows, "a few rows"),
            (statistics(all, 0, RowsAtHand::InLists, &[(3, 900)]), AccessPath::KeywordProbe, "a rare word"),
            (statistics(all, 0, RowsAtHand::InLists, &[(3_000, 220_000)]), AccessPath::KeywordBitmap, "a broad word"),
            (statistics(12, 0, RowsAtHand::InLists, &[(3_000, 220_000)]), AccessPath::FilterScan, "broad, few pass"),
            (statistics(all, 0, RowsAtHand::Listed(3), &[(1, 50), (1, 220_000)]), AccessPath::FewRows, "few in both"),
            (statistics(12, 0, RowsAtHand::Listed(30), &[(1, 50), (1, 220)]), AccessPath::KeywordProbe, "some in both"),
            (statistics(12, 0, RowsAtHand::InBitmap, &[(9, 200_000); 2]), AccessPath::KeywordBitmap, "two broad words"),
        ];
        for (statistics, path, what) in cases {
            assert_eq!(chosen(&statistics), Some(path), "{what}");
            assert_eq!(estimates(&statistics)[0].path, path, "{what}: an explanation tells the same");
        }
    }

    fn labels(rarest_rows: Option<u64>, clauses: u64, rows_sum: u64) -> LabelStatistics {
        LabelStatistics { row_numbers: 1_100_000, rarest_rows, clauses, lists: clauses, rows_sum, is_counted: false }
    }

    #[test]
    fn labels_are_answered_by_the_path_that_is_cheapest() {
        let counted = LabelStatistics { is_counted: true, ..labels(Some(100_000), 1, 100_000) };
        for (statistics, path, what) in [
            (labels(Some(0), 2, 500), AccessPath::Nothing, "a value that nobody has"),
            (labels(Some(16), 1, 16), AccessPath::FewRows, "a few rows"),
            (labels(Some(17), 1, 17), AccessPath::LabelProbe, "more rows than a few"),
            (labels(Some(1_000), 3, 400_000), AccessPath::LabelProbe, "one rare value of three"),
            (labels(Some(100_000), 1, 100_000), AccessPath::LabelBitmap, "a broad value"),
            (labels(None, 1, 100_000), AccessPath::LabelBitmap, "only values that are refused"),
            (counted, AccessPath::LabelCounts, "a broad value, counted before"),
        ] {
            assert_eq!(chosen(&Statistics::Labels(statistics)), Some(path), "{what}");
        }
    }

    #[test]
    fn each_further_label_costs_a_seek_for_each_row_and_a_pass_over_a_bitmap() {
        let cost = |path, clauses| {
            let estimates = estimates(&Statistics::Labels(labels(Some(1_000), clauses, 0)));
            estimates.iter().find(|estimate| estimate.path == path).map(|estimate| estimate.cost_ns)
        };
        let two_more = |path| cost(path, 3).zip(cost(path, 1)).map(|(three, one)| three - one);
        assert_eq!(two_more(AccessPath::LabelProbe), Some(2 * (LIST_NS + 1_000 * SEEK_NS)));
        let words = 1_100_000 / 64;
        assert_eq!(two_more(AccessPath::LabelBitmap), Some(2 * (LIST_NS + words * BITMAP_WORD_NS)));
        let bitmap_ns = |rows_sum| {
            let estimates = estimates(&Statistics::Labels(labels(None, 1, rows_sum)));
            estimates[0].cost_ns
        };
        assert_eq!(bitmap_ns(4_000) - bitmap_ns(0), 4_000 / LISTED_ROWS_A_NS, "rows of lists are put into bitmaps");
    }

    #[test]
    fn words_are_intersected_by_the_cheaper_way() {
        let words = |lists, rows_sum| WordStatistics { lists, rows_sum, is_cached: false, is_in_names: false };
        let intersect = |words: &[WordStatistics]| Planner::CHEAPEST.intersect(1_100_000, words);
        assert_eq!(intersect(&[words(1, 50), words(1, 220_000)]), Intersect::ByProbe, "rare and broad");
        assert_eq!(intersect(&[words(9, 200_000), words(9, 200_000)]), Intersect::ByBitmap, "two broad words");
    }

    #[test]
    fn a_path_that_can_not_answer_is_not_forced() {
        let forced = |path| Planner::forcing(path).plan(&Statistics::NoKeyword).map(|plan| plan.path);
        assert_eq!(forced(AccessPath::Timeline), Some(AccessPath::Timeline));
        assert_eq!(forced(AccessPath::KeywordBitmap), None);
        let many = statistics(5, 0, RowsAtHand::InLists, &[(1, 17)]);
        assert_eq!(Planner::forcing(AccessPath::FewRows).plan(&many), None, "17 rows are too many to be few");
    }

    #[test]
    fn names_are_read_where_rows_are_few_and_lists_are_many() {
        assert!(Planner::reads_names(10, 1_000) && !Planner::reads_names(1_000, 10));
        assert!(!Planner::reads_names(100, 1_000), "each row costs a name");
        assert!(Planner::CHEAPEST.lists_alone(10) && !Planner::CHEAPEST.lists_alone(100_000));
        assert!(!Planner::forcing(AccessPath::KeywordBitmap).lists_alone(10), "a test forces the other way");
    }
    #[test]
    fn names_are_searched_where_that_costs_less_than_looking_the_next_word_up() {
        let search_in = |typos, lookup_ns| Planner::CHEAPEST.search_in(10, typos, lookup_ns);
        for typos in [0, 1, 2] {
            let names_ns = 10 * (NAME_WORDS_NS + typos as u64 * NAME_TYPO_NS);
            assert_eq!(search_in(typos, names_ns + 1), SearchIn::Names, "{typos} words with typos");
            assert_eq!(search_in(typos, names_ns), SearchIn::Dictionary, "{typos} words with typos");
        }
        let forced = Planner::forcing(AccessPath::KeywordProbe);
        assert_eq!(forced.search_in(10, 0, u64::MAX), SearchIn::Dictionary, "a test forces the other way");
    }

    #[test]
    fn a_word_costs_what_its_matches_in_the_dictionary_its_rows_and_its_typos_cost() {
        assert_eq!(Planner::lookup_ns(10, 0, 0), LOOKUP_NS + 10 * WORD_NS);
        assert_eq!(Planner::lookup_ns(10, 7, 0), LOOKUP_NS + 10 * WORD_NS + 7 * ROW_NS);
        let typos_ns = |edits_max| Planner::lookup_ns(10, 7, edits_max) - Planner::lookup_ns(10, 7, 0);
        assert_eq!([1, 2].map(typos_ns), [TYPOS_NS, 2 * TYPOS_NS]);
        assert_eq!([0, 1].map(Planner::cached_lookup_ns), [CACHED_MIN_NS, CACHED_MIN_NS + TYPOS_NS]);
        assert_eq!(Planner::first_ns(5, 3), 5 + 3 * NAME_WORDS_NS, "the names of its rows are read");
        assert_eq!(Planner::first_ns(5, 90_000), 5 + LISTED_ALONE_MAX * NAME_WORDS_NS, "names of many rows are not");
    }

    #[test]
    fn a_long_list_costs_no_more_than_the_searches_for_the_rows_at_hand() {
        let lookup_ns = Planner::lookup_ns(10, 90_000, 0);
        assert_eq!(Planner::narrowing_ns(lookup_ns, 90_000, 7), LOOKUP_NS + 10 * WORD_NS + 7 * SEEK_NS);
        assert_eq!(Planner::narrowing_ns(lookup_ns, 90_000, 1_000_000), lookup_ns, "the list is walked for many rows");
        assert_eq!([1, u64::MAX].map(Planner::shared_ns), [1, SHARED_NS], "many keywords share the rest");
    }

    #[test]
    fn rows_are_cached_that_take_ten_microseconds_to_find() {
        let planner = Planner::CHEAPEST;
        assert!(planner.caches_union(1, 5_000, 0) && !planner.caches_union(1, 4_990, 0), "many rows");
        assert!(planner.caches_union(667, 0, 0) && !planner.caches_union(666, 0, 0), "many lists");
        assert!(planner.caches_union(0, 0, 10_000) && !planner.caches_union(0, 0, 9_999), "rows of joined words");
        assert!(planner.caches_union(300, 2_000, 1_500) && !planner.caches_union(300, 2_000, 1_499), "some of each");
        assert!(planner.caches_probe(2_500) && !planner.caches_probe(2_499), "rows that are tried one by one");
        assert!(Planner::is_broad_union(0, 50_000) && !Planner::is_broad_union(0, 49_999), "of several words");
        let forced = Planner::forcing(AccessPath::KeywordCounts);
        assert!(forced.caches_probe(0) && forced.caches_union(0, 0, 0), "a test that wants counts gets them");
        assert_eq!(Planner::joined_ns(7, 0), 7 * JOINED_ROW_NS);
        assert_eq!(Planner::joined_ns(7, 9), 7 * JOINED_ROW_NS + 9 * JOINED_NAME_NS);
    }

    #[test]
    fn rows_of_several_words_are_cached_by_the_cost_of_the_cheaper_way() {
        let words = |rows_sum| [WordStatistics { lists: 1, rows_sum, is_cached: false, is_in_names: false }; 2];
        let cost = |rows_sum| Planner::intersection_ns(64_000, &words(rows_sum));
        assert_eq!(
            cost(100),
            2 * LIST_NS + 100 * PROBE_NS + 100 * ROW_NS,
            "few rows are probed, in a list that is walked"
        );
        let with_long = [words(100)[0], words(60_000)[0]];
        let searched_ns = 2 * LIST_NS + 100 * PROBE_NS + 100 * SEEK_NS;
        assert_eq!(Planner::intersection_ns(64_000, &with_long), searched_ns, "in a list that is searched");
        assert_eq!(cost(60_000), 2 * LIST_NS + 120_000 * ROW_NS + 2_000 * BITMAP_WORD_NS, "many are united");
        let caches = |joined_ns| Planner::CHEAPEST.caches_intersection(64_000, &words(100), joined_ns);
        assert!(caches(CACHED_MIN_NS - cost(100)) && !caches(CACHED_MIN_NS - cost(100) - 1));
    }

    #[test]
    fn few_rows_are_listed_and_the_records_of_few_rows_are_read() {
        assert!(Planner::lists_rows(1_000_000, 1_900) && !Planner::lists_rows(1_000_000, 2_000));
        assert!(Planner::reads_records(10, 1_001) && !Planner::reads_records(10, 1_000));
    }

    #[test]
    fn the_larger_the_dictionary_the_more_words_are_compared_before_it_is_walked() {
        let compared_max = |edits_max| Planner::compared_words_max(40_000, edits_max);
        assert_eq!([1, 2].map(compared_max), [400, 2_000].map(|words| words + COMPARED_WORDS_MIN));
        assert_eq!(Planner::compared_words_max(0, 1), COMPARED_WORDS_MIN);
    }

    #[test]
    fn counts_cost_a_pass_over_the_counts_of_all_blocks() {
        let counts_ns = TIMELINE_NS + 1_100_000 / COUNTED_ROWS_A_NS;
        let counted = LabelStatistics { is_counted: true, ..labels(Some(900_000), 1, 900_000) };
        let of_labels = estimates(&Statistics::Labels(counted));
        assert_eq!(of_labels[0], PathEstimate { path: AccessPath::LabelCounts, cost_ns: counts_ns });
        let Statistics::Keyword(keyword) = statistics(1_000_000, 0, RowsAtHand::InLists, &[(1, 900_000)]) else {
            panic!("these are statistics of a keyword");
        };
        let of_keyword = estimates(&Statistics::Keyword(KeywordStatistics { is_counted: true, ..keyword }));
        assert_eq!(of_keyword[0], PathEstimate { path: AccessPath::KeywordCounts, cost_ns: counts_ns });
    }
}
