//! Every constant by which one way to an answer is weighed against another, each with what was measured.
//!
//! Costs are in nanoseconds on one core of the machine that the performance page names, at a million jobs; only their ratios
//! matter. A wrong constant makes an answer slow, never wrong. Sizes of structures, such as rows a block or entries a leaf,
//! stand with their structures.

/// A walk down the sums, and the blocks of a page. Measured: 0.23 to 0.45 µs for a whole list without a keyword.
pub(super) const TIMELINE_NS: u64 = 400;

/// A posting list opened: a cache miss or two. Measured by uniting 3,000 lists of one row.
pub(super) const LIST_NS: u64 = 15;

/// A row of a posting list put into a bitmap. Measured by uniting the lists of `tv`: 1 to 2 ns a row.
pub(super) const ROW_NS: u64 = 2;

/// A row of a posting list tried against the filters on its way into a bitmap. Measured by forcing the probe: 3 to 5 ns.
pub(super) const PROBE_NS: u64 = 4;

/// A row searched for in another posting list. Measured on pairs of a rare and a broad word: 8 to 15 ns.
pub(super) const SEEK_NS: u64 = 10;

/// A bitmap word of 64 rows AND-ed with the filters and counted. Measured by forcing the bitmap.
pub(super) const BITMAP_WORD_NS: u64 = 2;

/// A bitmap taken, its blocks put in order and counted, and cleared again. Estimated from a list of 17 rows against one of 16.
pub(super) const BITMAP_NS: u64 = 400;

/// One of few rows, tried against the filters and sorted by time: two cache misses. Estimated.
pub(super) const FEW_ROW_NS: u64 = 20;

/// Rows up to which they are sorted one by one rather than put into a bitmap. Measured: at 16 rows both take as long.
pub(crate) const FEW_ROWS_MAX: usize = 16;

/// Rows of the blocks whose counts are added up in a nanosecond, where a page lies between both ends. Measured on cached
/// keywords.
pub(super) const COUNTED_ROWS_A_NS: u64 = 512;

/// A name folded and its words looked up in the dictionary. Measured over the real names: 0.4 to 0.8 µs.
pub(super) const NAME_NS: u64 = 600;

/// A name folded and searched for several words, in any script. Measured over the real names.
pub(super) const NAME_WORDS_NS: u64 = 1_500;

/// What a word that may have typos adds to [`NAME_WORDS_NS`]. Measured with an automaton of two edits.
pub(super) const NAME_TYPO_NS: u64 = 400;

/// A word of the dictionary found, and its rows united, about. Measured over words of three to eight letters.
pub(super) const WORD_NS: u64 = 30;

/// The words of the dictionary found that a word matches with typos, and their rows united. Measured: 20 to 200 µs.
pub(super) const TYPOS_NS: u64 = 100_000;

/// Rows that cost as much as this to find are cached. Measured: to bring cached rows up to date takes 1 to 10 µs.
pub(super) const CACHED_MIN_NS: u64 = 10_000;

/// Bytes of changed names that are read to bring cached rows up to date, before and after folding, once for each word of the
/// keyword; an ASCII byte counts an eighth, since ASCII folds many times faster.
///
/// The limit bounds the work to a millisecond or two, also where a name of ligatures folds to eleven times its length.
pub(crate) const REFRESHED_BYTES_MAX: usize = 16 * 1024;

/// How often cached rows are asked for before they are counted by cell. Measured: to count rows takes as long as eight ANDs
/// with the filters.
pub(super) const ASKED_BEFORE_COUNTED: u32 = 8;

/// Words of a keyword that are looked up before the first two are intersected: as many as most keywords have. Estimated.
pub(super) const WORDS_TOGETHER_MAX: usize = 4;

/// Words of the dictionary for each one whose text can be compared in the time in which the trie is walked, by the number of
/// typos allowed. Measured over misspelled words of the real names.
pub(super) const WALKED_PER_COMPARED: [usize; 3] = [usize::MAX, 100, 20];

/// Words of the dictionary that are compared rather than walked to however small the dictionary is. Estimated.
pub(super) const COMPARED_WORDS_MIN: usize = 16;

/// Rows of a posting list that are walked in the time of one search in it. Measured on lists of 1,000 to 100,000 rows.
pub(crate) const WALKED_ROWS_PER_SEARCH: usize = 6;

/// Blocks up to which they are put in time order; of more, all blocks of the store are walked in order. Measured at a million
/// jobs.
pub(crate) const SORTED_BLOCKS_MAX: usize = 64;

/// Rows of a block up to which their cells are read one by one; of more, the block's bits are AND-ed with each value's.
/// Measured: at 96 rows both take as long.
pub(crate) const CELLS_READ_MAX: u16 = 96;

/// Words that have a gram, on average. The index of grams counts the grams that start with one character and multiplies by
/// this, to estimate how many words contain the character. Measured: 6.6, over the 27,948 distinct words of a list of real
/// channel names.
pub(crate) const GRAM_WORDS: usize = 8;

/// Compares two ways to narrow down the words that may contain a text. One probes the posting list of another gram for
/// each word. The other checks the text of each word at once. With at most so many words left, the check is taken.
///
/// The value is estimated. One measurement, in a test build on a busy machine, gave about 200 ns for a check and 31 ns for a
/// probe. A check costs about as much as six probes.
pub(crate) const TEXT_CHECKED_WORDS_MAX: usize = 16;

/// The cost of a further search for a swap of two characters, in words whose texts could be compared in that time. A
/// search with typos adds it to the words of two grams of which one swap changes both, and so prefers grams that need no
/// such search.
///
/// The value is estimated. One measurement, in a test build on a busy machine, gave 1,500 ns for a search with one typo and
/// 2,000 ns for the comparison of one word. The value may be too high.
pub(crate) const SWAP_WORDS: usize = 16;
