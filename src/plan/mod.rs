//! The planner: which way to the answer is the cheapest.
//!
//! It sees numbers, never a row: a bad estimate makes an answer slow, not wrong. Every path gives the same answer, and a
//! test forces each. Estimates are in nanoseconds as measured on one machine; only their ratios matter.

pub(crate) mod cost;
mod explanation;

pub(crate) use explanation::Actual;
pub use explanation::{Explanation, PathEstimate, WordExplanation};

use serde::Serialize;

use crate::index::words::{LIST_NS, ROW_NS};

/// A way to the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum AccessPath {
    /// The keyword is no job's ID and matches no name: the list is empty.
    Nothing,
    /// The keyword is a job ID and matches no name.
    JobId,
    /// No keyword: counts per cell along the timeline lead to the page.
    Timeline,
    /// Few jobs pass the filters: each one's name is looked up among the words that match.
    FilterScan,
    /// Few jobs match the keyword: each is probed against the filters.
    KeywordProbe,
    /// The posting lists of the keyword, united in a bitmap, AND the bitmaps of the filters.
    KeywordBitmap,
    /// The rows of a broad word are kept and counted: counts per cell lead to the page, as without a keyword.
    KeywordCounts,
}

impl AccessPath {
    /// All paths.
    pub const ALL: &'static [Self] = &[
        Self::Nothing,
        Self::JobId,
        Self::Timeline,
        Self::FilterScan,
        Self::KeywordProbe,
        Self::KeywordBitmap,
        Self::KeywordCounts,
    ];

    /// The name of this path in an explanation.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::JobId => "job-id",
            Self::Timeline => "timeline",
            Self::FilterScan => "filter-scan",
            Self::KeywordProbe => "keyword-probe",
            Self::KeywordBitmap => "keyword-bitmap",
            Self::KeywordCounts => "keyword-counts",
        }
    }
}

/// What the planner knows of a query and a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Statistics {
    /// Rows that can be numbered: what a bitmap covers.
    pub(crate) row_numbers: u64,
    /// Jobs that pass the facet filters and the time range, exactly.
    pub(crate) passing: u64,
    /// What is known of the keyword, where there is one.
    pub(crate) keyword: Option<KeywordStatistics>,
}

/// What the planner knows of a keyword.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeywordStatistics {
    /// Jobs whose ID is the keyword.
    pub(crate) id_hits: u64,
    /// One entry per word of the keyword that a name must match; none where no name can.
    pub(crate) words: Vec<WordStatistics>,
    /// Whether all rows that match are kept and counted.
    pub(crate) is_counted: bool,
}

/// What the planner knows of one word of a keyword.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WordStatistics {
    /// Words of the dictionary that match it.
    pub(crate) lists: u64,
    /// The lengths of their posting lists, added up.
    pub(crate) rows_sum: u64,
    /// Whether their rows are kept as one list.
    pub(crate) is_kept: bool,
    /// Whether it was looked for in the names of the rows that match the others, and nothing above is known.
    pub(crate) is_in_names: bool,
}

/// The way chosen, and what each would have cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) path: AccessPath,
    /// The paths that can answer the query, the cheapest first.
    pub(crate) estimates: Vec<PathEstimate>,
}

impl Plan {
    /// The only plan of a query without a keyword.
    pub(crate) fn timeline() -> Self {
        Self {
            path: AccessPath::Timeline,
            estimates: vec![PathEstimate { path: AccessPath::Timeline, cost_ns: TIMELINE_NS }],
        }
    }

    /// Chooses the cheapest path that can answer.
    pub(crate) fn new(statistics: &Statistics) -> Self {
        let mut estimates = match &statistics.keyword {
            None => return Self::timeline(),
            Some(keyword) if keyword.words.is_empty() && keyword.id_hits == 0 => {
                vec![PathEstimate { path: AccessPath::Nothing, cost_ns: 0 }]
            }
            Some(keyword) if keyword.words.is_empty() => {
                vec![PathEstimate { path: AccessPath::JobId, cost_ns: keyword.id_hits * PROBE_NS }]
            }
            Some(keyword) => keyword_estimates(statistics, keyword),
        };
        estimates.sort_by_key(|estimate| estimate.cost_ns);
        Self { path: estimates[0].path, estimates }
    }

    /// The plan with another path, if that can answer too.
    pub(crate) fn forced(mut self, path: AccessPath) -> Option<Self> {
        self.path = self.estimates.iter().find(|estimate| estimate.path == path)?.path;
        Some(self)
    }
}

/// A walk down the sums and the blocks of a page.
const TIMELINE_NS: u64 = 400;
/// A row fetched from a posting list and tried against the filters.
const PROBE_NS: u64 = 4;
/// A row looked for in another posting list.
const SEEK_NS: u64 = 10;
/// A word of 64 rows AND-ed with the filters and counted.
const BITMAP_WORD_NS: u64 = 2;
/// Rows of the blocks whose counts are added up in a nanosecond, where the page is somewhere between both ends.
const BLOCKS_COUNTED_ROWS: u64 = 512;
/// A name folded and its words looked up.
const NAME_NS: u64 = 600;

/// A name folded and searched for several words, in any script.
const NAME_WORDS_NS: u64 = 1_500;
/// What a word that may have typos costs more.
const NAME_TYPO_NS: u64 = 400;

/// What it costs to find the rows of a keyword, by trying row after row and by bitmaps.
fn keyword_costs(row_numbers: u64, words: &[WordStatistics]) -> (u64, u64) {
    let words = || words.iter().filter(|word| !word.is_in_names);
    let lists: u64 = words().map(|word| word.lists).sum();
    let rows: u64 = words().map(|word| word.rows_sum).sum();
    let rarest = words().map(|word| word.rows_sum).min().unwrap_or(0);
    let opening = lists * LIST_NS;
    let others = words().map(|word| word.rows_sum.min(rarest.saturating_mul(word.lists))).sum::<u64>() - rarest;
    let bitmap_words = row_numbers / 64 * words().count() as u64 * BITMAP_WORD_NS;
    let united = if words().all(|word| word.is_kept) { 0 } else { opening + rows * ROW_NS };
    (opening + rarest * PROBE_NS + others * SEEK_NS, united + bitmap_words)
}

/// How the rows of several words are intersected.
pub(crate) fn intersection_path(row_numbers: u64, words: &[WordStatistics]) -> AccessPath {
    let (probe, bitmap) = keyword_costs(row_numbers, words);
    if probe <= bitmap { AccessPath::KeywordProbe } else { AccessPath::KeywordBitmap }
}

/// What it costs to intersect the rows of several words, in nanoseconds.
pub(crate) fn intersection_ns(row_numbers: u64, words: &[WordStatistics]) -> u64 {
    let (probe, bitmap) = keyword_costs(row_numbers, words);
    probe.min(bitmap)
}

/// Whether the words of a keyword that are left, some of which may have typos, are better looked for in the names of the
/// rows found so far than the next one in the dictionary, where that takes so long. What is left after it is mostly less,
/// so the others do not count.
pub(crate) fn are_names_cheaper(rows: u64, typos: usize, lookup_ns: u64) -> bool {
    rows.saturating_mul(NAME_WORDS_NS + typos as u64 * NAME_TYPO_NS) < lookup_ns
}

fn keyword_estimates(statistics: &Statistics, keyword: &KeywordStatistics) -> Vec<PathEstimate> {
    let words = keyword.words.as_slice();
    let (probe, bitmap) = keyword_costs(statistics.row_numbers, words);
    let mut estimates = vec![
        PathEstimate { path: AccessPath::KeywordProbe, cost_ns: probe },
        PathEstimate { path: AccessPath::KeywordBitmap, cost_ns: bitmap },
    ];
    // With several words the rung was chosen by intersecting them: the rows are there, a scan would come on top.
    if words.len() == 1 {
        estimates.push(PathEstimate { path: AccessPath::FilterScan, cost_ns: statistics.passing * NAME_NS });
    }
    if keyword.is_counted {
        let cost_ns = TIMELINE_NS + statistics.row_numbers / BLOCKS_COUNTED_ROWS;
        estimates.push(PathEstimate { path: AccessPath::KeywordCounts, cost_ns });
    }
    estimates
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(passing: u64, keyword: Option<(u64, &[(u64, u64)])>) -> AccessPath {
        let keyword = keyword.map(|(id_hits, words)| KeywordStatistics {
            id_hits,
            words: words
                .iter()
                .map(|&(lists, rows_sum)| WordStatistics { lists, rows_sum, is_kept: lists == 1, is_in_names: false })
                .collect(),
            is_counted: false,
        });
        Plan::new(&Statistics { row_numbers: 1_100_000, passing, keyword }).path
    }

    #[test]
    fn each_path_is_chosen_where_it_is_cheapest() {
        let all = 1_000_000;
        assert_eq!(chosen(all, None), AccessPath::Timeline);
        assert_eq!(chosen(all, Some((0, &[]))), AccessPath::Nothing);
        assert_eq!(chosen(all, Some((1, &[]))), AccessPath::JobId);
        assert_eq!(chosen(all, Some((0, &[(3, 900)]))), AccessPath::KeywordProbe, "a rare word");
        assert_eq!(chosen(all, Some((0, &[(3_000, 220_000)]))), AccessPath::KeywordBitmap, "a broad word");
        assert_eq!(chosen(12, Some((0, &[(3_000, 220_000)]))), AccessPath::FilterScan, "a broad word, few jobs");
        assert_eq!(chosen(all, Some((0, &[(1, 50), (1, 220_000)]))), AccessPath::KeywordProbe, "rare and broad");
        assert_eq!(chosen(12, Some((0, &[(9, 200_000), (9, 200_000)]))), AccessPath::KeywordBitmap, "two broad words");
    }

    #[test]
    fn a_path_that_can_not_answer_is_not_forced() {
        let plan = Plan::new(&Statistics { row_numbers: 0, passing: 0, keyword: None });
        assert!(plan.clone().forced(AccessPath::Timeline).is_some());
        assert!(plan.forced(AccessPath::KeywordBitmap).is_none());
    }
}
