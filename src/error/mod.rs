//! The errors of the crate, one enum per verb.
//!
//! Every error names the field, the value that it got, the limit and the way out. The store and the query stay
//! unchanged. All texts have one style: lower case, no full stop, `X must be L, got G` or `X of G is over the limit of
//! L`.

mod changes;
mod query;
mod write;

pub use changes::ChangesError;
pub use query::{CursorError, QueryError, UnknownValue};
pub use write::{ApplyError, ExtendError, InsertError, TooLong, UpdateError, UpdateIfError};
