//! Filling a store: all rows of one moment, and the store made equal to them.
//!
//! ```text
//! COPY ──frames──> batches ──queue──> a thread reads records ──> reconcile: one write
//! ```
//! The rows are read while the next ones come. The store answers from its old state until all have come.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use super::connection::{Connection, Frame};
use super::copy_text::LineReader;
use super::error::FollowError;
use super::pieces::Pieces;
use super::progress::State;
use super::row::{FromRow, read};
use super::shared::Shared;
use super::table::Table;
use super::unfit::quoted_text;
use crate::shared::SharedJobStore;

/// Bytes of a batch: enough that handing it over costs nothing beside its rows.
const BATCH_BYTES: usize = 256 << 10;
/// Batches that wait to be read. More would be memory without use.
const BATCHES_WAITING: usize = 8;

/// Copies the rows of a table as of an exported snapshot, and makes the store hold exactly them.
pub(super) async fn fill<J: FromRow + Send + Sync + 'static>(
    connection: &mut Connection,
    table: &Table,
    snapshot: &str,
    store: &SharedJobStore<J>,
    shared: &Shared,
) -> Result<(), FollowError> {
    let begin = "begin isolation level repeatable read read only; set transaction snapshot ";
    connection.query(&format!("{begin}{}", quoted_text(snapshot))).await?;
    connection.begin_copy(&table.copy_sql()).await?;
    let (batches, queue) = mpsc::channel(BATCHES_WAITING);
    let reader = spawn_blocking(move || read_batches::<J>(queue));
    let copied = copy(connection, &batches, table, shared).await;
    drop(batches);
    // A row that can't be read ends the copy, too; the error of the row is the one to tell.
    let jobs = joined(reader.await)?;
    copied?;
    connection.query("commit").await?;
    let store = store.clone();
    joined(spawn_blocking(move || reconcile(&store, &jobs)).await)
}

fn joined<T>(result: Result<Result<T, FollowError>, tokio::task::JoinError>) -> Result<T, FollowError> {
    result.unwrap_or(Err(FollowError::Panicked))
}

/// Hands the lines of a copy over in batches, and tells how many have come.
async fn copy(
    connection: &mut Connection,
    batches: &mpsc::Sender<Pieces>,
    table: &Table,
    shared: &Shared,
) -> Result<(), FollowError> {
    let mut batch = Pieces::default();
    let mut rows = 0;
    loop {
        match connection.frame().await? {
            Frame { kind: b'd', body } => batch.push(body),
            Frame { kind: b'Z', .. } => break,
            _ => {}
        }
        if batch.bytes_len() >= BATCH_BYTES {
            rows += batch.len() as u64;
            batches.send(std::mem::take(&mut batch)).await.map_err(|_| FollowError::Stopped)?;
            shared.set_state(State::Hydrating { rows, expected: table.rows_expected });
        }
    }
    batches.send(batch).await.map_err(|_| FollowError::Stopped)
}

fn read_batches<J: FromRow>(mut queue: mpsc::Receiver<Pieces>) -> Result<Vec<Arc<J>>, FollowError> {
    let (mut jobs, mut line_reader) = (Vec::new(), LineReader::default());
    // Ends: the queue ends with its sender.
    while let Some(batch) = queue.blocking_recv() {
        for line in batch.iter() {
            jobs.push(Arc::new(read_line(line, &mut line_reader)?));
        }
    }
    Ok(jobs)
}

fn read_line<J: FromRow>(line: &[u8], reader: &mut LineReader) -> Result<J, FollowError> {
    let malformed = |_| FollowError::Malformed { reason: "line of a copy of another form" };
    reader.split(line, J::COLUMNS.len()).map_err(malformed)?;
    let job = reader.cells(J::COLUMNS).and_then(|cells| read(&cells, None));
    job.map_err(|source| FollowError::Row { job_id: reader.first(), source })
}

fn reconcile<J: FromRow>(store: &SharedJobStore<J>, jobs: &[Arc<J>]) -> Result<(), FollowError> {
    let reconciled = store.write(|store| store.reconcile_shared(jobs));
    reconciled
        .map(drop)
        .map_err(|error| FollowError::Store { job_id: jobs[error.position].job_id().to_owned(), source: error.reason })
}
