//! The numbers that the planner sees: facts that the lookup gathered about a query and a store.

use super::access_path::AccessPath;

/// The facts from which the path is chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Statistics {
    /// The query has no keyword: one path answers it.
    NoKeyword,
    /// The query has conditions on labels, and no keyword.
    Labels(LabelStatistics),
    /// The query has a keyword.
    Keyword(KeywordStatistics),
}

/// The facts about a query with conditions on labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LabelStatistics {
    /// Rows that can be numbered: how many bits a bitmap has.
    pub(crate) row_numbers: u64,
    /// Rows of the condition that accepts the fewest, at most; `None` where all conditions refuse rows.
    pub(crate) rarest_rows: Option<u64>,
    /// Conditions.
    pub(crate) clauses: u64,
    /// Posting lists of all conditions.
    pub(crate) lists: u64,
    /// Their lengths, added up.
    pub(crate) rows_sum: u64,
    /// Whether the rows that match were counted by block.
    pub(crate) is_counted: bool,
}

/// The facts about a query with a keyword.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeywordStatistics {
    /// Rows that can be numbered: how many bits a bitmap has.
    pub(crate) row_numbers: u64,
    /// Jobs that pass the facet filters and the time range, exactly.
    pub(crate) passing: u64,
    /// Jobs whose ID is the keyword.
    pub(crate) id_hits: u64,
    /// One entry per word of the keyword that a name must match; none where no name can.
    pub(crate) words: Vec<WordStatistics>,
    /// The form in which the rows that match are at hand.
    pub(crate) rows: RowsAtHand,
    /// Whether the rows that match are cached and counted by block.
    pub(crate) is_counted: bool,
}

/// The form in which the rows that match a keyword are at hand when the path is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowsAtHand {
    /// In posting lists that are not united yet. The rows of one word are.
    InLists,
    /// Listed: several words were intersected row by row, and these many are left.
    Listed(u64),
    /// In a bitmap: several words were intersected by AND.
    InBitmap,
}

impl RowsAtHand {
    /// Whether a path can answer because the rows are at hand already: they can be sorted, tried or AND-ed.
    pub(crate) fn answers_by(self, path: AccessPath) -> bool {
        let is_of_rows = matches!(path, AccessPath::FewRows | AccessPath::KeywordProbe | AccessPath::KeywordBitmap);
        self != Self::InLists && is_of_rows
    }
}

/// The facts about one word of a keyword.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WordStatistics {
    /// Words of the dictionary that match it.
    pub(crate) lists: u64,
    /// The lengths of their posting lists, added up.
    pub(crate) rows_sum: u64,
    /// Whether its rows are cached as one list.
    pub(crate) is_cached: bool,
    /// Whether it was searched for in the names of the rows that match the others. Then nothing above is known.
    pub(crate) is_in_names: bool,
}

impl WordStatistics {
    /// The statistics of a word that was searched for in names.
    pub(crate) const IN_NAMES: Self = Self { lists: 0, rows_sum: 0, is_cached: false, is_in_names: true };

    /// Those of a word, or of all, whose rows are one list.
    pub(crate) fn of_one_list(rows: u64) -> Self {
        Self { lists: 1, rows_sum: rows, is_cached: false, is_in_names: false }
    }
}
