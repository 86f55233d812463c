//! A sorted array in one allocation, which its clones share.
//!
//! ```text
//! clones ──> [ references | length | elements … | room ]
//! ```
//! `Arc<Vec<T>>` needs two allocations: 16 bytes more, and whoever reads an element waits for memory twice. A store has a hundred
//! thousand such arrays, and most searches wait for some of them.

use std::iter;

use triomphe::{Arc, ThinArc};

/// Elements that ascend strictly.
// Invariants:
//   as_slice() ascends strictly; the header is its length, and no more than the elements that are allocated
#[derive(Clone, Debug)]
pub(crate) struct SharedArray<T>(ThinArc<usize, T>);

impl<T: Copy + Default + Ord> SharedArray<T> {
    /// An array of elements that ascend strictly, with no more room than it needs.
    pub(crate) fn new(elements: &[T]) -> Self {
        debug_assert!(elements.is_sorted(), "elements ascend");
        Self(ThinArc::from_header_and_slice(elements.len(), elements))
    }

    /// An array of elements that ascend strictly, and another that belongs at an index, with room for a quarter more.
    pub(crate) fn with(elements: &[T], at: usize, element: T) -> Self {
        let (before, behind) = elements.split_at(at);
        Self::joined([before, &[element], behind], elements.len() + 2 + elements.len() / 4)
    }

    #[inline]
    pub(crate) fn as_slice(&self) -> &[T] {
        &self.0.slice[..self.0.header.header]
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.0.header.header
    }

    #[inline]
    pub(crate) fn contains(&self, element: T) -> bool {
        self.as_slice().binary_search(&element).is_ok()
    }

    /// Adds an element; false if it was there. The array grows by a quarter, not by doubling: most are short, and most of the
    /// memory of a store is such arrays.
    pub(crate) fn insert(&mut self, element: T) -> bool {
        let elements = self.as_slice();
        let at = match elements.last() {
            Some(&last) if last >= element => match elements.binary_search(&element) {
                Ok(_) => return false,
                Err(at) => at,
            },
            _ => elements.len(),
        };
        let len = self.len();
        let is_inserted = self.capacity() > len
            && self.change(|elements| {
                elements.copy_within(at..len, at + 1);
                elements[at] = element;
                len + 1
            });
        if !is_inserted {
            *self = Self::with(self.as_slice(), at, element);
        }
        true
    }

    /// Takes an element out; false if it was not there. Gives back room if more than half is free.
    pub(crate) fn remove(&mut self, element: T) -> bool {
        let Ok(at) = self.as_slice().binary_search(&element) else { return false };
        let (len, capacity) = (self.len() - 1, self.capacity());
        let is_roomy = capacity > 2 * len + 8;
        let is_removed = !is_roomy
            && self.change(|elements| {
                elements.copy_within(at + 1..=len, at);
                len
            });
        if !is_removed {
            let capacity = if is_roomy { len + 4 } else { capacity };
            let (before, behind) = self.as_slice().split_at(at);
            *self = Self::joined([before, &behind[1..], &[]], capacity);
        }
        true
    }

    /// Gives back all room.
    pub(crate) fn shrink_to_fit(&mut self) {
        if self.capacity() > self.len() {
            *self = Self::new(self.as_slice());
        }
    }

    fn capacity(&self) -> usize {
        self.0.slice.len()
    }

    /// Changes the elements and the room behind them in place, and sets the length that `change` gives. False, and no change, if
    /// a clone shares them.
    fn change(&mut self, change: impl FnOnce(&mut [T]) -> usize) -> bool {
        self.0.with_arc_mut(|array| {
            let Some(array) = Arc::get_mut(array) else { return false };
            *array.header_mut() = change(array.slice_mut());
            true
        })
    }

    fn joined(parts: [&[T]; 3], capacity: usize) -> Self {
        let mut array = Self(ThinArc::from_header_and_iter(0, iter::repeat_n(T::default(), capacity)));
        array.change(|elements| {
            let mut len = 0;
            for part in parts {
                elements[len..len + part.len()].copy_from_slice(part);
                len += part.len();
            }
            len
        });
        array
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::SharedArray;

    proptest! {
        #[test]
        fn an_array_is_a_sorted_set_and_its_clones_stay(
            first in prop::collection::btree_set(0..60_u16, 0..9),
            steps in prop::collection::vec((0..5_u8, 0..60_u16), 1..200),
        ) {
            let mut array = SharedArray::new(&first.iter().copied().collect::<Vec<_>>());
            let mut model: BTreeSet<u16> = first;
            let mut clones = Vec::new();
            for (step, element) in steps {
                match step {
                    0 | 1 => prop_assert_eq!(array.insert(element), model.insert(element)),
                    2 => prop_assert_eq!(array.remove(element), model.remove(&element)),
                    3 => clones.push((array.clone(), model.clone())),
                    _ => array.shrink_to_fit(),
                }
                prop_assert!(array.capacity() <= 2 * array.len() + 10, "room for {} at {}", array.capacity(), array.len());
            }
            clones.push((array, model));
            for (array, model) in clones {
                prop_assert_eq!(array.len(), model.len());
                prop_assert!(array.as_slice().iter().eq(&model));
                prop_assert!((0..60).all(|element| array.contains(element) == model.contains(&element)));
            }
        }
    }
}
