//! One transaction of the server: gathered as it comes, and applied as one write.
//!
//! ```text
//! messages ──> Transaction (bytes) ──commit──> apply: one write of the store
//! ```
//! Each change must fit the rows that the store has: an insert a new ID, an update and a delete a known one. One that does not
//! means that the store is another than the table, and gives up the whole write.

use super::copy_text::text_cell;
use super::error::FollowError;
use super::pgoutput::{self, Message, RawCell, Relation};
use super::pieces::Pieces;
use super::row::{Cell, FromRow, RowError, read};
use super::table::Table;
use super::unfit::Unfit;
use crate::error::InsertError;
use crate::shared::SharedJobStore;
use crate::store::JobStore;

/// The messages of a transaction that is not committed yet.
// Invariant: messages have at most bytes_max bytes, with the memory of their places before the last
pub(super) struct Transaction {
    messages: Pieces,
    bytes_max: usize,
}

/// The memory that is kept for the next transaction.
const KEPT_BYTES: usize = 1 << 20;

impl Transaction {
    pub(super) fn new(bytes_max: usize) -> Self {
        Self { messages: Pieces::default(), bytes_max }
    }

    pub(super) fn clear(&mut self) {
        self.messages.clear(KEPT_BYTES);
    }

    /// Adds a message.
    ///
    /// # Errors
    /// [`FollowError::TooLarge`] if the messages get longer than the limit, with the memory of their places.
    pub(super) fn push(&mut self, message: &[u8]) -> Result<(), FollowError> {
        let bytes = self.messages.memory_bytes() + message.len();
        if bytes > self.bytes_max {
            return Err(FollowError::TooLarge { bytes: bytes as u64, limit: self.bytes_max as u64 });
        }
        self.messages.push(message);
        Ok(())
    }

    pub(super) fn bytes_len(&self) -> usize {
        self.messages.bytes_len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.messages.len() == 0
    }

    fn messages(&self) -> impl Iterator<Item = &[u8]> {
        self.messages.iter()
    }
}

/// Where the columns of a record stand in the rows of the stream.
#[derive(Clone)]
pub(super) struct Mapping {
    table: Table,
    /// The place of each column. Empty before the stream has told of the table.
    places: Vec<usize>,
}

/// A row of the stream by the columns of a record.
type Cells<'a> = Vec<Cell<'a>>;

impl Mapping {
    pub(super) fn new(table: Table) -> Self {
        Self { table, places: Vec::new() }
    }

    pub(super) fn table_id(&self) -> u32 {
        self.table.id
    }

    /// Takes the columns that the stream tells of.
    ///
    /// # Errors
    /// [`FollowError`] if a column is missing, or of another type than it was when the store was filled: the rows that the
    /// change of the type has written are not in the stream.
    fn set(&mut self, relation: &Relation<'_>) -> Result<(), FollowError> {
        self.places.clear();
        for needed in &self.table.columns {
            let Some(place) = relation.columns.iter().position(|column| column.name == needed.name) else {
                let (table, column) = (self.table.name.clone(), needed.name.to_owned());
                return Err(Unfit::ColumnMissing { table, column }.into());
            };
            let column = relation.columns[place];
            if (column.type_id, column.type_modifier) != (needed.type_id, needed.type_modifier) {
                return Err(FollowError::Changed { what: "type of a column" });
            }
            self.places.push(place);
        }
        Ok(())
    }

    /// Takes the columns that a transaction tells of, and nothing else of it.
    pub(super) fn take_relations(&mut self, transaction: &Transaction) -> Result<(), FollowError> {
        for message in transaction.messages() {
            if let Message::Relation(relation) = pgoutput::parse(message)? {
                self.set(&relation)?;
            }
        }
        Ok(())
    }

    fn raw<'a>(&self, tuple: &[RawCell<'a>], column: usize) -> Result<RawCell<'a>, FollowError> {
        let place = self.places.get(column).ok_or(FollowError::Malformed { reason: "change before its relation" })?;
        tuple.get(*place).copied().ok_or(FollowError::Malformed { reason: "row that lacks a column" })
    }

    fn cells<'a>(&self, tuple: &[RawCell<'a>]) -> Result<Cells<'a>, FollowError> {
        let cell = |(column, needed): (usize, &super::table::ColumnType)| match self.raw(tuple, column)? {
            RawCell::Null => Ok(Cell::Null),
            RawCell::Unchanged => Ok(Cell::Unchanged),
            RawCell::Text(bytes) => {
                text_cell(bytes, needed.name).map_err(|source| FollowError::Row { job_id: None, source })
            }
        };
        self.table.columns.iter().enumerate().map(cell).collect()
    }

    /// The job ID of a row.
    fn job_id<'a>(&self, tuple: &[RawCell<'a>]) -> Result<&'a str, FollowError> {
        let column = self.table.columns.first().map_or("", |column| column.name);
        let unfit = |source| FollowError::Row { job_id: None, source };
        match self.raw(tuple, 0)? {
            RawCell::Text(bytes) => str::from_utf8(bytes).map_err(|_| unfit(RowError::NotUtf8 { column })),
            RawCell::Null => Err(unfit(RowError::Null { column })),
            RawCell::Unchanged => Err(unfit(RowError::NotSent { column })),
        }
    }
}

/// Applies a transaction as one write, and returns its changes of rows.
///
/// # Errors
/// [`FollowError`] if a change can't be read or does not fit. The store is as it was then.
pub(super) fn apply<J: FromRow>(
    store: &SharedJobStore<J>,
    transaction: &Transaction,
    mapping: &mut Mapping,
) -> Result<u64, FollowError> {
    if transaction.is_empty() {
        return Ok(0);
    }
    store.write(|store| {
        let mut changes = 0;
        for message in transaction.messages() {
            changes += u64::from(apply_message(store, pgoutput::parse(message)?, mapping)?);
        }
        Ok(changes)
    })
}

/// Applies one message. False if it changes no row.
fn apply_message<J: FromRow>(
    store: &mut JobStore<J>,
    message: Message<'_>,
    mapping: &mut Mapping,
) -> Result<bool, FollowError> {
    match message {
        Message::Relation(relation) => {
            mapping.set(&relation)?;
            return Ok(false);
        }
        Message::Insert { new, .. } => insert(store, &mapping.cells(&new)?)?,
        Message::Update { old, new, .. } => {
            let new = mapping.cells(&new)?;
            match old.map(|old| mapping.job_id(&old)).transpose()? {
                Some(old_id) => update(store, old_id, &new)?,
                // Without an old row the key is as it was.
                None => update(store, text_of_id(&new)?, &new)?,
            }
        }
        Message::Delete { old, .. } => {
            let job_id = mapping.job_id(&old)?;
            store.remove(job_id).ok_or_else(|| diverged(job_id))?;
        }
        Message::Truncate { .. } => store.clear(),
        Message::Begin | Message::Commit { .. } | Message::Note => return Ok(false),
    }
    Ok(true)
}

fn insert<J: FromRow>(store: &mut JobStore<J>, cells: &[Cell<'_>]) -> Result<(), FollowError> {
    let job = record(cells, None)?;
    store.insert(job).map(drop).map_err(|error| refused(text_of_id(cells), error))
}

fn update<J: FromRow>(store: &mut JobStore<J>, old_id: &str, cells: &[Cell<'_>]) -> Result<(), FollowError> {
    let before = store.get(old_id).ok_or_else(|| diverged(old_id))?;
    let job: J = record(cells, Some(&**before))?;
    if job.job_id() != old_id {
        store.remove(old_id);
        return store.insert(job).map(drop).map_err(|error| refused(text_of_id(cells), error));
    }
    // An update of other columns is nothing that feeds and watches should see.
    if job == **before {
        return Ok(());
    }
    store.upsert(job).map(drop).map_err(|error| refused(Ok(old_id), error))
}

fn record<J: FromRow>(cells: &[Cell<'_>], before: Option<&J>) -> Result<J, FollowError> {
    let job_id = || text_of_id(cells).ok().map(str::to_owned);
    read(cells, before).map_err(|source| FollowError::Row { job_id: job_id(), source })
}

fn text_of_id<'a>(cells: &[Cell<'a>]) -> Result<&'a str, FollowError> {
    match cells.first() {
        Some(Cell::Text(text)) => Ok(text),
        _ => Err(FollowError::Malformed { reason: "row without its key" }),
    }
}

fn refused(job_id: Result<&str, FollowError>, source: InsertError) -> FollowError {
    match source {
        InsertError::JobIdTaken { job_id } => diverged(&job_id),
        source => FollowError::Store { job_id: job_id.unwrap_or_default().to_owned(), source },
    }
}

fn diverged(job_id: &str) -> FollowError {
    FollowError::Diverged { job_id: job_id.to_owned() }
}

#[cfg(test)]
mod tests;
