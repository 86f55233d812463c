//! Values of flags that name a facet, in any case of letters. A typo is refused with the values that exist.

use std::fmt::Display;
use std::str::FromStr;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

/// The values of `--type`.
pub(crate) const TEMPLATE_TYPES: &[(&str, &str)] =
    &[("normal", ""), ("narrow-band", "narrowband"), ("audio-only", "audioonly"), ("origin", "")];
/// The values of `--start-mode`, each with its number on the wire.
pub(crate) const START_MODES: &[(&str, &str)] = &[("immediate", "0"), ("scheduled", "1")];
/// The values of `--status`, each with its number on the wire.
pub(crate) const STATUSES: &[(&str, &str)] = &[("pending", "0"), ("running", "1"), ("stopped", "2")];

/// A parser of these values. Each has another name, or an empty text.
pub(crate) fn choice<T>(values: &'static [(&'static str, &'static str)]) -> impl TypedValueParser<Value = T>
where
    T: FromStr<Err: Display + std::error::Error + Send + Sync + 'static> + Clone + Send + Sync + 'static,
{
    let possible = values.iter().map(|&(name, other)| {
        let value = PossibleValue::new(name);
        if other.is_empty() { value } else { value.alias(other) }
    });
    PossibleValuesParser::new(possible).try_map(move |text| {
        let named = values.iter().find(|(_, other)| other.eq_ignore_ascii_case(&text));
        named.map_or_else(|| text.to_ascii_lowercase(), |(name, _)| (*name).to_owned()).parse::<T>()
    })
}
