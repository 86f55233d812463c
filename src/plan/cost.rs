//! The constants by which the engine chooses the cheaper of two ways to the same answer.
//!
//! A constant here never changes an answer, only the time that it takes. Each says which ways it compares, in which unit, and
//! what was measured; "estimated" means that no measurement stands behind the value. Sizes of structures, such as the
//! entries of a leaf, are with the structures.

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
