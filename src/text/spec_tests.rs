//! Proof that the pieces of this folder, put together in the plainest way, match what the specification matches: no trie, no
//! postings, one name and one keyword at a time.

use std::cell::RefCell;

use proptest::{prelude::*, test_runner::TestRunner};

use crate::text::{
    automaton::Automaton,
    fold::fold,
    keyword::{Keyword, KeywordWord},
    test_names::real_names,
    typos::Typos,
    words,
};

#[path = "../../tests/oracle/keyword.rs"]
#[allow(dead_code, unreachable_pub)]
pub(crate) mod oracle;

use oracle::{FoldedKeyword, FoldedName, Level, level};

/// The first level at which a name matches, by the pieces of this folder.
fn level_by_pieces(name: &str, keyword: &str) -> Option<Level> {
    let name = fold(name);
    match Keyword::parse(keyword) {
        Keyword::Blank | Keyword::Unmatchable => None,
        Keyword::Symbols(symbols) => {
            symbols.iter().all(|&symbol| words::symbols(&name).any(|c| c == symbol)).then_some(Level::Literal)
        }
        Keyword::Words(words) => {
            let levels = words.iter().map(|word| word_level_by_pieces(&name, word));
            levels.collect::<Option<Vec<_>>>()?.into_iter().max()
        }
    }
}

/// The first level at which some word of a folded name matches one of the keyword.
fn word_level_by_pieces(name: &str, word: &KeywordWord) -> Option<Level> {
    if words::words(name).any(|name_word| word.literal_form().matches(name_word, &word.text)) {
        return Some(Level::Literal);
    }
    let budget = words::edit_budget(&word.text);
    [(1, Level::OneTypo), (2, Level::TwoTypos)].into_iter().find_map(|(edits, level)| {
        let is_allowed = budget > 0;
        let typos = is_allowed.then(|| Typos::new(&word.text, edits.min(budget)))?;
        words::words(name).any(|name_word| is_typo(name_word, word, &typos)).then_some(level)
    })
}

fn is_typo(name_word: &str, word: &KeywordWord, typos: &Typos) -> bool {
    let whole = (!words::has_numeric(name_word)).then_some(name_word);
    whole.into_iter().chain(words::runs(name_word).map(|run| &name_word[run])).any(|piece| {
        let mut state = Some(typos.start());
        let mut is_match_at = piece.chars().map(|c| {
            state = state.and_then(|state| typos.step(state, c));
            state.is_some_and(|state| typos.is_match(state))
        });
        if word.may_be_unfinished() { is_match_at.any(|is_match| is_match) } else { is_match_at.last() == Some(true) }
    })
}

/// Compares one pair.
fn check(name: &str, keyword: &str) -> Result<Option<Level>, TestCaseError> {
    let expected = match keyword.trim() {
        "" => None,
        _ => level(&FoldedName::new(name), &FoldedKeyword::new(keyword)),
    };
    prop_assert_eq!(level_by_pieces(name, keyword), expected, "{:?} {:?}", name, keyword);
    Ok(expected)
}

/// How somebody types a keyword who looks for a name.
#[derive(Clone, Debug)]
pub(crate) struct Typing {
    words_skipped: usize,
    words_len: usize,
    is_reversed: bool,
    /// How many characters are missing at the beginning.
    cut_chars: usize,
    /// The kinds of slips, and where.
    slips: Vec<(u8, prop::sample::Index)>,
}

/// Ways of typing a keyword, mostly with few slips.
pub(crate) fn typing() -> impl Strategy<Value = Typing> {
    let slips = proptest::collection::vec((0..4_u8, any::<prop::sample::Index>()), 0..4);
    (0..4_usize, 1..4_usize, any::<bool>(), prop_oneof![3 => Just(0), 1 => 1..4_usize], slips).prop_map(
        |(words_skipped, words_len, is_reversed, cut_chars, slips)| Typing {
            words_skipped,
            words_len,
            is_reversed,
            cut_chars,
            slips,
        },
    )
}

impl Typing {
    /// The keyword that comes of it, for a name.
    pub(crate) fn keyword_for(&self, name: &str) -> String {
        let mut words: Vec<&str> =
            name.split_whitespace().cycle().skip(self.words_skipped).take(self.words_len).collect();
        if self.is_reversed {
            words.reverse();
        }
        let mut chars: Vec<char> = words.join(" ").chars().skip(self.cut_chars).collect();
        for (kind, place) in &self.slips {
            let at = place.index(chars.len() + 1);
            match kind {
                0 => chars.insert(at, 'a'),
                1 if at < chars.len() => drop(chars.remove(at)),
                2 if at < chars.len() => chars[at] = 'e',
                3 if at + 1 < chars.len() => chars.swap(at, at + 1),
                _ => {}
            }
        }
        chars.into_iter().collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    #[test]
    fn random_pairs_are_at_the_specified_level(
        name in "([aab]{1,6}|[abc]{5,9}|[ab]{1,3}[12][ab]{2,8}|[新闻カ\u{3099}]{1,5}|[新a1\u{93F}]{1,6}|[ -_%]){1,6}",
        keyword in "([ab]{1,3}|[abc]{4,9}|[新闻カ\u{3099}]{1,4}|[ab1新\u{93F}]{1,4}|[ -_%])( [abc]{1,6}| ab| 新|%){0,3}",
    ) {
        check(&name, &keyword)?;
    }
}

#[test]
fn real_names_are_found_at_the_specified_level() {
    let names = real_names();
    if names.is_empty() {
        return;
    }
    let config = ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() };
    let found = RefCell::new([0; 4]);
    let chosen = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), typing());
    let outcome = TestRunner::new(config).run(&chosen, |(name, sought, typing)| {
        let name = name.get(&names[..]);
        // Now and then the name is not the one that is looked for.
        let sought = if sought.index(10) == 0 { sought.get(&names[..]) } else { name };
        let level = check(name, &typing.keyword_for(sought))?;
        found.borrow_mut()[level.map_or(3, |level| level as usize)] += 1;
        Ok(())
    });
    if let Err(difference) = outcome {
        panic!("{difference}");
    }
    let found = found.into_inner();
    assert!(found.iter().all(|&count| count > 100), "literal, one typo, two typos, none: {found:?}");
}
