//! The JSON of jobs that were listed lately, so that a job is serialized once and not in each list.
//!
//! ```text
//! slot = hash of the job's address ─→ (the job, its JSON)
//! ```
//! A job never changes: a write puts another job in its place. So the address of a job tells whether the JSON is its own,
//! as long as the slot keeps the job from being freed. Two jobs with one slot take turns.
//!
//! This costs memory: 32 bytes a slot, and for each slot in use the JSON of a job, about 450 bytes. A job that was changed
//! or deleted stays in memory until another takes its slot. With [`SHOWN_MAX`] slots that is 8 MiB, and 16 MiB of such
//! jobs at most, if their texts have usual lengths. A job with long texts is not kept.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError};

use crate::actions::json;
use crate::job::LiveJob;
use crate::limits::{SHOWN_BYTES_MAX, SHOWN_MAX};

/// The JSON of jobs.
pub(crate) struct Shown {
    slots: Box<[Mutex<Option<Kept>>]>,
    hasher: RandomState,
}

/// A job and its JSON.
struct Kept {
    job: Arc<LiveJob>,
    json: Box<[u8]>,
}

impl Default for Shown {
    fn default() -> Self {
        Self { slots: (0..SHOWN_MAX).map(|_| Mutex::default()).collect(), hasher: RandomState::new() }
    }
}

impl Shown {
    /// Appends the JSON of a job.
    pub(crate) fn write(&self, job: &Arc<LiveJob>, to: &mut Vec<u8>) {
        let hash = self.hasher.hash_one(Arc::as_ptr(job).addr());
        // The remainder is less than the number of slots, so it is a place.
        #[expect(clippy::cast_possible_truncation, reason = "see above")]
        let slot = &self.slots[(hash % self.slots.len() as u64) as usize];
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = slot.as_ref().filter(|kept| Arc::ptr_eq(&kept.job, job)) {
            to.extend_from_slice(&kept.json);
            return;
        }
        let json = json(job.as_ref());
        to.extend_from_slice(&json);
        if json.len() <= SHOWN_BYTES_MAX {
            *slot = Some(Kept { job: Arc::clone(job), json: json.into() });
        }
    }
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shown").field("slots", &self.slots.len()).finish()
    }
}
