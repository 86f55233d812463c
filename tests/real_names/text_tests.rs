//! Compares folding, matching and marking with their specifications, over real names.

use std::cell::Cell;

use proptest::{prelude::*, sample::Index, test_runner::TestRunner};

use crate::keyword_recipe::keyword_recipe;
use crate::text::fold::{fold, tests::fold_slowly};
use crate::text::{marker, spec_tests, traced};

pub(crate) fn every_name_folds_as_the_chain_says(names: &[String]) {
    for name in names {
        let folded = fold(name);
        assert_eq!(folded, fold_slowly(name), "{name:?}");
        assert_eq!(fold(&folded), folded, "{name:?} folds once");
    }
}

pub(crate) fn every_name_can_be_traced_back_from_its_fold(names: &[String]) {
    for name in names {
        traced::tests::check(name);
    }
}

pub(crate) fn keywords_match_names_at_the_specified_level(names: &[String]) {
    let counts = LevelCounts::default();
    let sampled = (any::<Index>(), any::<Index>(), keyword_recipe());
    let outcome = runner(10_000).run(&sampled, |(name, other, recipe)| {
        let name = name.get(names);
        // One keyword in ten is made of another name, so that few of these match.
        let typed = if other.index(10) == 0 { other.get(names) } else { name };
        let level = spec_tests::check(name, &recipe.keyword_for(typed))?;
        counts.add(level.map(|level| level as usize));
        Ok(())
    });
    outcome.unwrap_or_else(|difference| panic!("{difference}"));
    counts.check(100);
}

pub(crate) fn names_are_marked_exactly_if_they_match(names: &[String]) {
    let counts = LevelCounts::default();
    let sampled = (any::<Index>(), keyword_recipe());
    let outcome = runner(5_000).run(&sampled, |(name, recipe)| {
        let name = name.get(names);
        let keyword = recipe.keyword_for(name);
        // A blank keyword does not filter, and the specification does not cover it.
        if !keyword.trim().is_empty() {
            counts.add(marker::tests::check(name, &keyword).map(usize::from));
        }
        Ok(())
    });
    outcome.unwrap_or_else(|difference| panic!("{difference}"));
    counts.check(50);
}

fn runner(cases: u32) -> TestRunner {
    TestRunner::new(ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() })
}

/// The number of cases by match level; the last number counts the cases without a match.
#[derive(Debug, Default)]
struct LevelCounts([Cell<u32>; 4]);

impl LevelCounts {
    fn add(&self, level: Option<usize>) {
        let count = &self.0[level.unwrap_or(3)];
        count.set(count.get() + 1);
    }

    /// Panics if a level has too few cases to prove anything.
    fn check(&self, cases_min: u32) {
        let is_enough = self.0.iter().all(|count| count.get() > cases_min);
        assert!(is_enough, "literal, one typo, two typos, none: {:?}", self.0);
    }
}
