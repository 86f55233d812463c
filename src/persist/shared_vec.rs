//! A sparse array whose clones share their equal parts.
//!
//! A tree; the elements stand in its leaves:
//! ```text
//! root ─┬─ inner ─┬─ leaf [T; LEAF]
//!       │         └─ leaf [T; LEAF]
//!       └─ inner ── …
//! ```
//! A clone copies one pointer. A write copies the nodes on one path where another clone holds them, and writes in place
//! where none does (Driscoll, Sarnak, Sleator and Tarjan, "Making Data Structures Persistent", 1989). Elements that were
//! never written are absent and take no memory, so the array serves sparse numbers too. It is not a list: nothing can be
//! inserted between two elements.
//!
//! The copy of a node raises the reference count of each of its children, and the drop of the other copy lowers it: one
//! atomic addition for each child and time. An array that is often written beside snapshots has
//! few children a node for that reason. An array that is mostly read has many: the way to a leaf is shorter.

use std::array;
use std::fmt;
use std::sync::Arc;

use super::prefetch::read_together;

/// A sparse array of `T` by index, with `LEAF` elements a leaf and `FANOUT` children a node: powers of two.
// Invariants:
//   a node at height h > 0 is Empty or Inner; at height 0 it is Empty or Leaf
//   an element that was never written is absent, or equals T::default() beside one that was
pub(crate) struct SharedVec<T, const LEAF: usize = 32, const FANOUT: usize = 32> {
    root: VecNode<T, LEAF, FANOUT>,
    height: u32,
}

enum VecNode<T, const LEAF: usize, const FANOUT: usize> {
    Empty,
    Leaf(Arc<[T; LEAF]>),
    Inner(Arc<[VecNode<T, LEAF, FANOUT>; FANOUT]>),
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
        self.leaf(index).map(|elements| &elements[index % LEAF])
    }

    /// The elements of the leaf of `index`: those from `index / LEAF * LEAF` on. Costs as much as one of them.
    #[inline]
    pub(crate) fn leaf(&self, index: usize) -> Option<&[T; LEAF]> {
        if index >= self.reach() {
            return None;
        }
        let mut node = &self.root;
        let mut shift = Self::LEAF_BITS + Self::FANOUT_BITS * self.height;
        loop {
            shift = shift.wrapping_sub(Self::FANOUT_BITS);
            match node {
                VecNode::Empty => return None,
                VecNode::Leaf(elements) => return Some(elements),
                VecNode::Inner(children) => node = &children[(index >> shift) % FANOUT],
            }
        }
    }

    /// The elements of the leaf that a write to this element copies; `None` where the write copies no leaf.
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
                VecNode::Empty => return None,
                VecNode::Leaf(elements) => return (is_shared || Arc::strong_count(elements) > 1).then_some(elements),
                VecNode::Inner(children) => {
                    is_shared |= Arc::strong_count(children) > 1;
                    node = &children[(index >> shift) % FANOUT];
                }
            }
        }
    }

    /// How many indexes the tree has at its height.
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
        if !matches!(self.root, VecNode::Empty) {
            let old_root = std::mem::replace(&mut self.root, VecNode::Empty);
            self.root.children_mut()[0] = old_root;
        }
        self.height += 1;
    }
}

impl<T: Clone + Default, const LEAF: usize, const FANOUT: usize> VecNode<T, LEAF, FANOUT> {
    fn children_mut(&mut self) -> &mut [Self; FANOUT] {
        if let VecNode::Empty = self {
            *self = VecNode::Inner(Arc::new(array::from_fn(|_| VecNode::Empty)));
        }
        match self {
            VecNode::Inner(children) => {
                if Arc::strong_count(children) > 1 {
                    // The counts are raised one by one. The processor waits for many plain reads at once, but for atomic additions one
                    // after another.
                    read_together(children.iter().map(Self::references));
                }
                Arc::make_mut(children)
            }
            VecNode::Leaf(_) | VecNode::Empty => unreachable!("a node above the leaves is an inner node"),
        }
    }

    fn elements_mut(&mut self) -> &mut [T; LEAF] {
        if let VecNode::Empty = self {
            *self = VecNode::Leaf(Arc::new(array::from_fn(|_| T::default())));
        }
        match self {
            VecNode::Leaf(elements) => Arc::make_mut(elements),
            VecNode::Inner(_) | VecNode::Empty => unreachable!("a node at height 0 is a leaf"),
        }
    }

    fn references(&self) -> usize {
        match self {
            VecNode::Empty => 0,
            VecNode::Leaf(elements) => Arc::strong_count(elements),
            VecNode::Inner(children) => Arc::strong_count(children),
        }
    }
}

impl<T, const LEAF: usize, const FANOUT: usize> Clone for SharedVec<T, LEAF, FANOUT> {
    fn clone(&self) -> Self {
        Self { root: self.root.clone(), height: self.height }
    }
}

impl<T, const LEAF: usize, const FANOUT: usize> Clone for VecNode<T, LEAF, FANOUT> {
    fn clone(&self) -> Self {
        match self {
            VecNode::Empty => VecNode::Empty,
            VecNode::Leaf(elements) => VecNode::Leaf(Arc::clone(elements)),
            VecNode::Inner(children) => VecNode::Inner(Arc::clone(children)),
        }
    }
}

impl<T, const LEAF: usize, const FANOUT: usize> Default for SharedVec<T, LEAF, FANOUT> {
    fn default() -> Self {
        Self { root: VecNode::Empty, height: 0 }
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
    fn written_elements_are_read_and_all_others_are_absent() {
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
    fn a_clone_does_not_see_later_writes() {
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
    fn a_write_copies_a_leaf_only_where_a_clone_holds_it() {
        let mut array = SharedVec::<u32, 4, 4>::default();
        (0..100).for_each(|index| *array.get_mut(index) = 7);
        assert_eq!(array.copied_by_write(42), None);
        let clone = array.clone();
        assert_eq!(array.copied_by_write(42), Some(&[7; 4]));
        *array.get_mut(42) = 8;
        assert_eq!(array.copied_by_write(42), None, "copied already");
        assert_eq!(array.copied_by_write(3), Some(&[7; 4]), "the node above is copied already, this leaf is not");
        assert_eq!(clone.get(42), Some(&7));
    }
}
