//! Every limit of the crate, each with its reason.
//!
//! A limit is part of the contract: input over it is refused with an error that names the field, the value and the
//! limit, and leaves everything as it was. Lengths are in bytes of UTF-8 unless the name says otherwise.

/// Longest job ID, in bytes. A keyword may be a job ID, so no ID may be longer than the longest keyword.
pub const JOB_ID_BYTES_MAX: usize = 128;

/// Longest job name, in bytes. Names are typed by people; a kilobyte leaves room for any script and bounds the work of
/// one write.
pub const NAME_BYTES_MAX: usize = 1024;

/// Longest keyword, in characters after trimming. It bounds the work of one request.
pub const KEYWORD_CHARS_MAX: usize = 128;

/// Longest raw keyword, in bytes before trimming: a bound on the white space around it, and on what a request keeps.
pub const KEYWORD_BYTES_MAX: usize = 4096;

/// Most words that are told to stand in for one word of a keyword with a typo. More are no help to who reads them.
pub const CORRECTION_WORDS_MAX: usize = 5;

/// First page number. The API counts pages from one.
pub const PAGE_NO_MIN: u64 = 1;

/// Smallest page size.
pub const PAGE_SIZE_MIN: u32 = 1;

/// Largest page size, as the API has it.
pub const PAGE_SIZE_MAX: u32 = 100;

/// Page size when none is asked for, as the API has it.
pub const PAGE_SIZE_DEFAULT: u32 = 10;

/// Longest text of a cursor, in bytes. A real one is under 300: a job ID, a time and two checksums.
pub const CURSOR_BYTES_MAX: usize = 512;

/// Most jobs a store can hold. Row numbers are 32 bits wide, 2²² blocks of 1,024 rows. Two neighbouring blocks have more than
/// 256 jobs together, 128 each on average at the least, and those are what it can promise.
pub const JOBS_MAX: usize = 1 << 29;

/// Most changes that a shared store keeps for those who follow it, unless it is told otherwise. Each holds two records at
/// most, some of which nobody else holds any more: 10 MB or so, and more than a second at 10,000 writes a second.
pub const HISTORY_CHANGES_DEFAULT: usize = 16_384;
