//! The errors of the database: for the operator who starts the service, and for the caller of an action.

use std::error::Error;
use std::fmt;

use jobdex::follow::FollowError;

/// The reason why the service can't use the database.
#[derive(Debug)]
pub(crate) enum TableError {
    /// The text of `--postgres` is not a connection.
    Connection(String),
    /// The database can't be reached, or refuses a statement.
    Sql(String),
    /// The database has a schema of another time.
    Schema(String),
    /// A job can't be stored.
    Job(String),
    /// The replica can't follow the table.
    Follow(FollowError),
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connection(reason) => write!(f, "--postgres: {reason}"),
            Self::Sql(reason) => write!(f, "database: {reason}"),
            Self::Schema(reason) => f.write_str(reason),
            Self::Job(reason) => write!(f, "job can't be stored in the database: {reason}"),
            Self::Follow(error) => write!(f, "replica: {error}"),
        }
    }
}

impl Error for TableError {}

impl From<tokio_postgres::Error> for TableError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Sql(text(&error))
    }
}

/// The error with its causes: alone, an error of the server reads "db error".
pub(super) fn text(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
