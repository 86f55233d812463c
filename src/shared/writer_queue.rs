//! The queue of writers: one thread writes at a time, in the order of arrival.
//!
//! The queue guards no value: a writer works on a copy of its own and only needs to be the only one. A writer hands the
//! permit to the next thread in the queue, so a later thread can't overtake; the mutex of `std` promises no order.

use std::collections::VecDeque;

use super::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, ThreadId, current};

/// A first-in, first-out queue of threads that want to write.
#[derive(Default)]
pub(super) struct WriterQueue {
    queue: Mutex<Queue>,
}

// Invariants:
//   waiting is not empty => writing is Some
#[derive(Default)]
struct Queue {
    writing: Option<ThreadId>,
    waiting: VecDeque<Arc<WaitingWriter>>,
}

/// A thread in the queue. It sleeps on a condition variable of its own. `park` would not do: it could consume an `unpark`
/// that a runtime meant for the same thread.
struct WaitingWriter {
    thread: ThreadId,
    has_permit: Mutex<bool>,
    granted: Condvar,
}

impl WaitingWriter {
    fn new(thread: ThreadId) -> Self {
        Self { thread, has_permit: Mutex::new(false), granted: Condvar::new() }
    }

    fn wait(&self) {
        let mut has_permit = self.has_permit.lock().unwrap_or_else(PoisonError::into_inner);
        while !*has_permit {
            has_permit = self.granted.wait(has_permit).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn grant(&self) {
        *self.has_permit.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.granted.notify_one();
    }
}

impl WriterQueue {
    /// Waits until all earlier writers are done. The permit ends when it is dropped, by a panic too.
    ///
    /// # Panics
    /// If this thread holds the permit already: it would wait for itself.
    pub(super) fn acquire(&self) -> WritePermit<'_> {
        if let Some(writer) = self.enqueue() {
            writer.wait();
        }
        WritePermit { queue: self }
    }

    /// How many threads wait for the permit.
    pub(super) fn waiting_len(&self) -> usize {
        self.lock().waiting.len()
    }

    /// Takes the permit if it is free (`None`), or joins the queue.
    fn enqueue(&self) -> Option<Arc<WaitingWriter>> {
        let thread = current().id();
        let mut queue = self.lock();
        let Some(writing) = queue.writing else {
            queue.writing = Some(thread);
            return None;
        };
        if writing == thread {
            // Before the panic, which would poison the lock.
            drop(queue);
            panic!(
                "a write inside a write of the same store would wait for itself; use the store that the closure is given"
            );
        }
        let writer = Arc::new(WaitingWriter::new(thread));
        queue.waiting.push_back(Arc::clone(&writer));
        Some(writer)
    }

    /// Hands the permit to the first thread of the queue. `writing` names that thread before it wakes up, so the permit
    /// is never free in between.
    fn release(&self) {
        let mut queue = self.lock();
        let next = queue.waiting.pop_front();
        queue.writing = next.as_ref().map(|writer| writer.thread);
        drop(queue);
        if let Some(writer) = next {
            writer.grant();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        // A poisoned queue is a valid one: only an allocation can panic under this lock, and it comes before any change.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The permit to write. One exists at a time.
pub(super) struct WritePermit<'a> {
    queue: &'a WriterQueue,
}

impl Drop for WritePermit<'_> {
    fn drop(&mut self) {
        self.queue.release();
    }
}
