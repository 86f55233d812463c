//! The IDs of the jobs that were read, to find a repeated one at once.
//!
//! The map has the place of each job by the hash of its ID, and no copy of the ID. Equal hashes are settled by the IDs
//! themselves.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasher, RandomState};

use jobdex::Job;

/// The number of a batch, and the position of the job in it.
type Place = (u32, u32);

#[derive(Default)]
pub(crate) struct JobIds {
    hasher: RandomState,
    places: HashMap<u64, Place>,
}

impl JobIds {
    /// Notes the ID of the job that becomes the next of `batch`, the batch after `batches`. False if an earlier job has it.
    pub(crate) fn insert(&mut self, id: &str, batches: &[Vec<Job>], batch: &[Job]) -> bool {
        let mut hash = self.hasher.hash_one(id);
        // Ends: there are fewer jobs than hashes.
        loop {
            match self.places.entry(hash) {
                Entry::Vacant(entry) => {
                    entry.insert((place(batches.len()), place(batch.len())));
                    return true;
                }
                Entry::Occupied(entry) => {
                    let (number, position) = *entry.get();
                    let of = batches.get(number as usize).map_or(batch, Vec::as_slice);
                    if of[position as usize].job_id == id {
                        return false;
                    }
                    hash = hash.wrapping_add(1);
                }
            }
        }
    }
}

fn place(len: usize) -> u32 {
    u32::try_from(len).expect("a store has fewer jobs than 2^32")
}
