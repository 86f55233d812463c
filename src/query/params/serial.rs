//! A query in JSON and other formats of serde: an object with the names of the query string.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::read::QueryReader;
use super::write::{ParamValue, Params};
use crate::error::ParameterError;
use crate::job::{Facets, NUMBER_KEY};
use crate::limits::QUERY_PARAMETERS_MAX;
use crate::query::ListQuery;

/// An object with the names of [`from_query_string`](ListQuery::from_query_string). The values of facets and labels are
/// lists.
///
/// ```
/// use jobdex::{ListQuery, Status};
///
/// let query: ListQuery = ListQuery::new().status(Status::Running).label("queue", "eu-1").page_no(2);
/// let json = r#"{"status":["running"],"label.queue":["eu-1"],"page":2}"#;
/// assert_eq!(serde_json::to_string(&query)?, json);
/// # Ok::<(), serde_json::Error>(())
/// ```
impl<F: Facets> Serialize for ListQuery<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let params = Params::of(self).map_err(S::Error::custom)?;
        serializer.collect_map(params.into_inner())
    }
}

impl Serialize for ParamValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Number(number) => serializer.serialize_u64(*number),
            Self::Texts(texts) => texts.serialize(serializer),
        }
    }
}

/// Reads an object with the names of [`from_query_string`](ListQuery::from_query_string). A value is a text, a number, a
/// boolean, or a list of these; `null` counts as absent. An extractor of a web framework that reads query strings by serde
/// gives the same query.
///
/// ```
/// use jobdex::{ListQuery, Status};
///
/// let json = r#"{"status":["pending","running"],"exclude.start_mode":"scheduled","q":"nwes","page":2}"#;
/// let query: ListQuery = serde_json::from_str(json)?;
/// assert_eq!(query.parts().statuses, [Status::Pending, Status::Running]);
/// let error = serde_json::from_str::<ListQuery>(r#"{"status":"done"}"#).unwrap_err();
/// let text = r#"parameter status must be one of pending, running, stopped, got "done""#;
/// assert!(error.to_string().starts_with(text));
/// # Ok::<(), serde_json::Error>(())
/// ```
impl<'de, F: Facets> Deserialize<'de> for ListQuery<F> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(QueryVisitor(PhantomData))
    }
}

struct QueryVisitor<F>(PhantomData<fn() -> F>);

impl<'de, F: Facets> Visitor<'de> for QueryVisitor<F> {
    type Value = ListQuery<F>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of the parameters of a query")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ListQuery<F>, A::Error> {
        let mut reader = QueryReader::<F>::new().map_err(A::Error::custom)?;
        // Ends: each round takes a key out of the map.
        while let Some(name) = map.next_key::<String>()? {
            let read = match map.next_value()? {
                Given::Absent => Ok(()),
                Given::One(value) => reader.add(&name, &value),
                Given::Many(values) if values.is_empty() => reader.add_empty_list(&name),
                Given::Many(values) => values.iter().try_for_each(|value| reader.add(&name, value)),
            };
            read.map_err(A::Error::custom)?;
        }
        Ok(reader.finish())
    }
}

/// The value of a parameter, as texts.
enum Given {
    Absent,
    One(String),
    Many(Vec<String>),
}

impl<'de> Deserialize<'de> for Given {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(GivenVisitor)
    }
}

struct GivenVisitor;

impl<'de> Visitor<'de> for GivenVisitor {
    type Value = Given;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a number, a boolean, or a list of these")
    }

    fn visit_str<E>(self, text: &str) -> Result<Given, E> {
        Ok(Given::One(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Given, E> {
        Ok(Given::One(text))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Given, E> {
        Ok(Given::One(number.to_string()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Given, E> {
        Ok(Given::One(number.to_string()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Given, E> {
        // `Debug` writes 1.0, `Display` would write 1.
        Ok(Given::One(format!("{number:?}")))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Given, E> {
        Ok(Given::One(value.to_string()))
    }

    fn visit_unit<E>(self) -> Result<Given, E> {
        Ok(Given::Absent)
    }

    fn visit_none<E>(self) -> Result<Given, E> {
        Ok(Given::Absent)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Given, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Given, A::Error> {
        let mut texts = Vec::new();
        // Ends: each round takes a value out of the list.
        while let Some(value) = seq.next_element::<Given>()? {
            if texts.len() == QUERY_PARAMETERS_MAX {
                let (got, limit) = (texts.len() + 1, QUERY_PARAMETERS_MAX);
                return Err(A::Error::custom(ParameterError::TooMany { got, limit }));
            }
            match value {
                Given::Absent => {}
                Given::One(text) => texts.push(text),
                Given::Many(_) => return Err(A::Error::custom("a value of a parameter must not be a list in a list")),
            }
        }
        Ok(Given::Many(texts))
    }

    /// With its feature `arbitrary_precision`, `serde_json` hands out a number as a map from one key to its text.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Given, A::Error> {
        match map.next_key::<String>()? {
            Some(key) if key == NUMBER_KEY => Ok(Given::One(map.next_value()?)),
            _ => Err(A::Error::custom("a value of a parameter must not be an object")),
        }
    }
}
