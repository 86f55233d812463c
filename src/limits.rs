//! Every limit of the crate, each with its reason.
//!
//! A limit is part of the contract. Input over a limit returns an error that names the field, the value and the limit,
//! and leaves the store unchanged. Lengths are in bytes of UTF-8, unless the name says otherwise.

/// Longest job ID, in bytes. A keyword may be a job ID, so no ID may be longer than the longest keyword.
pub const JOB_ID_BYTES_MAX: usize = 128;

/// Longest job name, in bytes. People type names. A kilobyte leaves room for any script and bounds the work of one
/// write.
pub const NAME_BYTES_MAX: usize = 1024;

/// Longest name, in characters after folding. A kilobyte of `ﷺ` folds to over 6,000 characters, and one write of such a name
/// took a third of a second. Names that people type fold to about as many characters as they have.
pub const NAME_FOLDED_CHARS_MAX: usize = 2048;

/// Longest keyword, in characters after trimming. It bounds the work of one request.
pub const KEYWORD_CHARS_MAX: usize = 128;

/// Longest keyword, in bytes before trimming. It bounds the white space around a keyword, and the memory of a request.
pub const KEYWORD_BYTES_MAX: usize = 4096;

/// Most words that a correction names for one word of a keyword with a typo. More words would not help a reader.
pub const CORRECTION_WORDS_MAX: usize = 5;

/// Most near spellings that are suggested for one keyword.
pub const SUGGESTIONS_MAX: usize = 3;

/// First page number. The API counts pages from one.
pub const PAGE_NO_MIN: u64 = 1;

/// Smallest page size.
pub const PAGE_SIZE_MIN: u32 = 1;

/// Largest page size. The API has the same limit.
pub const PAGE_SIZE_MAX: u32 = 100;

/// Page size of a request that names none. The API has the same default.
pub const PAGE_SIZE_DEFAULT: u32 = 10;

/// Longest text of a cursor, in bytes. A real cursor is under 300 bytes: a job ID, a time and two checksums.
pub const CURSOR_BYTES_MAX: usize = 512;

/// Most jobs that a store holds. A row number has 32 bits, which is 2²² blocks of 1,024 rows. Two neighbouring blocks
/// hold more than 256 jobs together, which is at least 128 a block on average. The limit is 128 jobs in each of the 2²²
/// blocks.
pub const JOBS_MAX: usize = 1 << 29;

/// Default number of changes in the history of a shared store, which feeds read. A change holds at most two records,
/// and history is the last owner of some of them. That is about 10 MB, and more than a second at 10,000 writes a
/// second.
pub const HISTORY_CHANGES_DEFAULT: usize = 16_384;
