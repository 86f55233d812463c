//! The macro that declares facets, and the functions that its code calls.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Error, Visitor};
use serde::{Deserializer, Serializer};

use super::facet::{Facet, parse_value, values};

/// Declares facets: enums with a text for each value, and newtypes of another facet.
///
/// A newtype has the values and the texts of the other facet under a name of its own. So one record can have two facets
/// of one kind.
///
/// ```
/// use jobdex::{Facet, facet};
///
/// facet! {
///     /// The state of an encode job.
///     pub enum State: "state" {
///         /// It waits for a machine.
///         Queued = "queued",
///         Running = "running",
///         Failed = "failed",
///     }
///
///     pub enum Region: "region" { Eu = "eu", Us = "us" }
///
///     /// The region that the stream comes from.
///     pub struct SourceRegion(pub Region): "source_region";
/// }
///
/// assert_eq!(State::ALL, [State::Queued, State::Running, State::Failed]);
/// assert_eq!(State::Running.to_string(), "running");
/// assert_eq!("eu".parse(), Ok(SourceRegion(Region::Eu)));
/// assert_eq!(serde_json::to_string(&State::Failed)?, r#""failed""#);
/// let refusal = "done".parse::<State>().unwrap_err();
/// assert_eq!(refusal.to_string(), r#"state must be one of queued, running, failed, got "done""#);
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// Each type implements [`Facet`](crate::Facet), `Clone`, `Copy`, `Debug`, `PartialEq`, `Eq`, `Hash`, `PartialOrd`,
/// `Ord`, `Display`, `FromStr`, and `Serialize` and `Deserialize` of serde as its text. An enum also has the constant
/// `ALL` and the method `as_str`. The facet inside a newtype needs the traits that can be derived.
#[macro_export]
macro_rules! facet {
    () => {};
    (
        $(#[$attribute:meta])*
        $visibility:vis enum $Name:ident: $name:literal {
            $($(#[$value_attribute:meta])* $Value:ident = $text:literal),+ $(,)?
        }
        $($rest:tt)*
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        $visibility enum $Name {
            $($(#[$value_attribute])* $Value),+
        }

        #[allow(dead_code)]
        impl $Name {
            /// All values, in order.
            $visibility const ALL: &'static [Self] = &[$(Self::$Value),+];

            /// The text of this value.
            $visibility const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$Value => $text),+
                }
            }
        }

        impl $crate::Facet for $Name {
            const NAME: &'static str = $name;
            const LEN: usize = Self::ALL.len();
            const ALL: &'static [Self] = Self::ALL;

            fn ordinal(self) -> usize {
                self as usize
            }

            fn from_ordinal(n: usize) -> Self {
                Self::ALL[n]
            }

            fn text(self) -> ::std::borrow::Cow<'static, str> {
                ::std::borrow::Cow::Borrowed(self.as_str())
            }
        }

        $crate::__facet_text!($Name);
        $crate::facet! { $($rest)* }
    };
    (
        $(#[$attribute:meta])*
        $visibility:vis struct $Name:ident($inner_visibility:vis $Inner:ty): $name:literal;
        $($rest:tt)*
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        $visibility struct $Name($inner_visibility $Inner);

        impl $crate::Facet for $Name {
            const NAME: &'static str = $name;
            const LEN: usize = <$Inner as $crate::Facet>::LEN;

            fn ordinal(self) -> usize {
                $crate::Facet::ordinal(self.0)
            }

            fn from_ordinal(n: usize) -> Self {
                Self($crate::Facet::from_ordinal(n))
            }

            fn text(self) -> ::std::borrow::Cow<'static, str> {
                $crate::Facet::text(self.0)
            }
        }

        $crate::__facet_text!($Name);
        $crate::facet! { $($rest)* }
    };
}

/// The traits by which a facet is a text.
#[doc(hidden)]
#[macro_export]
macro_rules! __facet_text {
    ($Name:ident) => {
        impl ::std::fmt::Display for $Name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(&$crate::Facet::text(*self))
            }
        }

        impl ::std::str::FromStr for $Name {
            type Err = $crate::error::FacetError;

            /// Reads the text of a value.
            fn from_str(text: &str) -> ::std::result::Result<Self, Self::Err> {
                $crate::__facet::parse_value(text)
            }
        }

        impl $crate::__facet::Serialize for $Name {
            fn serialize<S: $crate::__facet::Serializer>(
                &self,
                serializer: S,
            ) -> ::std::result::Result<S::Ok, S::Error> {
                $crate::__facet::serialize(*self, serializer)
            }
        }

        impl<'de> $crate::__facet::Deserialize<'de> for $Name {
            fn deserialize<D: $crate::__facet::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                $crate::__facet::deserialize(deserializer)
            }
        }
    };
}

/// Writes a value as its text.
///
/// # Errors
/// The errors of the serializer.
pub fn serialize<V: Facet, S: Serializer>(value: V, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&value.text())
}

/// Reads a value from its text.
///
/// # Errors
/// The errors of the deserializer, and one that lists the texts if no value has the text.
pub fn deserialize<'de, V: Facet, D: Deserializer<'de>>(deserializer: D) -> Result<V, D::Error> {
    deserializer.deserialize_str(ValueText(PhantomData))
}

struct ValueText<V>(PhantomData<V>);

impl<V: Facet> Visitor<'_> for ValueText<V> {
    type Value = V;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts: Vec<Cow<'static, str>> = values::<V>().map(V::text).collect();
        write!(f, "one of {} for {}", texts.join(", "), V::NAME)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<V, E> {
        parse_value(text).map_err(E::custom)
    }
}
