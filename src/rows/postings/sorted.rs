//! The shape of a list of medium length: one sorted array of numbers.

use std::sync::Arc;

/// A sorted array, shared between clones.
// Invariants:
//   strictly ascending
#[derive(Clone, Debug)]
pub(crate) struct Sorted(Arc<Vec<u32>>);

impl Sorted {
    /// An array of numbers that ascend strictly.
    pub(super) fn new(numbers: Vec<u32>) -> Self {
        Self(Arc::new(numbers))
    }

    #[inline]
    pub(super) fn as_slice(&self) -> &[u32] {
        &self.0
    }

    #[inline]
    pub(super) fn contains(&self, number: u32) -> bool {
        self.0.binary_search(&number).is_ok()
    }

    /// Adds a number; false if it was there.
    pub(super) fn insert(&mut self, number: u32) -> bool {
        insert_sorted(Arc::make_mut(&mut self.0), number)
    }

    /// Takes a number out; false if it was not there.
    pub(super) fn remove(&mut self, number: u32) -> bool {
        let Ok(at) = self.0.binary_search(&number) else { return false };
        let numbers = Arc::make_mut(&mut self.0);
        numbers.remove(at);
        if numbers.capacity() > 2 * numbers.len() + 8 {
            numbers.shrink_to(numbers.len() + 4);
        }
        true
    }

    pub(super) fn shrink_to_fit(&mut self) {
        Arc::make_mut(&mut self.0).shrink_to_fit();
    }
}

/// Inserts into an array that ascends strictly; false if the element was there. The array grows by a quarter, not by
/// doubling: most lists are short, and most of the memory of a store is posting lists.
pub(super) fn insert_sorted<T: Copy + Ord>(sorted: &mut Vec<T>, element: T) -> bool {
    let at = match sorted.last() {
        Some(&last) if last >= element => match sorted.binary_search(&element) {
            Ok(_) => return false,
            Err(at) => at,
        },
        _ => sorted.len(),
    };
    if sorted.len() == sorted.capacity() {
        sorted.reserve_exact(2 + sorted.len() / 4);
    }
    sorted.insert(at, element);
    true
}
