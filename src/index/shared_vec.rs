//! An array whose clones share what they have in common.
//!
//! A tree with [`FANOUT`] children a node; the elements stand in its leaves:
//! ```text
//! root ─┬─ inner ─┬─ leaf [T; 32]
//!       │         └─ leaf [T; 32]
//!       └─ inner ── …
//! ```
//! A clone copies one pointer. A write copies the nodes on one path where another clone holds them, and writes in place
//! where none does (Driscoll, Sarnak, Sleator and Tarjan, "Making Data Structures Persistent", 1989). Elements that were
//! never written are absent and take no room, so it serves sparse numbers too. It is not a list: nothing is inserted
//! between elements.

use std::array;
use std::fmt;
use std::sync::Arc;

/// Children a node: a path copy touches this many reference counts a level, so wider nodes make writes beside a snapshot
/// dearer, and narrower ones make the way to a leaf longer.
const FANOUT: usize = 1 << FANOUT_BITS;
const FANOUT_BITS: u32 = 5;

/// A sparse array of `T` by index.
// Invariants:
//   a node at height h > 0 is Empty or Inner; at height 0 it is Empty or Leaf
//   an element that was never written is absent, or equals T::default() beside one that was
pub(crate) struct SharedVec<T> {
    root: Node<T>,
    height: u32,
}

enum Node<T> {
    Empty,
    Leaf(Arc<[T; FANOUT]>),
    Inner(Arc<[Node<T>; FANOUT]>),
}

impl<T> SharedVec<T> {
    /// The element at `index`, if it or a neighbour in its leaf was ever written. Costs one hop a level: 4 at a million
    /// elements.
    #[inline]
    pub(crate) fn get(&self, index: usize) -> Option<&T> {
        if index >> (FANOUT_BITS * (self.height + 1)) != 0 {
            return None;
        }
        let mut node = &self.root;
        let mut shift = FANOUT_BITS * self.height;
        loop {
            match node {
                Node::Empty => return None,
                Node::Leaf(elements) => return Some(&elements[index % FANOUT]),
                Node::Inner(children) => node = &children[(index >> shift) % FANOUT],
            }
            shift = shift.wrapping_sub(FANOUT_BITS);
        }
    }

    /// How many indexes can be reached without another level.
    fn reach(&self) -> usize {
        1 << (FANOUT_BITS * (self.height + 1))
    }
}

impl<T: Clone + Default> SharedVec<T> {
    /// The element at `index` for writing, `T::default()` where it was absent.
    #[inline]
    pub(crate) fn get_mut(&mut self, index: usize) -> &mut T {
        while index >= self.reach() {
            self.grow();
        }
        let mut node = &mut self.root;
        let mut shift = FANOUT_BITS * self.height;
        while shift > 0 {
            node = &mut node.children_mut()[(index >> shift) % FANOUT];
            shift -= FANOUT_BITS;
        }
        &mut node.elements_mut()[index % FANOUT]
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

impl<T: Clone + Default> Node<T> {
    fn children_mut(&mut self) -> &mut [Node<T>; FANOUT] {
        if let Node::Empty = self {
            *self = Node::Inner(Arc::new(array::from_fn(|_| Node::Empty)));
        }
        match self {
            Node::Inner(children) => Arc::make_mut(children),
            Node::Leaf(_) | Node::Empty => unreachable!("a node above the leaves is an inner node"),
        }
    }

    fn elements_mut(&mut self) -> &mut [T; FANOUT] {
        if let Node::Empty = self {
            *self = Node::Leaf(Arc::new(array::from_fn(|_| T::default())));
        }
        match self {
            Node::Leaf(elements) => Arc::make_mut(elements),
            Node::Inner(_) | Node::Empty => unreachable!("a node at height 0 is a leaf"),
        }
    }
}

impl<T> Clone for SharedVec<T> {
    fn clone(&self) -> Self {
        Self { root: self.root.clone(), height: self.height }
    }
}

impl<T> Clone for Node<T> {
    fn clone(&self) -> Self {
        match self {
            Node::Empty => Node::Empty,
            Node::Leaf(elements) => Node::Leaf(Arc::clone(elements)),
            Node::Inner(children) => Node::Inner(Arc::clone(children)),
        }
    }
}

impl<T> Default for SharedVec<T> {
    fn default() -> Self {
        Self { root: Node::Empty, height: 0 }
    }
}

impl<T> fmt::Debug for SharedVec<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedVec").field("height", &self.height).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::SharedVec;

    #[test]
    fn what_was_written_is_read_and_the_rest_is_absent() {
        let mut array = SharedVec::<u32>::default();
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
        let mut array = SharedVec::<u32>::default();
        (0..5_000).for_each(|index| *array.get_mut(index) = 1);
        let before = array.clone();
        (0..5_000).step_by(7).for_each(|index| *array.get_mut(index) = 2);
        assert!((0..5_000).all(|index| before.get(index) == Some(&1)));
        assert!((0..5_000).all(|index| array.get(index) == Some(&if index % 7 == 0 { 2 } else { 1 })));
    }
}
