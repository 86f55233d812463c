//! The shape of a span with few numbers: a sorted array of their offsets from the start of the span.

use std::sync::Arc;

use crate::rows::bits::SPAN_NUMBERS;
use crate::rows::postings::sorted::insert_sorted;

/// Offsets of a sparse span at most: of more, the bitmap is smaller.
pub(super) const SPARSE_MAX: usize = SPAN_NUMBERS / 16;

/// The offsets of a span, shared between clones.
// Invariants:
//   strictly ascending, not empty, at most SPARSE_MAX
#[derive(Clone, Debug)]
pub(super) struct SparseSpan(Arc<Vec<u16>>);

impl SparseSpan {
    /// A span of offsets that ascend strictly.
    pub(super) fn new(offsets: Vec<u16>) -> Self {
        debug_assert!((1..=SPARSE_MAX).contains(&offsets.len()));
        Self(Arc::new(offsets))
    }

    #[inline]
    pub(super) fn offsets(&self) -> &[u16] {
        &self.0
    }

    pub(super) fn contains(&self, offset: u16) -> bool {
        self.0.binary_search(&offset).is_ok()
    }

    pub(super) fn is_full(&self) -> bool {
        self.0.len() == SPARSE_MAX
    }

    /// Adds an offset; false if it was there. The span is not full.
    pub(super) fn insert(&mut self, offset: u16) -> bool {
        insert_sorted(Arc::make_mut(&mut self.0), offset)
    }

    /// Takes out an offset that is there, and is not the only one.
    pub(super) fn remove(&mut self, offset: u16) {
        let offsets = Arc::make_mut(&mut self.0);
        let at = offsets.partition_point(|&other| other < offset);
        offsets.remove(at);
    }

    pub(super) fn shrink_to_fit(&mut self) {
        Arc::make_mut(&mut self.0).shrink_to_fit();
    }
}
