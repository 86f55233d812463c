//! The open connections, and which of them gives way when there are too many.
//!
//! ```text
//! new connection: fewer than the limit → a place
//!                 an idle one          → the place of the idlest, which is closed
//!                 all are busy         → a spare place, for health and metrics only, given in the same way
//!                 all spare are busy   → waits until a place is free
//! ```
//! A connection is idle from its start until the head of a request has arrived, and between two requests. So clients that
//! open connections and send nothing can lock nobody out.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

/// The time of a connection that is not idle.
const BUSY: u64 = u64::MAX;

/// The time between two looks at whether a connection is idle. One that becomes idle tells nobody, because that would cost
/// each request a lock.
const AGAIN: Duration = Duration::from_millis(20);

/// All open connections.
#[derive(Debug)]
pub(crate) struct Connections {
    table: Mutex<Table>,
    /// Told when a place is free.
    room: Notify,
    begin: Instant,
}

#[derive(Debug)]
struct Table {
    places: Places,
    spare: Places,
    next: u64,
}

/// Places of one kind, by number.
// Invariants:
//   open.len() ≤ max
#[derive(Debug)]
struct Places {
    open: HashMap<u64, Arc<Place>>,
    max: usize,
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

    /// Waits until the connection is to give way to another. A request that came in the same moment is answered first.
    pub(crate) async fn shed(&self) {
        self.shed.notified().await;
        while self.idle_since.load(Ordering::Relaxed) == BUSY {
            sleep(AGAIN).await;
        }
    }
}

/// A place that is taken; dropping it frees the place.
#[derive(Debug)]
pub(crate) struct Taken {
    connections: Arc<Connections>,
    pub(crate) place: Arc<Place>,
    number: u64,
    is_spare: bool,
}

impl Taken {
    /// Whether the connection may ask only for health and metrics.
    pub(crate) fn is_spare(&self) -> bool {
        self.is_spare
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        let mut table = self.connections.locked();
        // A place that was shed is no longer in the table.
        let places = if self.is_spare { &mut table.spare } else { &mut table.places };
        places.open.remove(&self.number);
        drop(table);
        self.connections.room.notify_one();
    }
}

impl Connections {
    pub(crate) fn new(max: usize, spare_max: usize) -> Arc<Self> {
        let [places, spare] = [max, spare_max].map(|max| Places { open: HashMap::new(), max });
        Arc::new(Self {
            table: Mutex::new(Table { places, spare, next: 0 }),
            room: Notify::new(),
            begin: Instant::now(),
        })
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
        loop {
            if let Some(taken) = self.try_enter() {
                return taken;
            }
            let _ = timeout(AGAIN, self.room.notified()).await;
        }
    }

    /// Closes the connection that has been idle for longest, for example because there are too many open files.
    pub(crate) fn make_room(&self) {
        self.locked().places.shed_idlest();
    }

    fn try_enter(self: &Arc<Self>) -> Option<Taken> {
        let mut table = self.locked();
        let is_spare = !table.places.has_room();
        if is_spare && !table.spare.has_room() {
            return None;
        }
        let place = Arc::new(Place { idle_since: AtomicU64::new(self.nanos()), ..Place::default() });
        let number = table.next;
        table.next += 1;
        let places = if is_spare { &mut table.spare } else { &mut table.places };
        places.open.insert(number, Arc::clone(&place));
        Some(Taken { connections: Arc::clone(self), place, number, is_spare })
    }
}

impl Places {
    /// Whether there is room for another connection. If not, the one that has been idle for longest makes room.
    fn has_room(&mut self) -> bool {
        self.open.len() < self.max || self.shed_idlest()
    }

    /// Tells the connection that has been idle for longest to close, and frees its place; false if all are busy.
    ///
    /// Costs O(connections), about 10 µs for the 4,096 of the limit, once per new connection over the limit.
    fn shed_idlest(&mut self) -> bool {
        let idle = |place: &Place| Some(place.idle_since.load(Ordering::Relaxed)).filter(|&since| since != BUSY);
        let each = self.open.iter().filter_map(|(&number, place)| Some((idle(place)?, number)));
        let Some((_, number)) = each.min() else { return false };
        if let Some(place) = self.open.remove(&number) {
            place.shed.notify_one();
        }
        true
    }
}
