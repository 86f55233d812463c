//! The slot of a follower: how it is made, and whether an old one can be gone on with.

use std::hash::{BuildHasher as _, RandomState};

use super::connection::{Connection, field};
use super::error::FollowError;
use super::lsn::Lsn;
use super::options::Slot;
use super::unfit::{Unfit, quoted_name, quoted_text};

/// A slot that was made, and the moment at which it begins.
pub(super) struct NewSlot {
    pub(super) name: String,
    pub(super) begins_at: Lsn,
    /// The name of the snapshot of that moment, which lasts until the next statement of the connection.
    pub(super) snapshot: String,
}

/// Makes a slot, on a connection of replication. No slot has its name.
///
/// It waits for the transactions that are running.
pub(super) async fn create(connection: &mut Connection, slot: &Slot) -> Result<NewSlot, FollowError> {
    let (name, kind) = match slot {
        Slot::Temporary => (temporary_name(), "TEMPORARY "),
        Slot::Named(name) => (name.clone(), ""),
    };
    // This form is known to all versions. The newer one is not known to PostgreSQL 14.
    let sql = format!("CREATE_REPLICATION_SLOT {} {kind}LOGICAL pgoutput EXPORT_SNAPSHOT", quoted_name(&name));
    let rows = connection.query(&sql).await?;
    let begins_at = field(&rows, 1).and_then(|text| text.parse().ok());
    match (begins_at, field(&rows, 2)) {
        (Some(begins_at), Some(snapshot)) => Ok(NewSlot { name, begins_at, snapshot: snapshot.to_owned() }),
        _ => Err(FollowError::Malformed { reason: "answer to the making of a slot of another form" }),
    }
}

/// A name that no other follower has.
fn temporary_name() -> String {
    format!("jobdex_{:016x}", RandomState::new().hash_one(std::process::id()))
}

/// Whether a named slot has everything after a position.
///
/// # Errors
/// [`Unfit::SlotTaken`] if the slot is of something else, and an error of the server if it is in use.
pub(super) async fn can_resume(connection: &mut Connection, name: &str, applied: Lsn) -> Result<bool, FollowError> {
    let sql = format!(
        "select slot_type = 'logical' and plugin = 'pgoutput' and database = current_database(), active, \
         wal_status is distinct from 'lost', confirmed_flush_lsn from pg_replication_slots where slot_name = {}",
        quoted_text(name)
    );
    let rows = connection.query(&sql).await?;
    if rows.is_empty() {
        return Ok(false);
    }
    if field(&rows, 0) != Some("t") {
        return Err(Unfit::SlotTaken { slot: name.to_owned() }.into());
    }
    if field(&rows, 1) == Some("t") {
        let message = format!("replication slot {name:?} is in use");
        return Err(FollowError::Server { sqlstate: "55006".to_owned(), message });
    }
    let confirmed: Option<Lsn> = field(&rows, 3).and_then(|text| text.parse().ok());
    Ok(field(&rows, 2) == Some("t") && confirmed.is_some_and(|confirmed| confirmed <= applied))
}

/// Drops a named slot if it is there.
pub(super) async fn drop_named(connection: &mut Connection, name: &str) -> Result<(), FollowError> {
    can_resume(connection, name, Lsn::default()).await?;
    let name = quoted_text(name);
    let sql = format!(
        "select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = {name} and not active"
    );
    connection.query(&sql).await.map(drop)
}

/// The statement that begins the stream of a slot after a position.
pub(super) fn stream_sql(name: &str, after: Lsn, publication: &str) -> String {
    // A name within a list within a text.
    let publications = quoted_text(&quoted_name(publication));
    format!(
        "START_REPLICATION SLOT {} LOGICAL {after} (proto_version '1', publication_names {publications}, \
         messages 'true')",
        quoted_name(name)
    )
}
