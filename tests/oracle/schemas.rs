//! Schemas of any number of combinations: typed tuples, and the same facets known at run time alone.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::marker::PhantomData;

use jobdex::answer::CountsByFacet;
use jobdex::record::{Facets, Has};
use jobdex::request::Values;
use jobdex::{Dyn, Facet, JobStore, ListQuery, Schema, facet};

use super::records::StoredRecord;

const NAMES: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];

/// A facet of `LEN` values. Its name is that of its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Level<const PLACE: usize, const LEN: usize>(u16);

impl<const PLACE: usize, const LEN: usize> Facet for Level<PLACE, LEN> {
    const NAME: &'static str = NAMES[PLACE];
    const LEN: usize = LEN;

    fn ordinal(self) -> usize {
        self.0.into()
    }

    fn from_ordinal(n: usize) -> Self {
        assert!(n < LEN, "the store asks for values that there are");
        Self(u16::try_from(n).expect("a facet is small"))
    }

    fn text(self) -> Cow<'static, str> {
        format!("{}{}", Self::NAME, self.0).into()
    }
}

facet! {
    /// Newtypes with the values and the names of other facets.
    pub struct OtherA(pub Level<0, 4>): "a";
    pub struct OtherC(pub Option<Level<2, 2>>): "c";
}

/// A filter that accepts values, or one that takes them away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Accept,
    Exclude,
}

/// The values of a filter, by their numbers, as a caller may write them.
#[derive(Clone, Debug)]
pub enum ChosenValues {
    One(usize),
    Several(Vec<usize>),
    /// From the first to before the second, which is not less.
    Range(usize, usize),
    /// From the first to the second, which is not less.
    Through(usize, usize),
    From(usize),
    Under(usize),
    UpTo(usize),
}

impl ChosenValues {
    /// The numbers of the values; `None` if no value was named. A range may have none.
    pub fn numbers(&self, len: usize) -> Option<BTreeSet<usize>> {
        Some(match self {
            Self::One(value) => BTreeSet::from([*value]),
            Self::Several(values) if values.is_empty() => return None,
            Self::Several(values) => values.iter().copied().collect(),
            Self::Range(from, to) => (*from..*to).collect(),
            Self::Through(from, to) => (*from..=*to).collect(),
            Self::From(from) => (*from..len).collect(),
            Self::Under(to) => (0..*to).collect(),
            Self::UpTo(to) => (0..=*to).collect(),
        })
    }
}

/// A schema, and the way in which records and queries name its values.
pub trait SchemaCase: Clone + Debug {
    type Facets: Facets<Counts = CountsByFacet<Self::Facets>> + Debug + PartialEq + Send + Sync;

    /// The names of the facets and the texts of their values.
    fn texts(&self) -> Vec<(&'static str, Vec<String>)>;
    fn store(&self) -> JobStore<StoredRecord<Self::Facets>>;
    fn facets(&self, values: &[usize]) -> Self::Facets;
    /// Adds a filter on the facet at a place.
    fn filter(
        &self,
        query: ListQuery<Self::Facets>,
        side: Side,
        place: usize,
        values: &ChosenValues,
    ) -> ListQuery<Self::Facets>;
    /// The counts of the facet at a place, read by the types of its values if they have one.
    fn counts_at(&self, counts: &CountsByFacet<Self::Facets>, place: usize) -> Vec<u64>;

    /// How many values each facet has.
    fn lens(&self) -> Vec<usize> {
        self.texts().iter().map(|(_, texts)| texts.len()).collect()
    }
}

/// A tuple of facets.
#[derive(Debug)]
pub struct Typed<F>(PhantomData<F>);

impl<F> Typed<F> {
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<F> Clone for Typed<F> {
    fn clone(&self) -> Self {
        Self::new()
    }
}

/// A facet of the tests.
pub trait AnyFacet: Facet + Debug + Send + Sync {}

impl<V: Facet + Debug + Send + Sync> AnyFacet for V {}

fn texts_of<V: Facet>() -> (&'static str, Vec<String>) {
    (V::NAME, (0..V::LEN).map(|n| V::from_ordinal(n).text().into_owned()).collect())
}

fn filtered<F: Has<V, P>, V: Facet, P>(query: ListQuery<F>, side: Side, values: &ChosenValues) -> ListQuery<F> {
    let value = V::from_ordinal;
    match values {
        ChosenValues::One(n) => set(query, side, value(*n)),
        ChosenValues::Several(numbers) => set(query, side, numbers.iter().map(|&n| value(n)).collect::<Vec<V>>()),
        ChosenValues::Range(from, to) => set(query, side, value(*from)..value(*to)),
        ChosenValues::Through(from, to) => set(query, side, value(*from)..=value(*to)),
        ChosenValues::From(from) => set(query, side, value(*from)..),
        ChosenValues::Under(to) => set(query, side, ..value(*to)),
        ChosenValues::UpTo(to) => set(query, side, ..=value(*to)),
    }
}

fn set<F: Has<V, P>, V: Facet, P>(query: ListQuery<F>, side: Side, values: impl Values<V>) -> ListQuery<F> {
    match side {
        Side::Accept => query.filter(values),
        Side::Exclude => query.exclude(values),
    }
}

fn typed_counts<F: Has<V, P>, V: Facet, P>(counts: &CountsByFacet<F>) -> Vec<u64> {
    (0..V::LEN).map(|n| counts.of(V::from_ordinal(n))).collect()
}

macro_rules! typed_case {
    ($($V:ident $place:literal),*) => {
        impl<$($V: AnyFacet),*> SchemaCase for Typed<($($V,)*)> {
            type Facets = ($($V,)*);

            fn texts(&self) -> Vec<(&'static str, Vec<String>)> {
                vec![$(texts_of::<$V>()),*]
            }

            fn store(&self) -> JobStore<StoredRecord<Self::Facets>> {
                JobStore::new()
            }

            #[allow(clippy::unused_unit, reason = "there may be no facet")]
            fn facets(&self, values: &[usize]) -> Self::Facets {
                let _ = values;
                ($($V::from_ordinal(values[$place]),)*)
            }

            fn filter(
                &self,
                query: ListQuery<Self::Facets>,
                side: Side,
                place: usize,
                values: &ChosenValues,
            ) -> ListQuery<Self::Facets> {
                let _ = (side, values);
                match place {
                    $($place => filtered::<_, $V, _>(query, side, values),)*
                    _ => query,
                }
            }

            fn counts_at(&self, counts: &CountsByFacet<Self::Facets>, place: usize) -> Vec<u64> {
                let _ = counts;
                match place {
                    $($place => typed_counts::<_, $V, _>(counts),)*
                    _ => Vec::new(),
                }
            }
        }
    };
}

typed_case!();
typed_case!(A 0);
typed_case!(A 0, B 1);
typed_case!(A 0, B 1, C 2);
typed_case!(A 0, B 1, C 2, D 3);
typed_case!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);

/// The facets of another case, known at run time alone.
#[derive(Clone, Debug)]
pub struct AtRunTime {
    texts: Vec<(&'static str, Vec<String>)>,
    schema: Schema,
}

impl AtRunTime {
    /// The facets with these names and these texts of values.
    pub fn new(texts: Vec<(&'static str, Vec<String>)>) -> Self {
        let add =
            |schema: Schema, (name, texts): &(&'static str, Vec<String>)| schema.facet(*name, texts.iter().cloned());
        Self { schema: texts.iter().fold(Schema::new(), add), texts }
    }

    pub fn of(case: &impl SchemaCase) -> Self {
        Self::new(case.texts())
    }
}

impl SchemaCase for AtRunTime {
    type Facets = Dyn;

    fn texts(&self) -> Vec<(&'static str, Vec<String>)> {
        self.texts.clone()
    }

    fn store(&self) -> JobStore<StoredRecord<Dyn>> {
        JobStore::with_schema(self.schema.clone()).expect("the schema is within its limits")
    }

    fn facets(&self, values: &[usize]) -> Dyn {
        let named = self.texts.iter().zip(values).map(|((name, texts), &value)| (*name, texts[value].as_str()));
        // A schema takes the facets in any order.
        self.schema.values(named.rev()).expect("each facet has a value")
    }

    fn filter(&self, query: ListQuery<Dyn>, side: Side, place: usize, values: &ChosenValues) -> ListQuery<Dyn> {
        let (name, texts) = &self.texts[place];
        let chosen = values.numbers(texts.len());
        let of_texts = |numbers: &BTreeSet<usize>| -> Vec<&String> { numbers.iter().map(|&n| &texts[n]).collect() };
        let named = chosen.as_ref().map(of_texts).unwrap_or_default();
        match side {
            Side::Exclude => query.exclude_text(*name, named),
            // Texts have no empty range: a filter that accepts nothing is one that takes all values away.
            Side::Accept if chosen.is_some_and(|chosen| chosen.is_empty()) => query.exclude_text(*name, texts),
            Side::Accept => query.filter_text(*name, named),
        }
    }

    fn counts_at(&self, counts: &CountsByFacet<Dyn>, place: usize) -> Vec<u64> {
        let (name, texts) = &self.texts[place];
        texts.iter().map(|text| counts.of_text(name, text).expect("the value is of the schema")).collect()
    }
}

/// One combination.
pub type Nothing = Typed<()>;
/// 24 combinations, by two schemas that say the same.
pub type Cells24 = Typed<(Level<0, 4>, bool, Option<Level<2, 2>>)>;
pub type OtherCells24 = Typed<(OtherA, bool, OtherC)>;
/// 96 combinations.
pub type Cells96 = Typed<(Option<Level<0, 3>>, bool, Level<2, 12>)>;
/// 720 combinations.
pub type Cells720 = Typed<(Level<0, 6>, Level<1, 8>, Level<2, 5>, Option<bool>)>;
/// One facet of 1,000 values.
pub type OneFacet = Typed<(Level<0, 1_000>,)>;
/// Eight facets of two values.
pub type EightFacets =
    Typed<(Level<0, 2>, Level<1, 2>, Level<2, 2>, Level<3, 2>, bool, Level<5, 2>, Level<6, 2>, Option<Level<7, 1>>)>;
