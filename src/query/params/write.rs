//! Writes a query as names and values.

use std::ops::Bound;

use super::name::{
    self, AFTER, CREATED_AFTER, CREATED_BEFORE, CREATED_FROM, CREATED_TO, KEYWORD, LABEL_ABSENT, LABEL_EXISTS,
    LabelParameter, MATCHING, PAGE, PAGE_SIZE, SORT,
};
use crate::error::FacetError;
use crate::job::{Facets, Schema, create_time};
use crate::limits::{PAGE_NO_MIN, PAGE_SIZE_DEFAULT};
use crate::query::asked::{Asked, FilterSide, PageStart};
use crate::query::{LabelClause, LabelTest, ListQuery, Matching, SortOrder, ValueSet};

/// Names with their values, in the order of the table of `from_query_string`.
pub(super) struct Params(Vec<(String, ParamValue)>);

/// The values of a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ParamValue {
    Text(String),
    Number(u64),
    Texts(Vec<String>),
}

impl ParamValue {
    /// The values as texts.
    pub(super) fn texts(&self) -> Vec<String> {
        match self {
            Self::Text(text) => vec![text.clone()],
            Self::Number(number) => vec![number.to_string()],
            Self::Texts(texts) => texts.clone(),
        }
    }
}

impl Params {
    /// The parameters of a query.
    ///
    /// # Errors
    /// [`FacetError`] if a filter on a facet is refused.
    pub(super) fn of<F: Facets>(query: &ListQuery<F>) -> Result<Self, FacetError> {
        let asked = query.asked();
        let mut params = Self(Vec::new());
        if let Some(schema) = F::known_schema() {
            params.push_facets(asked, &schema?)?;
        }
        for filter in asked.texts.iter().filter(|filter| !filter.values.is_empty()) {
            params.push_list(name::of_facet(filter.side, &filter.facet), filter.values.clone());
        }
        params.push_labels(&asked.labels);
        params.push_rest(asked);
        Ok(params)
    }

    pub(super) fn into_inner(self) -> Vec<(String, ParamValue)> {
        self.0
    }

    /// The parameters for a query string, which has no empty lists. A job that has a key and lacks it meets an empty list.
    pub(super) fn without_empty_lists(self) -> Vec<(String, ParamValue)> {
        let mut params = Vec::with_capacity(self.0.len());
        for (name, value) in self.0 {
            match (name::Name::of(&name), &value) {
                (name::Name::Label(label), ParamValue::Texts(texts)) if texts.is_empty() => {
                    let names = if label.is_any_of { &[LABEL_EXISTS, LABEL_ABSENT][..] } else { &[] };
                    params.extend(names.iter().map(|&name| (name.to_owned(), ParamValue::Text(label.key.to_owned()))));
                }
                _ => params.push((name, value)),
            }
        }
        params
    }

    fn push_text(&mut self, name: &str, text: impl Into<String>) {
        self.0.push((name.to_owned(), ParamValue::Text(text.into())));
    }

    fn push_list(&mut self, name: String, texts: Vec<String>) {
        self.0.push((name, ParamValue::Texts(texts)));
    }

    fn push_facets(&mut self, asked: &Asked, schema: &Schema) -> Result<(), FacetError> {
        asked.facets.check()?;
        for (place, facet) in schema.names().enumerate() {
            let mut push = |side: FilterSide, set: &ValueSet| {
                let values = schema.texts_at(place).enumerate().filter(|(ordinal, _)| set.contains(*ordinal));
                let texts: Vec<String> = values.map(|(_, text)| text.to_owned()).collect();
                if !texts.is_empty() {
                    self.push_list(name::of_facet(side, facet), texts);
                }
            };
            push(FilterSide::Accept, &asked.facets.wanted(place));
            push(FilterSide::Exclude, &asked.facets.unwanted(schema.shape(), place));
        }
        Ok(())
    }

    fn push_labels(&mut self, clauses: &[LabelClause]) {
        for (place, clause) in clauses.iter().enumerate() {
            let key = clause.key.as_str();
            let (is_any_of, values) = match &clause.test {
                LabelTest::AnyOf(values) => (true, values),
                LabelTest::NoneOf(values) => (false, values),
                LabelTest::Exists => {
                    self.push_text(LABEL_EXISTS, key);
                    continue;
                }
                LabelTest::Absent => {
                    self.push_text(LABEL_ABSENT, key);
                    continue;
                }
            };
            let is_alike = |other: &&LabelClause| {
                other.key == key && std::mem::discriminant(&other.test) == std::mem::discriminant(&clause.test)
            };
            let number = u8::try_from(clauses[..=place].iter().filter(is_alike).count()).unwrap_or(u8::MAX);
            self.push_list(LabelParameter { is_any_of, key, number }.text(), values.clone());
        }
    }

    fn push_rest(&mut self, asked: &Asked) {
        if let Some(keyword) = asked.keyword.as_ref().filter(|keyword| !keyword.is_empty()) {
            self.push_text(KEYWORD, keyword);
        }
        if asked.matching != Matching::default() {
            self.push_text(MATCHING, asked.matching.as_str());
        }
        let (start, end) = asked.created;
        self.push_bound(start, CREATED_FROM, CREATED_AFTER);
        self.push_bound(end, CREATED_TO, CREATED_BEFORE);
        if asked.sort != SortOrder::default() {
            self.push_text(SORT, asked.sort.as_str());
        }
        match &asked.start {
            PageStart::No(PAGE_NO_MIN) => {}
            PageStart::No(page_no) => self.0.push((PAGE.to_owned(), ParamValue::Number(*page_no))),
            PageStart::After(cursor) => self.push_text(AFTER, cursor.to_string()),
        }
        if asked.page_size != PAGE_SIZE_DEFAULT {
            self.0.push((PAGE_SIZE.to_owned(), ParamValue::Number(asked.page_size.into())));
        }
    }

    fn push_bound(&mut self, bound: Bound<chrono::DateTime<chrono::Utc>>, included: &str, excluded: &str) {
        match bound {
            Bound::Included(time) => self.push_text(included, create_time::text_of(time)),
            Bound::Excluded(time) => self.push_text(excluded, create_time::text_of(time)),
            Bound::Unbounded => {}
        }
    }
}
