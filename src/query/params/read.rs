//! Reads a query from names and values.

use std::marker::PhantomData;
use std::ops::Bound;

use chrono::{DateTime, Utc};

use super::name::{
    AFTER, CREATED_AFTER, CREATED_BEFORE, CREATED_FROM, CREATED_TO, KEYWORD, LABEL_ABSENT, LABEL_EXISTS, LISTED,
    LabelParameter, MATCHING, Name, PAGE, PAGE_SIZE, SORT,
};
use crate::error::{FacetError, ParameterError};
use crate::job::{Facets, Schema, create_time};
use crate::limits::{QUERY_PARAMETERS_MAX, QUERY_STRING_BYTES_MAX};
use crate::query::asked::{Asked, FilterSide, PageStart, TextFilter};
use crate::query::values::Chosen;
use crate::query::{LabelClause, LabelTest, ListQuery, ValueSet};

/// A query of which some parameters are read.
// Invariants:
//   got <= QUERY_PARAMETERS_MAX and bytes <= QUERY_STRING_BYTES_MAX
//   label_numbers has the number of each condition of asked.labels; 0 for one that has no values
pub(super) struct QueryReader<F> {
    /// The schema that the type of the facets tells.
    schema: Option<Schema>,
    asked: Asked,
    /// The values of typed facets.
    values: Vec<(FilterSide, usize, ValueSet)>,
    label_numbers: Vec<u8>,
    /// The parameters with one value that were given.
    given: Vec<&'static str>,
    got: usize,
    bytes: usize,
    facets: PhantomData<fn() -> F>,
}

impl<F: Facets> QueryReader<F> {
    /// A reader that has read nothing.
    ///
    /// # Errors
    /// [`ParameterError::Schema`] if no store can have the facets.
    pub(super) fn new() -> Result<Self, ParameterError> {
        Ok(Self {
            schema: F::known_schema().transpose()?,
            asked: Asked::new(),
            values: Vec::new(),
            label_numbers: Vec::new(),
            given: Vec::new(),
            got: 0,
            bytes: 0,
            facets: PhantomData,
        })
    }

    /// Reads one value of a parameter.
    ///
    /// # Errors
    /// [`ParameterError`] if the parameter or the value is refused.
    pub(super) fn add(&mut self, name: &str, value: &str) -> Result<(), ParameterError> {
        self.count(name, value)?;
        match Name::of(name) {
            Name::Label(label) => self.label_values(label).push(value.to_owned()),
            Name::Plain(LABEL_EXISTS) => self.add_label(value, LabelTest::Exists),
            Name::Plain(LABEL_ABSENT) => self.add_label(value, LabelTest::Absent),
            _ if value.is_empty() => self.check_known(name)?,
            Name::Facet(side, facet) => self.add_facet_value(name, side, facet, value)?,
            Name::Plain(name) => self.set(name, value)?,
        }
        Ok(())
    }

    /// Reads a parameter whose list of values is empty. It is a condition if the parameter is one on labels.
    ///
    /// # Errors
    /// [`ParameterError`] if the parameter is refused.
    pub(super) fn add_empty_list(&mut self, name: &str) -> Result<(), ParameterError> {
        self.count(name, "")?;
        if let Name::Label(label) = Name::of(name) {
            self.label_values(label);
        }
        self.check_known(name)
    }

    /// The query of all parameters.
    pub(super) fn finish(mut self) -> ListQuery<F> {
        for (side, place, set) in self.values {
            self.asked.facets.set(side, place, Ok(Chosen(Some(set))));
        }
        ListQuery { asked: self.asked, facets: PhantomData }
    }

    fn count(&mut self, name: &str, value: &str) -> Result<(), ParameterError> {
        self.got += 1;
        self.bytes = self.bytes.saturating_add(name.len()).saturating_add(value.len());
        if self.bytes > QUERY_STRING_BYTES_MAX {
            return Err(ParameterError::TooLong { got: self.bytes, limit: QUERY_STRING_BYTES_MAX });
        }
        if self.got > QUERY_PARAMETERS_MAX {
            return Err(ParameterError::TooMany { got: self.got, limit: QUERY_PARAMETERS_MAX });
        }
        Ok(())
    }

    /// Checks that a parameter without a value has the name of a parameter.
    fn check_known(&self, name: &str) -> Result<(), ParameterError> {
        match (&self.schema, Name::of(name)) {
            (Some(schema), Name::Facet(_, facet)) => place(schema, name, facet).map(drop),
            _ => Ok(()),
        }
    }

    fn add_facet_value(
        &mut self,
        name: &str,
        side: FilterSide,
        facet: &str,
        value: &str,
    ) -> Result<(), ParameterError> {
        let Some(schema) = &self.schema else {
            self.add_text(side, facet, value);
            return Ok(());
        };
        let place = place(schema, name, facet)?;
        let ordinal = schema.ordinal(place, value);
        let ordinal = ordinal.map_err(|_| {
            ParameterError::value(name, value, format!("one of {}", FacetError::list(schema.texts_at(place))))
        })?;
        match self.values.iter_mut().find(|(other, at, _)| (*other, *at) == (side, place)) {
            Some((.., set)) => set.insert(ordinal.into()),
            None => self.values.push((side, place, std::iter::once(usize::from(ordinal)).collect())),
        }
        Ok(())
    }

    /// A value of a facet that is known at run time alone.
    fn add_text(&mut self, side: FilterSide, facet: &str, value: &str) {
        let texts = &mut self.asked.texts;
        match texts.iter_mut().find(|filter| (filter.side, filter.facet.as_str()) == (side, facet)) {
            Some(filter) => filter.values.push(value.to_owned()),
            None => texts.push(TextFilter { side, facet: facet.to_owned(), values: vec![value.to_owned()] }),
        }
    }

    fn add_label(&mut self, key: &str, test: LabelTest) {
        self.asked.labels.push(LabelClause { key: key.to_owned(), test });
        self.label_numbers.push(0);
    }

    /// The values of a condition on labels, which is added if it is new.
    fn label_values(&mut self, label: LabelParameter<'_>) -> &mut Vec<String> {
        let LabelParameter { is_any_of, key, number } = label;
        let is_same = |(clause, &other): (&LabelClause, &u8)| {
            other == number && clause.key == key && matches!(clause.test, LabelTest::AnyOf(_)) == is_any_of
        };
        let place = self.asked.labels.iter().zip(&self.label_numbers).position(is_same);
        let place = place.unwrap_or_else(|| {
            let test = if is_any_of { LabelTest::AnyOf(Vec::new()) } else { LabelTest::NoneOf(Vec::new()) };
            self.asked.labels.push(LabelClause { key: key.to_owned(), test });
            self.label_numbers.push(number);
            self.asked.labels.len() - 1
        });
        match &mut self.asked.labels[place].test {
            LabelTest::AnyOf(values) | LabelTest::NoneOf(values) => values,
            LabelTest::Exists | LabelTest::Absent => unreachable!("a condition with a number has values"),
        }
    }

    /// Sets a parameter that has one value.
    fn set(&mut self, name: &'static str, value: &str) -> Result<(), ParameterError> {
        self.check_first(name)?;
        let asked = &mut self.asked;
        match name {
            KEYWORD => asked.keyword = Some(value.to_owned()),
            MATCHING => asked.matching = parsed(name, value, "closest, literal or any")?,
            SORT => asked.sort = parsed(name, value, "asc or desc")?,
            PAGE => asked.start = PageStart::No(number(name, value)?),
            PAGE_SIZE => asked.page_size = number(name, value)?,
            CREATED_FROM => asked.created.0 = Bound::Included(time(name, value)?),
            CREATED_AFTER => asked.created.0 = Bound::Excluded(time(name, value)?),
            CREATED_TO => asked.created.1 = Bound::Included(time(name, value)?),
            CREATED_BEFORE => asked.created.1 = Bound::Excluded(time(name, value)?),
            AFTER => {
                let cursor = value.parse();
                let cursor = cursor.map_err(|error| ParameterError::Cursor { parameter: name.to_owned(), error })?;
                asked.start = PageStart::After(cursor);
            }
            _ => unreachable!("{name} is a parameter with one value"),
        }
        Ok(())
    }

    /// Checks that neither the parameter nor one that excludes it was given before.
    fn check_first(&mut self, name: &'static str) -> Result<(), ParameterError> {
        const EXCLUSIVE: [[&str; 2]; 3] = [[PAGE, AFTER], [CREATED_FROM, CREATED_AFTER], [CREATED_TO, CREATED_BEFORE]];
        if self.given.contains(&name) {
            return Err(ParameterError::repeated(name));
        }
        let pair = EXCLUSIVE.iter().find(|pair| pair.contains(&name));
        if let Some(other) = pair.and_then(|pair| pair.iter().find(|other| self.given.contains(other))) {
            return Err(ParameterError::Conflict { parameter: name.to_owned(), other: (*other).to_owned() });
        }
        self.given.push(name);
        Ok(())
    }
}

fn place(schema: &Schema, name: &str, facet: &str) -> Result<usize, ParameterError> {
    let names = || schema.names().map(str::to_owned).chain([LISTED.to_owned()]).collect::<Vec<_>>().join(", ");
    schema.place(facet).map_err(|_| ParameterError::unknown(name, names()))
}

fn parsed<T: std::str::FromStr>(name: &str, value: &str, expected: &str) -> Result<T, ParameterError> {
    value.parse().map_err(|_| ParameterError::value(name, value, expected))
}

/// Reads decimal digits only. The parser of a number also reads a plus sign.
fn number<T: std::str::FromStr + TryFrom<u64>>(name: &str, value: &str) -> Result<T, ParameterError> {
    let number = value.bytes().all(|byte| byte.is_ascii_digit()).then(|| value.parse().ok()).flatten();
    number.ok_or_else(|| ParameterError::value(name, value, "a whole number, in digits only"))
}

fn time(name: &str, value: &str) -> Result<DateTime<Utc>, ParameterError> {
    create_time::parse(value).map_err(|expected| ParameterError::value(name, value, expected))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::Dyn;

    #[test]
    fn names_and_values_are_bounded_in_bytes_and_number() {
        let of_bytes = |bytes: usize| ListQuery::<Dyn>::from_pairs([("q", "x".repeat(bytes - 1))]);
        assert!(of_bytes(QUERY_STRING_BYTES_MAX).is_ok());
        let too_long = ParameterError::TooLong { got: QUERY_STRING_BYTES_MAX + 1, limit: QUERY_STRING_BYTES_MAX };
        assert_eq!(of_bytes(QUERY_STRING_BYTES_MAX + 1), Err(too_long));
        let of_number = |number: usize| ListQuery::<Dyn>::from_pairs(vec![("label.a", "b"); number]);
        assert!(of_number(QUERY_PARAMETERS_MAX).is_ok());
        let too_many = ParameterError::TooMany { got: QUERY_PARAMETERS_MAX + 1, limit: QUERY_PARAMETERS_MAX };
        assert_eq!(of_number(QUERY_PARAMETERS_MAX + 1), Err(too_many));
    }
}
