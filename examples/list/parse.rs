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

use crate::lines::{Block, Line};
use crate::refusal::Refusal;

/// Blocks for each thread that are read ahead. They bound the memory beside the jobs.
const BLOCKS_AHEAD: usize = 3;
/// Most threads. A single thread reads and splits the input, which more threads would wait for.
const THREADS_MAX: usize = 16;

/// Broken lines that are reported one by one. Later broken lines are only counted.
pub(crate) const REPORTS_MAX: usize = 10;

/// The number of a line, and the reason why it is no job.
pub(crate) type Broken = (u64, String);

/// The jobs of a block with the numbers of their lines, and its other lines.
#[derive(Debug, Default)]
pub(crate) struct Parsed {
    pub(crate) jobs: Vec<(u64, Job)>,
    /// The first broken lines, [`REPORTS_MAX`] at most.
    pub(crate) broken: Vec<Broken>,
    /// How many more lines are broken.
    pub(crate) broken_too: u64,
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
            Err(refusal) if parsed.broken.len() < REPORTS_MAX => parsed.broken.push((number, refusal.to_string())),
            Err(_) => parsed.broken_too += 1,
        }
    }
    parsed
}

/// The job on a line; `None` on a blank line.
fn job(line: Line<'_>) -> Result<Option<Job>, Refusal> {
    match line {
        Line::TooLong => Err(Refusal::LineTooLong),
        Line::Bytes([]) => Ok(None),
        // The library would read the values of a list as the fields of a job, in their order.
        Line::Bytes([b'[', ..]) => Err(Refusal::List),
        Line::Bytes(bytes) => checked(serde_json::from_slice(bytes).map_err(Refusal::Json)?).map(Some),
    }
}

/// Refuses a job that the store would refuse. The store would refuse all other jobs with it.
fn checked(job: Job) -> Result<Job, Refusal> {
    match (job.job_id.len(), job.name.len()) {
        (0, _) => Err(Refusal::NoId),
        (len, _) if len > JOB_ID_BYTES_MAX => Err(Refusal::IdTooLong(len)),
        (_, len) if len > NAME_BYTES_MAX => Err(Refusal::NameTooLong(len)),
        _ => Ok(job),
    }
}
