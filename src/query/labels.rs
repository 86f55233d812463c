//! The conditions of a query on labels.

use std::collections::BTreeSet;

use super::fingerprint::Fingerprint;
use crate::error::QueryError;
use crate::limits::{LABEL_CLAUSE_VALUES_MAX, LABEL_CLAUSES_MAX, LABEL_KEY_BYTES_MAX, LABEL_VALUE_BYTES_MAX};

/// A condition on the values that a job has under one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LabelClause {
    pub(crate) key: String,
    pub(crate) test: LabelTest,
}

/// The condition itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LabelTest {
    /// The job has one of these values under the key. Without values no job passes.
    AnyOf(Vec<String>),
    /// The job has none of these values under the key, or lacks the key. Without values every job passes.
    NoneOf(Vec<String>),
    /// The job has the key.
    Exists,
    /// The job lacks the key.
    Absent,
}

impl LabelTest {
    /// The values that the condition names.
    pub(crate) fn values(&self) -> &[String] {
        match self {
            Self::AnyOf(values) | Self::NoneOf(values) => values,
            Self::Exists | Self::Absent => &[],
        }
    }

    /// The number of the kind of condition in a fingerprint.
    fn code(&self) -> u8 {
        match self {
            Self::AnyOf(_) => 0,
            Self::NoneOf(_) => 1,
            Self::Exists => 2,
            Self::Absent => 3,
        }
    }
}

/// Checks the limits of conditions.
///
/// # Errors
/// The first one that is over a limit.
pub(super) fn check(clauses: &[LabelClause]) -> Result<(), QueryError> {
    if clauses.len() > LABEL_CLAUSES_MAX {
        return Err(QueryError::TooManyLabelClauses { got: clauses.len(), limit: LABEL_CLAUSES_MAX });
    }
    clauses.iter().try_for_each(check_clause)
}

fn check_clause(clause: &LabelClause) -> Result<(), QueryError> {
    let LabelClause { key, test } = clause;
    if key.len() > LABEL_KEY_BYTES_MAX {
        return Err(QueryError::LabelKeyTooLong { got: key.len(), limit: LABEL_KEY_BYTES_MAX });
    }
    let values = test.values();
    if values.len() > LABEL_CLAUSE_VALUES_MAX {
        let (key, got) = (key.clone(), values.len());
        return Err(QueryError::TooManyLabelValues { key, got, limit: LABEL_CLAUSE_VALUES_MAX });
    }
    if let Some(value) = values.iter().find(|value| value.len() > LABEL_VALUE_BYTES_MAX) {
        let (key, got) = (key.clone(), value.len());
        return Err(QueryError::LabelValueTooLong { key, got, limit: LABEL_VALUE_BYTES_MAX });
    }
    Ok(())
}

/// Adds conditions to a fingerprint. No condition adds no byte. The order of conditions and of their values does not count,
/// nor does repetition.
pub(super) fn fingerprint(hash: Fingerprint, clauses: &[LabelClause]) -> Fingerprint {
    if clauses.is_empty() {
        return hash;
    }
    let clauses: BTreeSet<(&str, u8, BTreeSet<&str>)> = clauses
        .iter()
        .map(|LabelClause { key, test }| {
            (key.as_str(), test.code(), test.values().iter().map(String::as_str).collect())
        })
        .collect();
    let hash = hash.count(clauses.len());
    clauses.into_iter().fold(hash, |hash, (key, code, values)| {
        let hash = hash.text(key).bytes(&[code]).count(values.len());
        values.into_iter().fold(hash, Fingerprint::text)
    })
}

/// The values of a condition on a label: one text, or an array, a slice or a `Vec` of texts.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a value of a label, and not several values",
    label = "expected a text, or an array, a slice or a `Vec` of texts",
    note = "the value of a label is a text; collect an iterator of texts into a `Vec`"
)]
pub trait LabelValues {
    #[doc(hidden)]
    fn into_texts(self) -> Vec<String>;
}

impl LabelValues for &str {
    fn into_texts(self) -> Vec<String> {
        vec![self.to_owned()]
    }
}

impl LabelValues for String {
    fn into_texts(self) -> Vec<String> {
        vec![self]
    }
}

impl LabelValues for &String {
    fn into_texts(self) -> Vec<String> {
        vec![self.clone()]
    }
}

impl<T: Into<String>, const N: usize> LabelValues for [T; N] {
    fn into_texts(self) -> Vec<String> {
        self.into_iter().map(Into::into).collect()
    }
}

impl<T: Into<String>> LabelValues for Vec<T> {
    fn into_texts(self) -> Vec<String> {
        self.into_iter().map(Into::into).collect()
    }
}

impl<T: AsRef<str>> LabelValues for &[T] {
    fn into_texts(self) -> Vec<String> {
        self.iter().map(|text| text.as_ref().to_owned()).collect()
    }
}

impl<T: AsRef<str>> LabelValues for &Vec<T> {
    fn into_texts(self) -> Vec<String> {
        self.as_slice().into_texts()
    }
}

impl<T: AsRef<str>, const N: usize> LabelValues for &[T; N] {
    fn into_texts(self) -> Vec<String> {
        self.as_slice().into_texts()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_values_of_a_condition_are_one_text_or_several_in_any_form() {
        let owned = || vec!["a".to_owned(), "b".to_owned()];
        let one = [owned()[0].as_str().into_texts(), owned()[0].clone().into_texts(), (&owned()[0]).into_texts()];
        assert_eq!(one, [["a"]; 3]);
        let several = [
            ["a", "b"].into_texts(),
            (&["a", "b"]).into_texts(),
            ["a", "b"].as_slice().into_texts(),
            vec!["a", "b"].into_texts(),
            (&vec!["a", "b"]).into_texts(),
            owned().into_texts(),
            owned().as_slice().into_texts(),
            (&owned()).into_texts(),
        ];
        assert_eq!(several, [["a", "b"]; 8]);
    }
}
