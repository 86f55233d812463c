//! One change of a store's root, in place or on a copy.

use std::sync::Arc;

use crate::job::Record;
use crate::store::root::{Moves, Root};

/// A change of a root that has begun and is not finished.
///
/// A change that moves no other rows reads all records before it touches anything, so it happens in place. Any other change
/// reads records in between, and a record that panics would leave the root half changed. So that change happens on a copy:
/// [`finish`](Self::finish) puts the copy in the place of the root, and a panic before that drops it.
pub(super) struct RootEdit<'a, J> {
    target: &'a mut Arc<Root<J>>,
    copy: Option<Root<J>>,
}

impl<'a, J: Record> RootEdit<'a, J> {
    pub(super) fn new(target: &'a mut Arc<Root<J>>, moves: Moves) -> Self {
        let copy = (moves == Moves::Possible).then(|| Root::clone(target));
        Self { target, copy }
    }

    /// The root to change. The parts that a snapshot shares are copied when they are written.
    pub(super) fn root(&mut self) -> &mut Root<J> {
        match &mut self.copy {
            Some(copy) => copy,
            None => Arc::make_mut(self.target),
        }
    }

    /// Makes the change the store's. The replaced root is freed unless a snapshot holds it.
    pub(super) fn finish(self) {
        if let Some(copy) = self.copy {
            *self.target = Arc::new(copy);
        }
    }
}
