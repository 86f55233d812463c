//! Reads the jobs of blocks of lines, on as many threads as the machine runs at once.
//!
//! Reading JSON takes longer than all other work on a line. The blocks go to whichever thread is free, and their jobs come
//! back in the order of the lines:
//!
//! ```text
//! Block ─push─► queue ─► threads ─► one channel for each block ─pop─► Parsed
//! ```

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Scope, available_parallelism};

use jobdex::Job;
use jobdex::limits::{JOB_ID_BYTES_MAX, NAME_BYTES_MAX};

use crate::lines::{Block, Line, too_long};
use crate::refusal;

/// Blocks for each thread that are read ahead. They bound the memory beside the jobs.
const BLOCKS_AHEAD: usize = 3;
/// Most threads. A single thread reads and splits the input, which more threads would wait for.
const THREADS_MAX: usize = 16;

/// The jobs of a block, and the reasons of its other lines, each with the number of its line.
#[derive(Debug, Default)]
pub(crate) struct Parsed {
    pub(crate) jobs: Vec<(u64, Job)>,
    pub(crate) refused: Vec<(u64, String)>,
}

type Task = (Block, SyncSender<Parsed>);

/// The queue to the threads, and the results that are due.
pub(crate) struct Parsers {
    queue: Sender<Task>,
    due: VecDeque<Receiver<Parsed>>,
    due_max: usize,
}

impl Parsers {
    /// Starts the threads. They end when the parsers are dropped.
    pub(crate) fn start<'scope>(scope: &'scope Scope<'scope, '_>) -> Self {
        let threads = available_parallelism().map_or(1, usize::from).min(THREADS_MAX);
        let (queue, waiting) = channel();
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..threads {
            let waiting = Arc::clone(&waiting);
            scope.spawn(move || work(&waiting));
        }
        Self { queue, due: VecDeque::new(), due_max: threads * BLOCKS_AHEAD }
    }

    /// Hands a block to the threads. Returns the oldest result if many are due.
    pub(crate) fn push(&mut self, block: Block) -> Option<Parsed> {
        let oldest = if self.due.len() < self.due_max { None } else { self.pop() };
        let (to, due) = sync_channel(1);
        self.queue.send((block, to)).expect("the threads end after the queue");
        self.due.push_back(due);
        oldest
    }

    pub(crate) fn has_due(&self) -> bool {
        !self.due.is_empty()
    }

    /// Waits for the oldest result that is due; `None` if none is.
    pub(crate) fn pop(&mut self) -> Option<Parsed> {
        let due = self.due.pop_front()?;
        Some(due.recv().expect("a thread sends a result for each block"))
    }
}

/// Parses blocks until the queue is closed.
fn work(waiting: &Mutex<Receiver<Task>>) {
    loop {
        let task = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((block, to)) = task else { return };
        // Nobody waits for the result of a run that ended early.
        let _ = to.send(parsed(&block));
    }
}

fn parsed(block: &Block) -> Parsed {
    let mut parsed = Parsed::default();
    for (number, line) in block.lines() {
        match job(line) {
            Ok(Some(job)) => parsed.jobs.push((number, job)),
            Ok(None) => {}
            Err(reason) => parsed.refused.push((number, reason)),
        }
    }
    parsed
}

/// The job on a line; `None` on a blank line.
fn job(line: Line<'_>) -> Result<Option<Job>, String> {
    match line {
        Line::TooLong => Err(too_long()),
        Line::Bytes([]) => Ok(None),
        Line::Bytes(bytes) => {
            let job = serde_json::from_slice(bytes).map_err(|error| refusal::reason(&error))?;
            checked(job).map(Some)
        }
    }
}

/// Refuses a job that the store would refuse. The store would refuse all other jobs with it.
fn checked(job: Job) -> Result<Job, String> {
    let (id, name) = (&job.job_id, &job.name);
    if id.is_empty() {
        return Err("JobId must be at least 1 byte long, got an empty text".to_owned());
    }
    if id.len() > JOB_ID_BYTES_MAX {
        return Err(format!("JobId of {} bytes is over the limit of {JOB_ID_BYTES_MAX}", id.len()));
    }
    if name.len() > NAME_BYTES_MAX {
        return Err(format!("Name of {} bytes is over the limit of {NAME_BYTES_MAX}", name.len()));
    }
    Ok(job)
}
