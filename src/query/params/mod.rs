//! A query as parameters: a query string, or JSON with the same names.
//!
//! [`Params`] is the form between: names with their values, in order. Reading adds them one by one to a
//! [`QueryReader`](read::QueryReader), and writing takes them from a query.
//!
//! ```text
//! query string ─┐                             ┌─> query string
//! JSON         ─┴─> name, value ─> ListQuery ─┴─> JSON
//! ```

mod name;
mod read;
mod serial;
mod write;

use super::ListQuery;
use super::query_string::{decoded, encoded_pairs, push_pair};
use crate::error::{FacetError, ParameterError};
use crate::job::Facets;
use crate::limits::QUERY_STRING_BYTES_MAX;
use read::QueryReader;
use write::Params;

impl<F: Facets> ListQuery<F> {
    /// Reads a query string without its `?`, or the body of a form. Both have percent escapes, and `+` for a space.
    ///
    /// | parameter | means |
    /// |---|---|
    /// | `state=queued&state=running` | [`filter`](Self::filter) on the facet `state`; an empty value is no filter |
    /// | `exclude.state=failed` | [`exclude`](Self::exclude) |
    /// | `label.queue=eu-1&label.queue=eu-2` | [`label`](Self::label): one of these values under the key `queue` |
    /// | `label2.queue=eu-2` | another such condition on the key; the number may be any up to 99 |
    /// | `label_not.owner=ci` | [`label_not`](Self::label_not); `label_not2.owner` is another such condition |
    /// | `label_exists=team` | [`label_exists`](Self::label_exists); the value is the key |
    /// | `label_absent=draft` | [`label_absent`](Self::label_absent) |
    /// | `q=nwes` | [`keyword`](Self::keyword) |
    /// | `matching=literal` | [`matching`](Self::matching): `closest`, `literal` or `any` |
    /// | `created_from`, `created_after` | the start of [`created`](Self::created), with or without this time itself |
    /// | `created_to`, `created_before` | the end of it, with or without this time itself |
    /// | `sort=asc` | [`sort`](Self::sort): `asc` or `desc` |
    /// | `page=2` | [`page_no`](Self::page_no) |
    /// | `page_size=50` | [`page_size`](Self::page_size) |
    /// | `after=AQHv…` | [`after`](Self::after), instead of `page` |
    ///
    /// A facet with the name of another parameter is written `filter.page=cover`. Every facet may be. Names and values are
    /// compared exactly. An unknown name is an error, because a misspelt filter would show every job. A condition on
    /// labels takes an empty value as it is. Any other parameter with an empty value counts as absent.
    ///
    /// The values of typed facets are checked. Facets that are known at run time alone, the limits of texts and numbers,
    /// and the cursor's query are checked when the query runs.
    ///
    /// Costs **O(n)** for n bytes.
    ///
    /// ```
    /// use jobdex::{ListQuery, SortOrder, facet};
    ///
    /// facet! {
    ///     pub enum State: "state" { Queued = "queued", Running = "running", Failed = "failed" }
    /// }
    /// type Query = ListQuery<(State,)>;
    ///
    /// let text = "state=queued&state=running&label.queue=eu-1&q=al+jazeera&sort=asc&page=2";
    /// let query = Query::from_query_string(text)?;
    /// let expected = Query::new()
    ///     .filter([State::Queued, State::Running])
    ///     .label("queue", "eu-1")
    ///     .keyword("al jazeera")
    ///     .sort(SortOrder::Asc)
    ///     .page_no(2);
    /// assert_eq!(query, expected);
    ///
    /// let refusal = Query::from_query_string("state=done").unwrap_err();
    /// let text = r#"parameter state must be one of queued, running, failed, got "done""#;
    /// assert_eq!((refusal.parameter(), refusal.to_string().as_str()), (Some("state"), text));
    /// # Ok::<(), jobdex::error::ParameterError>(())
    /// ```
    ///
    /// # Errors
    /// [`ParameterError`] names the parameter, its value and what is allowed. A text over
    /// [`QUERY_STRING_BYTES_MAX`] bytes, or with over
    /// [`QUERY_PARAMETERS_MAX`](crate::limits::QUERY_PARAMETERS_MAX) parameters, is refused.
    pub fn from_query_string(query_string: &str) -> Result<Self, ParameterError> {
        let got = query_string.len();
        if got > QUERY_STRING_BYTES_MAX {
            return Err(ParameterError::TooLong { got, limit: QUERY_STRING_BYTES_MAX });
        }
        let mut reader = QueryReader::<F>::new()?;
        for (encoded_name, encoded_value) in encoded_pairs(query_string) {
            let name = decoded(encoded_name).ok_or_else(|| ParameterError::encoding(encoded_name))?;
            let value = decoded(encoded_value).ok_or_else(|| ParameterError::encoding(&name))?;
            reader.add(&name, &value)?;
        }
        Ok(reader.finish())
    }

    /// Reads decoded names with their decoded values, as [`from_query_string`](Self::from_query_string) does.
    ///
    /// # Errors
    /// As [`from_query_string`](Self::from_query_string).
    pub fn from_pairs(
        pairs: impl IntoIterator<Item = (impl AsRef<str>, impl AsRef<str>)>,
    ) -> Result<Self, ParameterError> {
        let mut reader = QueryReader::<F>::new()?;
        for (name, value) in pairs {
            reader.add(name.as_ref(), value.as_ref())?;
        }
        Ok(reader.finish())
    }

    /// The query string of this query, for a link. [`from_query_string`](Self::from_query_string) reads an equal query
    /// from it, with the same list. Defaults are left out.
    ///
    /// ```
    /// use jobdex::{ListQuery, Status};
    ///
    /// let query: ListQuery = ListQuery::new().status([Status::Pending, Status::Running]).keyword("al jazeera");
    /// let text = query.to_query_string()?;
    /// assert_eq!(text, "status=pending&status=running&q=al%20jazeera");
    /// # Ok::<(), jobdex::error::FacetError>(())
    /// ```
    ///
    /// # Errors
    /// [`FacetError`] if a filter on a facet has a value that is refused when the query runs.
    pub fn to_query_string(&self) -> Result<String, FacetError> {
        let mut query_string = String::new();
        for (name, values) in Params::of(self)?.without_empty_lists() {
            values.texts().iter().for_each(|value| push_pair(&mut query_string, &name, value));
        }
        Ok(query_string)
    }
}
