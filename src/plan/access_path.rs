//! The ways to an answer, by name.

use serde::Serialize;

/// A way to the answer of a query. Every way that can answer a query gives the same answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum AccessPath {
    /// The keyword is no job's ID and matches no name, or no job has a label that is asked for: the list is empty.
    Nothing,
    /// The keyword is a job ID and matches no name.
    JobId,
    /// There is no keyword: counts per cell along the timeline lead to the page.
    Timeline,
    /// Few jobs pass the filters: each one's name is looked up among the words that match.
    FilterScan,
    /// At most 16 rows match the keyword, or have the rarest label: each is tried against the filters, and those that pass are sorted by time.
    FewRows,
    /// Few jobs match the keyword: each row is tried against the filters on its way into a bitmap.
    KeywordProbe,
    /// The posting lists of the keyword are united in a bitmap, which is AND-ed with the bitmaps of the filters.
    KeywordBitmap,
    /// The rows of a broad keyword are cached and counted: counts per block lead to the page, as without a keyword.
    KeywordCounts,
    /// Few jobs have the rarest label that is asked for: each row is tried against the filters on its way into a bitmap.
    LabelProbe,
    /// The posting lists of the labels are AND-ed with each other and with the bitmaps of the filters, and counted by block.
    LabelBitmap,
    /// The rows of the labels were counted lately: counts per block lead to the page, as without labels.
    LabelCounts,
}

impl AccessPath {
    /// All paths.
    pub const ALL: &'static [Self] = &[
        Self::Nothing,
        Self::JobId,
        Self::Timeline,
        Self::FilterScan,
        Self::FewRows,
        Self::KeywordProbe,
        Self::KeywordBitmap,
        Self::KeywordCounts,
        Self::LabelProbe,
        Self::LabelBitmap,
        Self::LabelCounts,
    ];

    /// The name of this path in an explanation.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::JobId => "job-id",
            Self::Timeline => "timeline",
            Self::FilterScan => "filter-scan",
            Self::FewRows => "few-rows",
            Self::KeywordProbe => "keyword-probe",
            Self::KeywordBitmap => "keyword-bitmap",
            Self::KeywordCounts => "keyword-counts",
            Self::LabelProbe => "label-probe",
            Self::LabelBitmap => "label-bitmap",
            Self::LabelCounts => "label-counts",
        }
    }
}

/// The estimated cost of an access path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PathEstimate {
    /// The path.
    pub path: AccessPath,
    /// Its cost in nanoseconds as the planner estimates it. Only ratios count.
    pub cost_ns: u64,
}
