//! An array whose clones share what they have in common.
//!
//! A tree; the elements stand in its leaves:
//! ```text
//! root ─┬─ inner ─┬─ leaf [T; LEAF]
//!       │         └─ leaf [T; LEAF]
//!       └─ inner ── …
//! ```
//! A clone copies one pointer. A write copies the nodes on one path where another clone holds them, and writes in place
//! where none does (Driscoll, Sarnak, Sleator and Tarjan, "Making Data Structures Persistent", 1989). Elements that were
//! never written are absent and take no room, so it serves sparse numbers too. It is not a list: nothing is inserted
//! between elements.
//!
//! The copy of a node counts a reference to each of its children, up when it is made and down when the other goes, a
//! locked addition each. So what is written beside snapshots all the time has few children a node, and what is mostly
//! looked up has many, for a short way to a leaf.

use std::array;
use std::fmt;
use std::hint::black_box;
use std::sync::Arc;

/// A sparse array of `T` by index, with `LEAF` elements a leaf and `FANOUT` children a node: powers of two.
// Invariants:
//   a node at height h > 0 is Empty or Inner; at height 0 it is Empty or Leaf
//   an element that was never written is absent, or equals T::default() beside one that was
pub(crate) struct SharedVec<T, const LEAF: usize = 32, const FANOUT: usize = 32> {
    root: Node<T, LEAF, FANOUT>,
    height: u32,
}

enum Node<T, const LEAF: usize, const FANOUT: usize> {
    Empty,
    Leaf(Arc<[T; LEAF]>),
    Inner(Arc<[Node<T, LEAF, FANOUT>; FANOUT]>),
}

impl<T, const LEAF: usize, const FANOUT: usize> SharedVec<T, LEAF, FANOUT> {
    const FANOUT_BITS: u32 = {
        assert!(LEAF.is_power_of_two() && FANOUT.is_power_of_two(), "an index is cut by bits");
        FANOUT.trailing_zeros()
    };
    const LEAF_BITS: u32 = LEAF.trailing_zeros();

    /// The element at `index`, if it or a neighbour in its leaf was ever written. Costs one hop a level: 4 or 5 at a
    /// million elements.
    #[inline]
    pub(crate) fn get(&self, index: usize) -> Option<&T> {
        if index >= self.reach() {
            return None;
        }
        let mut node = &self.root;
        let mut shift = Self::LEAF_BITS + Self::FANOUT_BITS * self.height;
        loop {
            shift = shift.wrapping_sub(Self::FANOUT_BITS);
            match node {
                Node::Empty => return None,
                Node::Leaf(elements) => return Some(&elements[index % LEAF]),
                Node::Inner(children) => node = &children[(index >> shift) % FANOUT],
            }
        }
    }

    /// All elements that a write to this one copies: none where no clone holds them too.
    pub(crate) fn copied_by_write(&self, index: usize) -> Option<&[T; LEAF]> {
        if index >= self.reach() {
            return None;
        }
        let mut node = &self.root;
        let mut is_shared = false;
        let mut shift = Self::LEAF_BITS + Self::FANOUT_BITS * self.height;
        loop {
            shift = shift.wrapping_sub(Self::FANOUT_BITS);
            match node {
                Node::Empty => return None,
                Node::Leaf(elements) => return (is_shared || Arc::strong_count(elements) > 1).then_some(elements),
                Node::Inner(children) => {
                    is_shared |= Arc::strong_count(children) > 1;
                    node = &children[(index >> shift) % FANOUT];
                }
            }
        }
    }

    /// How many indexes can be reached without another level.
    #[inline]
    fn reach(&self) -> usize {
        1 << (Self::LEAF_BITS + Self::FANOUT_BITS * self.height)
    }
}

impl<T: Clone + Default, const LEAF: usize, const FANOUT: usize> SharedVec<T, LEAF, FANOUT> {
    /// The element at `index` for writing, `T::default()` where it was absent.
    #[inline]
    pub(crate) fn get_mut(&mut self, index: usize) -> &mut T {
        while index >= self.reach() {
            self.grow();
        }
        let mut node = &mut self.root;
        let mut shift = Self::LEAF_BITS + Self::FANOUT_BITS * self.height;
        while shift > Self::LEAF_BITS {
            shift -= Self::FANOUT_BITS;
            node = &mut node.children_mut()[(index >> shift) % FANOUT];
        }
        &mut node.elements_mut()[index % LEAF]
    }

    /// Adds a level above the root.
    fn grow(&mut self) {
        if !matches!(self.root, Node::Empty) {
            let old_root = std::mem::replace(&mut self.root, Node::Empty);
            self.root.children_mut()[0] = old_root;
        }
        self.height += 1;
    }
}

impl<T: Clone + Default, const LEAF: usize, const FANOUT: usize> Node<T, LEAF, FANOUT> {
    fn children_mut(&mut self) -> &mut [Self; FANOUT] {
        if let Node::Empty = self {
            *self = Node::Inner(Arc::new(array::from_fn(|_| Node::Empty)));
        }
        match self {
            Node::Inner(children) => {
                if Arc::strong_count(children) > 1 {
                    touch(children.iter().map(Self::references));
                }
                Arc::make_mut(children)
            }
            Node::Leaf(_) | Node::Empty => unreachable!("a node above the leaves is an inner node"),
        }
    }

    fn elements_mut(&mut self) -> &mut [T; LEAF] {
        if let Node::Empty = self {
            *self = Node::Leaf(Arc::new(array::from_fn(|_| T::default())));
        }
        match self {
            Node::Leaf(elements) => Arc::make_mut(elements),
            Node::Inner(_) | Node::Empty => unreachable!("a node at height 0 is a leaf"),
        }
    }

    fn references(&self) -> usize {
        match self {
            Node::Empty => 0,
            Node::Leaf(elements) => Arc::strong_count(elements),
            Node::Inner(children) => Arc::strong_count(children),
        }
    }
}

/// Reads reference counts that are about to be raised one by one. They lie far apart: plain reads wait for memory all
/// together, where locked additions would wait one after the other.
pub(crate) fn touch(references: impl Iterator<Item = usize>) {
    black_box(references.fold(0, usize::wrapping_add));
}

impl<T, const LEAF: usize, const FANOUT: usize> Clone for SharedVec<T, LEAF, FANOUT> {
    fn clone(&self) -> Self {
        Self { root: self.root.clone(), height: self.height }
    }
}

impl<T, const LEAF: usize, const FANOUT: usize> Clone for Node<T, LEAF, FANOUT> {
    fn clone(&self) -> Self {
        match self {
            Node::Empty => Node::Empty,
            Node::Leaf(elements) => Node::Leaf(Arc::clone(elements)),
            Node::Inner(children) => Node::Inner(Arc::clone(children)),
        }
    }
}

impl<T, const LEAF: usize, const FANOUT: usize> Default for SharedVec<T, LEAF, FANOUT> {
    fn default() -> Self {
        Self { root: Node::Empty, height: 0 }
    }
}

impl<T, const LEAF: usize, const FANOUT: usize> fmt::Debug for SharedVec<T, LEAF, FANOUT> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedVec").field("height", &self.height).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::SharedVec;

    #[test]
    fn what_was_written_is_read_and_the_rest_is_absent() {
        check_reads(SharedVec::<u32>::default());
        check_reads(SharedVec::<u32, 32, 8>::default());
    }

    fn check_reads<const FANOUT: usize>(mut array: SharedVec<u32, 32, FANOUT>) {
        for index in [0, 31, 32, 1023, 1024, 40_000, 3_000_000] {
            *array.get_mut(index) = u32::try_from(index).expect("small") + 1;
        }
        for index in [0, 31, 32, 1023, 1024, 40_000, 3_000_000] {
            assert_eq!(array.get(index).copied(), u32::try_from(index + 1).ok());
        }
        assert_eq!(array.get(1), Some(&0), "a neighbour in a written leaf has the default");
        assert_eq!(array.get(5_000), None);
        assert_eq!(array.get(usize::MAX), None);
    }

    #[test]
    fn a_clone_keeps_what_it_had() {
        check_clones(SharedVec::<u32>::default());
        check_clones(SharedVec::<u32, 8, 4>::default());
    }

    fn check_clones<const LEAF: usize, const FANOUT: usize>(mut array: SharedVec<u32, LEAF, FANOUT>) {
        (0..5_000).for_each(|index| *array.get_mut(index) = 1);
        let before = array.clone();
        (0..5_000).step_by(7).for_each(|index| *array.get_mut(index) = 2);
        assert!((0..5_000).all(|index| before.get(index) == Some(&1)));
        assert!((0..5_000).all(|index| array.get(index) == Some(&if index % 7 == 0 { 2 } else { 1 })));
    }

    #[test]
    fn a_write_copies_a_leaf_that_a_clone_holds_and_none_that_is_its_own() {
        let mut array = SharedVec::<u32, 4, 4>::default();
        (0..100).for_each(|index| *array.get_mut(index) = 7);
        assert_eq!(array.copied_by_write(42), None);
        let clone = array.clone();
        assert_eq!(array.copied_by_write(42), Some(&[7; 4]));
        *array.get_mut(42) = 8;
        assert_eq!(array.copied_by_write(42), None, "copied already");
        assert_eq!(array.copied_by_write(3), Some(&[7; 4]), "its node is its own, and what stands there is not");
        assert_eq!(clone.get(42), Some(&7));
    }
}
