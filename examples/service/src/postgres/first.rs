//! The first jobs of a table: generated ones, or those of a file.

use super::errors::TableError;
use super::row::{Columns, INSERT_SQL, check};
use super::server::Server;
use crate::job::LiveJob;

/// When the first jobs are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Where {
    /// Only into a table without jobs. Of several processes that start, one writes them.
    Empty,
    /// Into any table: its jobs stay.
    Beside,
}

/// Jobs of one statement. Each has about 500 bytes.
const CHUNK: usize = 5000;

/// Ends with the transaction. The first number is "jobd" in ASCII.
const BEGIN_SQL: &str = "set statement_timeout = 0; begin; select pg_advisory_xact_lock(1785684580, 2)";

/// Writes jobs in one transaction: all of them, or none. Returns how many were written.
///
/// # Errors
/// [`TableError`] if a job can't be stored, for example because there is one of its ID.
pub(crate) async fn fill(server: &Server, jobs: &[LiveJob], place: Where) -> Result<usize, TableError> {
    jobs.iter().try_for_each(check)?;
    let client = server.connect().await?;
    client.batch_execute(BEGIN_SQL).await?;
    let is_empty: bool = client.query_one("select not exists (select from jobs)", &[]).await?.get(0);
    if jobs.is_empty() || (place == Where::Empty && !is_empty) {
        return Ok(0);
    }
    let insert = client.prepare(INSERT_SQL).await?;
    for chunk in jobs.chunks(CHUNK) {
        client.execute(&insert, &Columns::of(chunk).params()).await?;
    }
    client.batch_execute("commit").await?;
    Ok(jobs.len())
}
