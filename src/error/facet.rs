//! The errors of facets: a schema that no store can have, and a value that is not of a facet.

use std::error::Error;
use std::fmt;

/// The reason why a schema was refused. No store was made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SchemaError {
    /// There are too many facets.
    TooManyFacets {
        /// The number of facets.
        got: usize,
        /// The most facets that a record may have.
        limit: usize,
    },
    /// The facets have too many combinations of values. The number of combinations is the product of the numbers of
    /// values.
    TooManyCombinations {
        /// The number of combinations. A number that is too large for its type is the largest number of the type.
        got: usize,
        /// The most combinations that a schema may have.
        limit: usize,
        /// The facet with the most values.
        widest: String,
        /// The number of values of that facet.
        values: usize,
    },
    /// The name of a facet is the empty text.
    EmptyName,
    /// The text of a value is the empty text, which in a query string means no value.
    EmptyText {
        /// The name of the facet.
        facet: String,
    },
    /// A facet has no value.
    NoValues {
        /// The name of the facet.
        facet: String,
    },
    /// Two facets have the same name.
    RepeatedFacet {
        /// The name.
        facet: String,
    },
    /// Two values of a facet have the same text.
    RepeatedValue {
        /// The name of the facet.
        facet: String,
        /// The text.
        value: String,
    },
}

impl fmt::Display for SchemaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooManyFacets { got, limit } => {
                write!(f, "schema of {got} facets is over the limit of {limit}; make a facet a label")
            }
            Self::TooManyCombinations { got, limit, widest, values } => write!(
                f,
                "schema of {got} combinations of values is over the limit of {limit}; \
                 make the widest facet, {widest:?} of {values} values, a label"
            ),
            Self::EmptyName => f.write_str("name of a facet must be at least 1 byte long, got an empty text"),
            Self::EmptyText { facet } => {
                write!(f, "text of a value of facet {facet:?} must be at least 1 byte long, got an empty text")
            }
            Self::NoValues { facet } => write!(f, "facet {facet:?} must have at least 1 value, got none"),
            Self::RepeatedFacet { facet } => {
                write!(f, "facet {facet:?} must be named only once; make a newtype with a name of its own")
            }
            Self::RepeatedValue { facet, value } => {
                write!(f, "value {value:?} of facet {facet:?} must be named only once")
            }
        }
    }
}

impl Error for SchemaError {}

/// The reason why a value of a facet was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FacetError {
    /// No facet has this name.
    UnknownFacet {
        /// The name, cut after 32 characters.
        got: String,
        /// The names that facets have, separated by commas.
        expected: String,
    },
    /// The facet has no value with this text.
    UnknownValue {
        /// The name of the facet.
        facet: String,
        /// The text, cut after 32 characters.
        got: String,
        /// The texts that values of the facet have, separated by commas.
        expected: String,
    },
    /// No value was given for a facet.
    Missing {
        /// The name of the facet.
        facet: String,
        /// The texts that values of the facet have, separated by commas.
        expected: String,
    },
    /// Two values were given for a facet.
    Repeated {
        /// The name of the facet.
        facet: String,
    },
    /// The number of a value, from [`Facet::ordinal`](crate::Facet::ordinal), is not under the number of values. The
    /// implementation of the facet is wrong.
    Ordinal {
        /// The name of the facet.
        facet: String,
        /// The number of the value.
        got: usize,
        /// The number of values.
        limit: usize,
    },
    /// A range of values ends before it starts.
    Range {
        /// The name of the facet.
        facet: String,
        /// The text of the value at the start.
        from: String,
        /// The text of the value at the end.
        to: String,
    },
    /// The values were made by another schema than the store's.
    OtherSchema,
    /// The schema itself is refused.
    Schema(SchemaError),
}

impl FacetError {
    /// A caller may send a text of any length. An error is logged or sent back, so it keeps only this much of the text.
    const GOT_CHARS_MAX: usize = 32;
    /// A facet may have 1,000 values. An error lists the first ones.
    const LISTED_MAX: usize = 32;

    pub(crate) fn unknown_facet<T: AsRef<str>>(got: &str, known: impl IntoIterator<Item = T>) -> Self {
        Self::UnknownFacet { got: Self::cut(got), expected: Self::list(known) }
    }

    pub(crate) fn unknown_value<T: AsRef<str>>(facet: &str, got: &str, known: impl IntoIterator<Item = T>) -> Self {
        Self::UnknownValue { facet: facet.to_owned(), got: Self::cut(got), expected: Self::list(known) }
    }

    pub(crate) fn missing<T: AsRef<str>>(facet: &str, known: impl IntoIterator<Item = T>) -> Self {
        Self::Missing { facet: facet.to_owned(), expected: Self::list(known) }
    }

    fn cut(text: &str) -> String {
        text.chars().take(Self::GOT_CHARS_MAX).collect()
    }

    pub(crate) fn list<T: AsRef<str>>(known: impl IntoIterator<Item = T>) -> String {
        let mut known = known.into_iter();
        let mut texts: Vec<String> =
            known.by_ref().take(Self::LISTED_MAX).map(|text| text.as_ref().to_owned()).collect();
        let rest = known.count();
        if rest > 0 {
            texts.push(format!("and {rest} more"));
        }
        texts.join(", ")
    }
}

impl fmt::Display for FacetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownFacet { got, expected } => write!(f, "facet must be one of {expected}, got {got:?}"),
            Self::UnknownValue { facet, got, expected } => write!(f, "{facet} must be one of {expected}, got {got:?}"),
            Self::Missing { facet, expected } => write!(f, "{facet} must be one of {expected}, got no value"),
            Self::Repeated { facet } => write!(f, "{facet} must have only one value, got two"),
            Self::Ordinal { facet, got, limit } => {
                write!(f, "ordinal of a value of {facet} must be under {limit}, got {got}")
            }
            Self::Range { facet, from, to } => {
                write!(f, "range of {facet} must not end before its start, got an end at {to} and a start at {from}")
            }
            Self::OtherSchema => {
                f.write_str("facets must be made by the schema of the store, got those of another schema")
            }
            Self::Schema(error) => error.fmt(f),
        }
    }
}

// No source: the text of `Schema` is the text of the inner error.
impl Error for FacetError {}

impl From<SchemaError> for FacetError {
    fn from(error: SchemaError) -> Self {
        Self::Schema(error)
    }
}
