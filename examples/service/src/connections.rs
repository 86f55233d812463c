//! The open connections, and which of them gives way when there are too many.
//!
//! ```text
//! new connection: fewer than the limit → a place
//!                 an idle one          → the place of the idlest, which is closed
//!                 all are busy         → a spare place, for health and metrics only
//!                 no spare place       → waits until one is free
//! ```
//! A connection is idle from its start until the head of a request has arrived, and between two requests. So clients that
//! open connections and send nothing can lock nobody out.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::sync::Notify;

/// The time of a connection that is not idle.
const BUSY: u64 = u64::MAX;

/// All open connections.
#[derive(Debug)]
pub(crate) struct Connections {
    table: Mutex<Table>,
    /// Told when a place is free, or when a connection becomes idle.
    room: Notify,
    begin: Instant,
    max: usize,
    spare_max: usize,
}

// Invariants:
//   places.len() ≤ max, spare ≤ spare_max
#[derive(Debug, Default)]
struct Table {
    places: HashMap<u64, Arc<Place>>,
    spare: usize,
    next: u64,
}

/// The place of a connection.
#[derive(Debug, Default)]
pub(crate) struct Place {
    /// Nanoseconds from the start of the service to the moment since which the connection is idle, or [`BUSY`].
    idle_since: AtomicU64,
    /// Whether a response is being made. Unlike `idle_since`, it ends when the response is ready.
    is_answering: AtomicBool,
    shed: Notify,
}

impl Place {
    /// Marks the start of a request.
    pub(crate) fn begin(&self) {
        self.idle_since.store(BUSY, Ordering::Relaxed);
        self.is_answering.store(true, Ordering::Relaxed);
    }

    /// Marks that the answer is ready, at least its head.
    pub(crate) fn answered(&self) {
        self.is_answering.store(false, Ordering::Relaxed);
    }

    /// Whether a request waits for its answer.
    pub(crate) fn is_answering(&self) -> bool {
        self.is_answering.load(Ordering::Relaxed)
    }

    /// Waits until the connection is to give way to another.
    pub(crate) async fn shed(&self) {
        self.shed.notified().await;
    }
}

/// A place that is taken; dropping it frees the place.
#[derive(Debug)]
pub(crate) struct Taken {
    connections: Arc<Connections>,
    pub(crate) place: Arc<Place>,
    /// The number of the place in the table; `None` for a spare place.
    number: Option<u64>,
}

impl Taken {
    /// Whether the connection may ask only for health and metrics.
    pub(crate) fn is_spare(&self) -> bool {
        self.number.is_none()
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        let mut table = self.connections.locked();
        match self.number {
            // A place that was shed is no longer in the table.
            Some(number) => drop(table.places.remove(&number)),
            None => table.spare -= 1,
        }
        drop(table);
        self.connections.room.notify_one();
    }
}

impl Connections {
    pub(crate) fn new(max: usize, spare_max: usize) -> Arc<Self> {
        Arc::new(Self { table: Mutex::default(), room: Notify::new(), begin: Instant::now(), max, spare_max })
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn nanos(&self) -> u64 {
        u64::try_from(self.begin.elapsed().as_nanos()).unwrap_or(BUSY - 1)
    }

    /// Marks that a connection has no request to answer.
    pub(crate) fn idle(&self, place: &Place) {
        place.idle_since.store(self.nanos(), Ordering::Relaxed);
    }

    /// Waits for a place.
    pub(crate) async fn enter(self: &Arc<Self>) -> Taken {
        /// A connection that becomes idle tells nobody, because that would cost each request a lock.
        const AGAIN: std::time::Duration = std::time::Duration::from_millis(20);
        loop {
            if let Some(taken) = self.try_enter() {
                return taken;
            }
            let _ = tokio::time::timeout(AGAIN, self.room.notified()).await;
        }
    }

    fn try_enter(self: &Arc<Self>) -> Option<Taken> {
        let mut table = self.locked();
        if table.places.len() >= self.max && !table.shed_idlest() {
            if table.spare >= self.spare_max {
                return None;
            }
            table.spare += 1;
            return Some(Taken { connections: Arc::clone(self), place: Arc::default(), number: None });
        }
        let place = Arc::new(Place { idle_since: AtomicU64::new(self.nanos()), ..Place::default() });
        let number = table.next;
        table.next += 1;
        table.places.insert(number, Arc::clone(&place));
        Some(Taken { connections: Arc::clone(self), place, number: Some(number) })
    }
}

impl Table {
    /// Tells the connection that has been idle for longest to close, and frees its place; false if all are busy.
    ///
    /// Costs O(connections), about 10 µs for the 4,096 of the limit, once per new connection over the limit.
    fn shed_idlest(&mut self) -> bool {
        let idle = |place: &Place| Some(place.idle_since.load(Ordering::Relaxed)).filter(|&since| since != BUSY);
        let each = self.places.iter().filter_map(|(&number, place)| Some((idle(place)?, number)));
        let Some((_, number)) = each.min() else { return false };
        if let Some(place) = self.places.remove(&number) {
            place.shed.notify_one();
        }
        true
    }
}
