//! The names of parameters.

use crate::query::asked::FilterSide;

pub(super) const KEYWORD: &str = "q";
pub(super) const MATCHING: &str = "matching";
pub(super) const SORT: &str = "sort";
pub(super) const PAGE: &str = "page";
pub(super) const PAGE_SIZE: &str = "page_size";
pub(super) const AFTER: &str = "after";
pub(super) const CREATED_FROM: &str = "created_from";
pub(super) const CREATED_AFTER: &str = "created_after";
pub(super) const CREATED_TO: &str = "created_to";
pub(super) const CREATED_BEFORE: &str = "created_before";
pub(super) const LABEL_EXISTS: &str = "label_exists";
pub(super) const LABEL_ABSENT: &str = "label_absent";
const LABEL: &str = "label";
const LABEL_NOT: &str = "label_not";
const FILTER: &str = "filter.";
const EXCLUDE: &str = "exclude.";

/// The names of all parameters but the facets, as an error lists them.
pub(super) const LISTED: &str = "exclude.FACET, label.KEY, label_not.KEY, label_exists, label_absent, q, matching, \
    created_from, created_after, created_to, created_before, sort, page, page_size, after";

/// A parameter by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name<'n> {
    /// A filter on the facet with this name.
    Facet(FilterSide, &'n str),
    /// A condition on labels with this key.
    Label(LabelParameter<'n>),
    /// A parameter with this name, which has one value or is a list of keys.
    Plain(&'static str),
}

/// A condition that a job has one of some values under a key, or none of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LabelParameter<'n> {
    pub(super) is_any_of: bool,
    pub(super) key: &'n str,
    /// The number that distinguishes conditions on the same key.
    pub(super) number: u8,
}

const PLAIN: [&str; 12] = [
    KEYWORD,
    MATCHING,
    SORT,
    PAGE,
    PAGE_SIZE,
    AFTER,
    CREATED_FROM,
    CREATED_AFTER,
    CREATED_TO,
    CREATED_BEFORE,
    LABEL_EXISTS,
    LABEL_ABSENT,
];

impl<'n> Name<'n> {
    /// The parameter with a name. A name of no other parameter is that of a facet.
    pub(super) fn of(name: &'n str) -> Self {
        if let Some(plain) = PLAIN.into_iter().find(|&plain| plain == name) {
            return Self::Plain(plain);
        }
        if let Some(facet) = name.strip_prefix(FILTER) {
            return Self::Facet(FilterSide::Accept, facet);
        }
        if let Some(facet) = name.strip_prefix(EXCLUDE) {
            return Self::Facet(FilterSide::Exclude, facet);
        }
        LabelParameter::of(name).map_or(Self::Facet(FilterSide::Accept, name), Self::Label)
    }
}

impl<'n> LabelParameter<'n> {
    fn of(name: &'n str) -> Option<Self> {
        let (verb, key) = name.split_once('.')?;
        let digits = verb.trim_start_matches(|c: char| !c.is_ascii_digit());
        let is_any_of = match verb.strip_suffix(digits)? {
            LABEL => true,
            LABEL_NOT => false,
            _ => return None,
        };
        Some(Self { is_any_of, key, number: number_of(digits)? })
    }

    /// The name of the parameter.
    pub(super) fn text(self) -> String {
        let verb = if self.is_any_of { LABEL } else { LABEL_NOT };
        match self.number {
            1 => format!("{verb}.{}", self.key),
            number => format!("{verb}{number}.{}", self.key),
        }
    }
}

/// The number of a condition. The first has none, and no number begins with 0.
fn number_of(digits: &str) -> Option<u8> {
    match digits {
        "" => Some(1),
        _ if digits.len() > 2 || digits.starts_with('0') => None,
        _ => digits.parse().ok(),
    }
}

/// The name of the parameter of a facet.
pub(super) fn of_facet(side: FilterSide, facet: &str) -> String {
    match side {
        FilterSide::Exclude => format!("{EXCLUDE}{facet}"),
        FilterSide::Accept if Name::of(facet) == Name::Facet(FilterSide::Accept, facet) => facet.to_owned(),
        FilterSide::Accept => format!("{FILTER}{facet}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_that_of_a_parameter_or_of_a_facet() {
        let facet = |name| Name::Facet(FilterSide::Accept, name);
        let label = |is_any_of, number, key| Name::Label(LabelParameter { is_any_of, key, number });
        for (name, expected) in [
            ("q", Name::Plain(KEYWORD)),
            ("label_exists", Name::Plain(LABEL_EXISTS)),
            ("state", facet("state")),
            ("Q", facet("Q")),
            ("filter.q", facet("q")),
            ("filter.filter.q", facet("filter.q")),
            ("exclude.q", Name::Facet(FilterSide::Exclude, "q")),
            ("label.queue", label(true, 1, "queue")),
            ("label1.queue", label(true, 1, "queue")),
            ("label2.queue", label(true, 2, "queue")),
            ("label99.a.b", label(true, 99, "a.b")),
            ("label.", label(true, 1, "")),
            ("label.2.queue", label(true, 1, "2.queue")),
            ("label_not.owner", label(false, 1, "owner")),
            ("label_not12.owner", label(false, 12, "owner")),
            ("label0.queue", facet("label0.queue")),
            ("label100.queue", facet("label100.queue")),
            ("label2x.queue", facet("label2x.queue")),
            ("label", facet("label")),
            ("labels.queue", facet("labels.queue")),
            ("", facet("")),
        ] {
            assert_eq!(Name::of(name), expected, "{name}");
        }
    }

    #[test]
    fn the_name_of_every_parameter_is_read_as_that_parameter() {
        let names = ["state", "q", "page", "label.a", "label_not2.a", "filter.a", "exclude.a", "label", ""];
        for facet in names {
            for side in [FilterSide::Accept, FilterSide::Exclude] {
                assert_eq!(Name::of(&of_facet(side, facet)), Name::Facet(side, facet));
            }
            for (is_any_of, number) in [(true, 1), (true, 2), (false, 1), (false, 32)] {
                let label = LabelParameter { is_any_of, key: facet, number };
                assert_eq!(Name::of(&label.text()), Name::Label(label));
            }
        }
    }
}
