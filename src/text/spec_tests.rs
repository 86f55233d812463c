//! Compares the pieces of this folder with the specification, one name and one keyword at a time. The pieces are put together
//! in the plainest way, without a trie and without posting lists.

use proptest::prelude::*;

use crate::text::{
    automaton::Automaton,
    fold::fold,
    joined::is_joined,
    keyword::{Keyword, KeywordWord},
    typos::{Typos, is_first_letter_typo},
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
            symbols.iter().all(|symbol| words::symbols(&name).any(|other| other == symbol)).then_some(Level::Literal)
        }
        Keyword::Words(phrase) => {
            let name_words: Vec<&str> = words::words(&name).collect();
            if phrase.as_one.is_some_and(|as_one| as_one.is_in(&name_words)) {
                return Some(Level::Literal);
            }
            let levels = phrase.words.iter().map(|word| word_level_by_pieces(&name, word));
            levels.collect::<Option<Vec<_>>>()?.into_iter().max()
        }
    }
}

/// The first level at which some word of a folded name matches a word of the keyword.
fn word_level_by_pieces(name: &str, word: &KeywordWord) -> Option<Level> {
    let is_literal = words::words(name).any(|name_word| word.literal_form.matches(name_word, &word.text));
    if is_literal || is_joined(&words::words(name).collect::<Vec<_>>(), &word.text) {
        return Some(Level::Literal);
    }
    let budget = words::edit_budget(&word.text);
    [(1, Level::OneTypo), (2, Level::TwoTypos)].into_iter().find_map(|(edits, level)| {
        let typos = (budget > 0).then(|| Typos::new(&word.text, edits.min(budget)))?;
        words::words(name).any(|name_word| is_typo(name_word, word, &typos)).then_some(level)
    })
}

/// Whether a word of a name, or a run of it, matches with typos.
fn is_typo(name_word: &str, word: &KeywordWord, typos: &Typos) -> bool {
    let whole = (!words::has_numeric(name_word)).then_some(name_word);
    whole.into_iter().chain(words::runs(name_word).map(|run| &name_word[run])).any(|piece| {
        let mut state = Some(typos.start());
        let mut is_match_at = piece.chars().map(|c| {
            state = state.and_then(|state| typos.step(state, c));
            state.is_some_and(|state| typos.is_match(state))
        });
        let begins_alike = if word.may_be_unfinished() {
            is_match_at.any(|is_match| is_match)
        } else {
            is_match_at.last() == Some(true)
        };
        begins_alike || !words::has_numeric(piece) && is_first_letter_typo(&word.text, piece)
    })
}

/// Compares one name and one keyword; returns the level at which they match.
pub(crate) fn check(name: &str, keyword: &str) -> Result<Option<Level>, TestCaseError> {
    let expected = match keyword.trim() {
        "" => None,
        _ => level(&FoldedName::new(name), &FoldedKeyword::new(keyword)),
    };
    prop_assert_eq!(level_by_pieces(name, keyword), expected, "{:?} {:?}", name, keyword);
    Ok(expected)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    #[test]
    fn random_names_match_at_the_specified_level(
        name in "([aab]{1,6}|[abc]{5,9}|[ab]{1,3}[12][ab]{2,8}|[新闻カ\u{3099}]{1,5}|[新a1\u{93F}]{1,6}|[ -_%]){1,6}",
        keyword in "([ab]{1,3}|[abc]{4,9}|[新闻カ\u{3099}]{1,4}|[ab1新\u{93F}]{1,4}|[ -_%])( [abc]{1,6}| ab| 新|%){0,3}",
    ) {
        check(&name, &keyword)?;
    }

    /// Short words of few letters, so that the words of a name are often those of a keyword, written as one or apart.
    #[test]
    fn random_joined_words_match_at_the_specified_level(
        name in "[ab]{1,3}([ -]([ab]{1,3}|[12新a]{1,2})){0,6}", keyword in "[ab]{2,9}|[ab12新]{2,6}|[ab]{1,4}([ -][ab]{1,4}){1,3}",
    ) {
        check(&name, &keyword)?;
    }

    /// A name's word and a keyword's word that differ in their first letters, and at times in another one.
    #[test]
    fn random_first_letters_match_at_the_specified_level(
        first in "[abcé]{0,2}", rest in "[abcé]{3,8}", typed in "[abcé]{0,2}", tail in "([a1新]|b c)?", cut in 0..3_usize,
        other in "(x )?",
    ) {
        let cut_rest: String = rest.chars().skip(cut % 2).take(rest.chars().count() - cut / 2).collect();
        check(&format!("{first}{rest}{tail}"), &format!("{other}{typed}{cut_rest}"))?;
        check(&format!("1{first}{rest}"), &format!("{typed}{cut_rest}"))?;
    }

    /// Names and keywords are made of the same letters, typed on different keyboards.
    #[test]
    fn random_names_of_many_keyboards_match_at_the_specified_level(
        name in "([カかガがヴゔヷﾊー゙]{1,5}|[کكیيىہهةھ]{1,6}|[٢۲২२๒2٤۴4]{1,3}|[םמןנא־]{1,5}|[ʼ’`'aæəɛ]{1,5}|[ -]|[🇬🇧🇺]{1,3}){1,5}",
        keyword in "([カかガがヴゔヷﾊー゙]{1,5}|[کكیيىہهةھ]{1,6}|[٢۲২२๒2٤۴4]{1,3}|[םמןנא־]{1,5}|[ʼ’`'aæəɛ]{1,5}|[🇬🇧🇺]{1,4})( [かكه2מae]{1,5}){0,2}",
    ) {
        check(&name, &keyword)?;
    }
}
