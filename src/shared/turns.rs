//! Whose turn it is to write: one thread at a time, in the order in which they came.
//!
//! It is no mutex around something: a writer works on a copy of its own and needs only to be alone. A turn is handed
//! from one thread to the next, so nobody who comes later can take it in between; `std`'s mutex promises no order.

use std::collections::VecDeque;

use super::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, ThreadId, current};

/// The order of the writers.
#[derive(Default)]
pub(super) struct Turns {
    line: Mutex<Line>,
}

// Invariants:
//   somebody waits => somebody writes
#[derive(Default)]
struct Line {
    writing: Option<ThreadId>,
    waiting: VecDeque<Arc<Place>>,
}

/// A thread's place in the line. It sleeps here and not by `park`, which would swallow an `unpark` that a runtime meant
/// for the same thread.
struct Place {
    thread: ThreadId,
    has_turn: Mutex<bool>,
    given: Condvar,
}

impl Place {
    fn new(thread: ThreadId) -> Self {
        Self { thread, has_turn: Mutex::new(false), given: Condvar::new() }
    }

    fn wait(&self) {
        let mut has_turn = self.has_turn.lock().unwrap_or_else(PoisonError::into_inner);
        while !*has_turn {
            has_turn = self.given.wait(has_turn).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn give_turn(&self) {
        *self.has_turn.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.given.notify_one();
    }
}

impl Turns {
    /// Waits until all who came before are done. The turn ends when what is given back is dropped, also by a panic.
    ///
    /// # Panics
    /// If this thread has the turn already: it would wait for itself.
    pub(super) fn take(&self) -> Turn<'_> {
        if let Some(place) = self.line_up() {
            place.wait();
        }
        Turn { turns: self }
    }

    /// How many wait for the turn.
    pub(super) fn waiting(&self) -> usize {
        self.line().waiting.len()
    }

    /// Takes the turn if it is free, a place in the line otherwise.
    fn line_up(&self) -> Option<Arc<Place>> {
        let thread = current().id();
        let mut line = self.line();
        let Some(writing) = line.writing else {
            line.writing = Some(thread);
            return None;
        };
        if writing == thread {
            // Before the panic, or the lock would be poisoned by it.
            drop(line);
            panic!(
                "a write inside a write of the same store would wait for itself; use the store that the closure is given"
            );
        }
        let place = Arc::new(Place::new(thread));
        line.waiting.push_back(Arc::clone(&place));
        Some(place)
    }

    fn pass_on(&self) {
        let mut line = self.line();
        let next = line.waiting.pop_front();
        line.writing = next.as_ref().map(|place| place.thread);
        drop(line);
        if let Some(place) = next {
            place.give_turn();
        }
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        // Nothing panics under this lock but the allocator, and a place that was not taken breaks nothing.
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The turn; whoever holds it is the only writer.
pub(super) struct Turn<'a> {
    turns: &'a Turns,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.turns.pass_on();
    }
}
