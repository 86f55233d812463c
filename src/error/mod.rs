//! The errors of the crate, one enum per verb.
//!
//! Every error names the field, the value that it got, the limit and the way out. The store and the query stay
//! unchanged. All texts have one style: lower case, no full stop, `X must be L, got G` or `X of G is over the limit of
//! L`.

mod changes;
mod facet;
mod parameter;
mod query;
mod write;

pub use changes::ChangesError;
pub use facet::{FacetError, SchemaError};
pub use parameter::ParameterError;
pub use query::{CursorError, QueryError, UnknownValue};
pub use write::{ApplyError, ExtendError, InsertError, LengthUnit, TooLong, UpdateError, UpdateIfError};

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[test]
    fn an_error_that_tells_its_reason_does_not_name_it_again_as_its_source() {
        let extend = ExtendError { position: 3, reason: InsertError::JobIdEmpty };
        assert_eq!(extend.to_string(), "job 3 of the batch: job id must be at least 1 byte long, got an empty text");
        assert!(extend.source().is_none());
        let query = QueryError::from(CursorError::Damaged);
        assert_eq!(query.to_string(), CursorError::Damaged.to_string());
        assert!(query.source().is_none());
    }
}
