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

/// Longest key of a label, in bytes. A key is a short name, such as `queue`. The limit bounds the memory of keys that
/// records choose freely.
pub const LABEL_KEY_BYTES_MAX: usize = 128;

/// Longest value of a label, in bytes. It leaves room for a path or an address and, as for names, bounds the work of one
/// write.
pub const LABEL_VALUE_BYTES_MAX: usize = 1024;

/// Most labels of a record. Each label costs a look-up and an entry of a posting list, so it bounds the work of one write.
pub const LABELS_MAX: usize = 64;

/// Most label clauses of a query. Each clause is one more posting list to intersect, so it bounds the work of one request.
pub const LABEL_CLAUSES_MAX: usize = 32;

/// Most values of a label clause. The posting lists of the values are united, so it bounds the work of one clause.
pub const LABEL_CLAUSE_VALUES_MAX: usize = 256;

/// Most values that a count of labels returns. It bounds the size of one response.
pub const LABEL_COUNTS_MAX: usize = 1000;

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

/// Largest page size of a store that was given no other maximum. The API has the same limit.
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

/// Most facets of a record. Eight values of eight facets are a row of 16 bytes.
pub const FACETS_MAX: usize = 8;

/// Most combinations of facet values, which is the product of the numbers of values. The store counts jobs for each
/// combination, so that it can tell totals and find pages without a walk. A facet with more values is better a label.
pub const COMBINATIONS_MAX: usize = 1_000;

/// Largest page size that a store may be given as its maximum. A page of 10,000 jobs is one vector of 80 KB. A caller
/// that wants more jobs at once reads all of them, by `iter`.
pub const PAGE_SIZE_BOUND: u32 = 10_000;

/// Longest query string that is read as a query, in bytes. Servers and browsers allow 8 to 64 KB.
pub const QUERY_STRING_BYTES_MAX: usize = 1 << 16;

/// Most parameters of a query string that is read as a query, and most values of a query in JSON. It bounds the work of
/// one request.
pub const QUERY_PARAMETERS_MAX: usize = 1_024;

/// Longest line of JSON that an import reads, in bytes. A file without line ends must not fill the memory. A job has under a
/// kilobyte.
#[cfg(feature = "durable")]
pub const LINE_BYTES_MAX: usize = 16 << 20;
