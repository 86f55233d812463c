//! Reads of memory that lies far apart, made together.
//!
//! A read of memory that is in no cache takes as long as some hundred instructions. The processor looks about as far ahead: it
//! waits for several reads at once only if few instructions lie between them, and no branch that it mispredicts. So who reads
//! many places finds them in one short loop, reads a little of each in the next one, which is [`read_together`], and does the
//! work in a third, whose memory is in the cache then.

use std::hint::black_box;

/// Places that are read together where there are many: more than a processor waits for at once, and so few that all stay in the
/// nearest cache.
pub(crate) const READ_TOGETHER: usize = 32;

/// Makes the reads of an iterator, each of which gives something that depends on what was read.
#[inline]
pub(crate) fn read_together(reads: impl Iterator<Item = usize>) {
    black_box(reads.fold(0, usize::wrapping_add));
}
