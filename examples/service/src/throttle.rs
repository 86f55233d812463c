//! A limit on lines of the log that a stranger can cause.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::limits::LOG_LAPSE_MIN;

/// Lets one line pass in [`LOG_LAPSE_MIN`], and counts the others.
#[derive(Debug, Default)]
pub(crate) struct Throttle(Mutex<(Option<Instant>, u64)>);

impl Throttle {
    /// The number of lines since the last that passed, if this one may pass.
    pub(crate) fn pass(&self) -> Option<u64> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (last, unsaid) = &mut *state;
        if last.is_some_and(|last| last.elapsed() < LOG_LAPSE_MIN) {
            *unsaid += 1;
            return None;
        }
        *last = Some(Instant::now());
        Some(std::mem::take(unsaid))
    }
}
