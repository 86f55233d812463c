//! Every constant by which one way to an answer is weighed against another.
//!
//! Costs are in nanoseconds on one core, at a million jobs; only their ratios matter. A wrong constant makes an answer slow and
//! never wrong. Each constant says what was measured.
//!
//! "Measured by forcing" means that requests ran by a forced path, on a million jobs with real names, without the keyword
//! cache. "Estimated" means that no measurement stands behind the value.
//!
//! Sizes of structures, such as rows a block or entries a leaf, stand with their structures.

/// A walk down the sums, and the blocks of a page. Measured: a whole list without a keyword takes 230 to 450 ns.
pub(super) const TIMELINE_NS: u64 = 400;

/// A posting list opened: one or two cache misses, some of them waited for together. Estimated.
pub(super) const LIST_NS: u64 = 15;

/// A row of a posting list put into a bitmap. Measured by forcing: 0.9 ns in the one long list of `tv`, more in short lists.
pub(super) const ROW_NS: u64 = 2;

/// A row of a posting list tried against the filters on its way into a bitmap. Measured by forcing: 2.5 to 4 ns, for
/// 2,500 to 230,000 rows.
pub(super) const PROBE_NS: u64 = 4;

/// A row searched for in another posting list. Estimated.
pub(super) const SEEK_NS: u64 = 10;

/// A bitmap word of 64 rows AND-ed with the filters and counted. Measured by forcing: 1.2 to 1.6 ns.
pub(super) const BITMAP_WORD_NS: u64 = 2;

/// A bitmap taken, its blocks put in order and counted, and cleared again. Estimated.
pub(super) const BITMAP_NS: u64 = 400;

/// One of few rows, tried against the filters and sorted by time: two cache misses. Estimated.
pub(super) const FEW_ROW_NS: u64 = 20;

/// Rows up to which they are sorted one by one rather than put into a bitmap. Estimated: the bitmap costs a walk over
/// its blocks, and the sort a cache miss or two a row.
pub(crate) const FEW_ROWS_MAX: usize = 16;

/// Rows of the blocks whose counts are added up in a nanosecond, where a page lies between both ends. Estimated.
pub(super) const COUNTED_ROWS_A_NS: u64 = 512;

/// Rows of the posting lists of labels that are put into bitmaps in a nanosecond, span by span, where the lists do not lend
/// bitmaps. Estimated.
pub(super) const LISTED_ROWS_A_NS: u64 = 4;

/// A record read, and one of its labels counted: two or three cache misses. Estimated.
pub(super) const RECORD_NS: u64 = 200;

/// A name folded and its words looked up in the dictionary. Estimated from the time of folding.
pub(super) const NAME_NS: u64 = 600;

/// A name fetched and searched for several words. Measured: 80 to 160 ns for names of which most are ASCII and lack a letter that
/// is wanted; others are folded, which takes four times as long.
pub(super) const NAME_WORDS_NS: u64 = 120;

/// The cost that a word with typos adds to [`NAME_WORDS_NS`]. Estimated.
pub(super) const NAME_TYPO_NS: u64 = 100;

/// A word looked up, whatever it matches: its grams, its place in the trie, and the ways to cut it. Measured: 7 to 15 µs for the two
/// words of a keyword together, in cold memory.
pub(super) const LOOKUP_NS: u64 = 8_000;

/// A word of the dictionary found, and its rows united, about. Estimated.
pub(super) const WORD_NS: u64 = 30;

/// The words of the dictionary found that a word matches with typos, and their rows united. Measured: a whole
/// request with one typo takes 16 to 22 µs where grams find the words, and some hundred where the trie is walked.
pub(super) const TYPOS_NS: u64 = 100_000;

/// Rows that cost as much as this to find are cached. Estimated: bringing cached rows up
/// to date after a few writes costs less.
pub(super) const CACHED_MIN_NS: u64 = 10_000;

/// The price of looking up a single letter or digit, at most: what it costs more is spread over the other keywords that have it,
/// because its rows are cached. Estimated.
pub(super) const SHARED_NS: u64 = 50_000;

/// Rows of one of several words that take as long as this to unite are cached too. Estimated.
pub(super) const BROAD_UNION_NS: u64 = 100_000;

/// Bytes of changed names that are read to bring cached rows up to date, once for each word of the keyword. The bytes before
/// and after folding count, and of ASCII an eighth of the bytes, since ASCII folds many times faster.
///
/// The limit bounds the work to a millisecond or two, also where a name of ligatures folds to eleven times its length.
pub(crate) const REFRESHED_BYTES_MAX: usize = 16 * 1024;

/// Rows of the first of several words up to which they are listed before another word is looked up. Estimated: reading the
/// names of so many rows takes as long as uniting the rows of a broad word.
pub(super) const LISTED_ALONE_MAX: u64 = 256;

/// Rows from which on the names of jobs that pass the filters are read first. Estimated: the names of fewer are read together.
pub(super) const PASSING_FIRST_MIN: usize = 32;

/// Bits of a bitmap that are walked in the time in which a row is listed and sorted. Estimated.
pub(super) const LISTED_ROW_BITS: u64 = 512;

/// A name read, folded and searched for words that are joined. Names are fetched from memory some at a time. Estimated.
pub(super) const JOINED_NAME_NS: u64 = 150;

/// A row of one posting list searched for in another, with the order of the words of its name. Estimated.
pub(super) const JOINED_ROW_NS: u64 = 10;

/// Ways to cut a text up to which each way is searched by itself, and the rows that are searched for in all ways up to which it
/// is. Of more, all first words and all second words are united, so that names which were made for it do not have the same
/// lists walked for each way. Estimated: at most some milliseconds.
pub(crate) const CUTS_MAX: usize = 256;
pub(crate) const JOINED_ROWS_MAX: usize = 1 << 19;

/// Pairs of words that are looked up in a filter to cut a text. Of more, all first and all second words are united too. Estimated: at
/// most a millisecond.
pub(crate) const CUT_PAIRS_MAX: usize = 1 << 14;

/// Words of the dictionary for each one whose text can be compared in the time in which the trie is walked, by the number of
/// typos allowed. Estimated.
pub(super) const WALKED_PER_COMPARED: [usize; 3] = [usize::MAX, 100, 20];

/// Words of the dictionary that are compared rather than walked to however small the dictionary is. Estimated.
pub(super) const COMPARED_WORDS_MIN: usize = 16;

/// Rows of a posting list that are walked in the time of one search in it. Estimated.
pub(crate) const WALKED_ROWS_PER_SEARCH: u64 = 4;

/// Blocks up to which they are put in time order; of more, all blocks of the store are walked in order. Estimated.
pub(crate) const SORTED_BLOCKS_MAX: usize = 64;

/// Rows of a block for each value of all facets up to which their cells are read one by one; of more, the block's bits are
/// AND-ed with the bitmap of each value. Estimated.
pub(crate) const ROWS_READ_PER_VALUE: usize = 8;

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

/// Rows of a block up to which the rank of each is looked up; of more, all slots of the block are walked in order. Estimated.
pub(crate) const SCATTERED_HITS_MAX: usize = 48;

/// Blocks of a bitmap that are cleared in one pass in the time that a single block takes. Estimated.
pub(crate) const CLEARED_PER_BLOCK: usize = 4;

/// Values of a hash bucket up to which all pairs are compared for equal hashes, on a bulk load. In a larger bucket equal hashes
/// are taken for granted. Four times the values that a bucket has on average.
pub(crate) const COMPARED_VALUES_MAX: usize = 96;
