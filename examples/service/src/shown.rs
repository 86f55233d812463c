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
use std::sync::{Arc, Mutex, PoisonError};

use crate::actions::json;
use crate::job::LiveJob;
use crate::limits::{SHOWN_BYTES_MAX, SHOWN_MAX};

/// The JSON of jobs.
pub(crate) struct Shown {
    slots: Box<[Mutex<Option<Kept>>]>,
}

/// A job and its JSON.
struct Kept {
    job: Arc<LiveJob>,
    json: Box<[u8]>,
}

impl Default for Shown {
    fn default() -> Self {
        Self { slots: (0..SHOWN_MAX).map(|_| Mutex::default()).collect() }
    }
}

impl Shown {
    /// Appends the JSON of a job.
    pub(crate) fn write(&self, job: &Arc<LiveJob>, to: &mut Vec<u8>) {
        let slot = &self.slots[place(Arc::as_ptr(job).addr())];
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

/// The place of an address: its product with the golden ratio, whose high bits depend on all bits of the address.
fn place(address: usize) -> usize {
    const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
    let high = (address as u64).wrapping_mul(GOLDEN) >> (u64::BITS - SHOWN_MAX.ilog2());
    usize::try_from(high).unwrap_or(0)
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shown").field("slots", &self.slots.len()).finish()
    }
}
