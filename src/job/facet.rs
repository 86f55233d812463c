//! The trait of a facet, and the facets that need no declaration: `bool`, and `Option` of a facet.

use std::borrow::Cow;

use crate::error::FacetError;

/// A facet of a record: a small closed set of values that a query filters by. The type is the facet, and its values are
/// numbered from zero without gaps.
///
/// [`facet!`](crate::facet!) declares an enum, or a newtype of another facet, with this trait. `bool` is a facet, and
/// `Option` of a facet is one: its first value is `None`.
///
/// A store counts jobs for each combination of values. A property with many values, or with values that are not known
/// in advance, is a label of the [`Record`](crate::Record) and not a facet.
///
/// An implementation by hand:
///
/// ```
/// use std::borrow::Cow;
///
/// use jobdex::Facet;
///
/// /// The number of attempts, where the last value stands for many.
/// #[derive(Clone, Copy, PartialEq, Eq)]
/// struct Attempts(u8);
///
/// impl Facet for Attempts {
///     const NAME: &'static str = "attempts";
///     const LEN: usize = 4;
///
///     fn ordinal(self) -> usize {
///         usize::from(self.0.min(3))
///     }
///
///     fn from_ordinal(n: usize) -> Self {
///         Self(n as u8)
///     }
///
///     fn text(self) -> Cow<'static, str> {
///         if self.0 < 3 { self.0.to_string().into() } else { "3+".into() }
///     }
/// }
///
/// assert_eq!(Attempts(7).text(), "3+");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a facet",
    label = "this type does not implement `Facet`",
    note = "a facet is a type declared by `jobdex::facet!`, `bool`, or `Option` of a facet",
    note = "a property with many values is a label: return it from `Record::labels`, and ask for it by `.label(key, values)`"
)]
pub trait Facet: Copy + Eq + 'static {
    /// The name of the facet, which no other facet of the record has.
    const NAME: &'static str;
    /// The number of values.
    const LEN: usize;
    /// All values, in the order of their numbers.
    ///
    /// The facets of [`Job`](crate::Job) and the enums of [`facet!`](crate::facet!) have this list. It may be left out;
    /// then code that reads it does not compile. [`from_ordinal`](Self::from_ordinal) returns the values of every
    /// facet.
    const ALL: &'static [Self] = panic!("this facet does not list its values; use `from_ordinal` with 0 to `LEN`");

    /// The number of this value: 0 to `LEN - 1`.
    fn ordinal(self) -> usize;

    /// The value with this number, which is under `LEN`.
    ///
    /// # Panics
    /// It may panic if the number is not under `LEN`.
    fn from_ordinal(n: usize) -> Self;

    /// The text of this value, for people and for query strings. No other value of the facet has this text.
    fn text(self) -> Cow<'static, str>;
}

/// All values of a facet, in the order of their numbers.
pub(crate) fn values<V: Facet>() -> impl Iterator<Item = V> {
    (0..V::LEN).map(V::from_ordinal)
}

/// The value of a facet that has a text.
///
/// # Errors
/// [`FacetError::UnknownValue`] if no value has the text.
#[doc(hidden)]
pub fn parse_value<V: Facet>(text: &str) -> Result<V, FacetError> {
    let value = values::<V>().find(|value| value.text() == text);
    value.ok_or_else(|| FacetError::unknown_value(V::NAME, text, values::<V>().map(V::text)))
}

/// `false` and `true`. The name of the facet is `bool`; a newtype has a name of its own.
impl Facet for bool {
    const NAME: &'static str = "bool";
    const LEN: usize = 2;
    const ALL: &'static [Self] = &[false, true];

    fn ordinal(self) -> usize {
        self.into()
    }

    fn from_ordinal(n: usize) -> Self {
        n == 1
    }

    fn text(self) -> Cow<'static, str> {
        if self { "true" } else { "false" }.into()
    }
}

/// `None`, whose text is `none`, and then the values of `V`. The name of the facet is that of `V`.
impl<V: Facet> Facet for Option<V> {
    const NAME: &'static str = V::NAME;
    const LEN: usize = V::LEN.saturating_add(1);

    fn ordinal(self) -> usize {
        self.map_or(0, |value| value.ordinal().saturating_add(1))
    }

    fn from_ordinal(n: usize) -> Self {
        n.checked_sub(1).map(V::from_ordinal)
    }

    fn text(self) -> Cow<'static, str> {
        self.map_or("none".into(), V::text)
    }
}
