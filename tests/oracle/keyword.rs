//! Decides whether a keyword matches a name, as the specification says.
//!
//! This is written to be read beside the rules, not to be fast: each function is one sentence of them. [`FoldedName`]
//! and [`FoldedKeyword`] fold a text once, for callers that compare many pairs.

use std::collections::BTreeSet;

use caseless::Caseless;
use strsim::osa_distance;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};
use unicode_script::{Script, UnicodeScript};

/// The closeness of a match; the closest level is the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Without typos.
    Literal,
    /// With at most one typo in each word.
    OneTypo,
    /// With at most two typos in each word.
    TwoTypos,
}

/// The first level at which a job matches a keyword that is not blank.
pub fn job_level(job_id: &str, name: &str, keyword: &str) -> Option<Level> {
    if id_text(keyword).eq_ignore_ascii_case(job_id) { Some(Level::Literal) } else { name_level(name, keyword) }
}

/// The first level at which a name matches a keyword that is not blank.
pub fn name_level(name: &str, keyword: &str) -> Option<Level> {
    level(&FoldedName::new(name), &FoldedKeyword::new(keyword))
}

/// The first level at which a folded name matches a folded keyword that is not blank.
pub fn level(name: &FoldedName, keyword: &FoldedKeyword) -> Option<Level> {
    match keyword.words.as_slice() {
        [] => symbols_match(name, keyword).then_some(Level::Literal),
        _ if is_whole(name, keyword) => Some(Level::Literal),
        words => {
            let places = words.iter().enumerate();
            places.map(|(i, word)| word_level(name, word, i == 0, i + 1 == words.len())).try_fold(
                Level::Literal,
                // Each level includes the closer levels, so the word with the highest level decides.
                |worst, level| level.map(|level| worst.max(level)),
            )
        }
    }
}

/// A name, folded and split into words.
pub struct FoldedName {
    pub words: Vec<NameWord>,
    symbols: BTreeSet<String>,
}

/// A word of a name.
pub struct NameWord {
    pub text: String,
    /// The characters of the word.
    pub chars: Vec<char>,
    /// The ranges of its runs, in characters; empty for a word that has no runs.
    runs: Vec<(usize, usize)>,
    pub has_numeric: bool,
}

/// A keyword, folded and split into words.
pub struct FoldedKeyword {
    pub words: Vec<KeywordWord>,
    symbols: BTreeSet<String>,
}

/// A word of a keyword.
pub struct KeywordWord {
    pub text: String,
    pub chars: Vec<char>,
    is_no_space: bool,
    has_no_space: bool,
    pub budget: usize,
}

impl FoldedName {
    /// Folds a name and splits it.
    pub fn new(name: &str) -> Self {
        let folded = fold(name);
        let words = words_of(&folded).into_iter().map(NameWord::new).collect();
        Self { words, symbols: symbols_of(&folded) }
    }
}

impl NameWord {
    pub fn new(text: String) -> Self {
        let chars: Vec<char> = text.chars().collect();
        let runs = runs_of(&chars);
        let has_numeric = chars.iter().any(|c| c.is_numeric());
        Self { text, chars, runs, has_numeric }
    }

    /// The same word as if it had no runs.
    pub fn without_runs(self) -> Self {
        Self { runs: Vec::new(), ..self }
    }

    /// The word and its runs.
    pub fn pieces(&self) -> impl Iterator<Item = &[char]> {
        std::iter::once(self.chars.as_slice()).chain(self.runs.iter().map(|&(start, end)| &self.chars[start..end]))
    }
}

impl FoldedKeyword {
    /// Folds a keyword and splits it.
    pub fn new(keyword: &str) -> Self {
        let folded = fold(keyword);
        let words = words_of(&folded).into_iter().map(KeywordWord::new).collect();
        Self { words, symbols: symbols_of(&folded) }
    }
}

impl KeywordWord {
    fn new(text: String) -> Self {
        let chars: Vec<char> = text.chars().collect();
        let classes = classes_of(&chars);
        let has_numeric = chars.iter().any(|c| c.is_numeric());
        let is_no_space = classes.iter().all(|&class| class == Class::NoSpace);
        let has_no_space = classes.contains(&Class::NoSpace);
        let budget = match chars.len() {
            _ if has_numeric => 0,
            0..=3 | 63.. => 0,
            _ if has_no_space => 1,
            4..=7 => 1,
            8..=62 => 2,
        };
        Self { text, chars, is_no_space, has_no_space, budget }
    }
}

/// Whether a name has all symbols of a keyword that mean something: `+ & ! # @`, currency signs and other symbols.
pub fn has_meaningful_symbols(name: &FoldedName, keyword: &FoldedKeyword) -> bool {
    meaningful_symbols(keyword).all(|symbol| name.symbols.contains(symbol))
}

/// Whether a keyword of words has symbols that mean something.
pub fn may_be_narrowed(keyword: &FoldedKeyword) -> bool {
    !keyword.words.is_empty() && meaningful_symbols(keyword).next().is_some()
}

fn meaningful_symbols(keyword: &FoldedKeyword) -> impl Iterator<Item = &String> {
    use GeneralCategory::{CurrencySymbol, OtherSymbol};
    keyword.symbols.iter().filter(|symbol| {
        let c = symbol.chars().next().expect("a symbol has a character");
        "+&!#@".contains(c) || matches!(c.general_category(), CurrencySymbol | OtherSymbol)
    })
}

/// Whether a name has all symbols of a keyword without words. A keyword without symbols too matches no name.
fn symbols_match(name: &FoldedName, keyword: &FoldedKeyword) -> bool {
    !keyword.symbols.is_empty() && keyword.symbols.is_subset(&name.symbols)
}

/// The first level at which a word of the keyword matches some word of the name.
fn word_level(name: &FoldedName, word: &KeywordWord, is_first: bool, is_last: bool) -> Option<Level> {
    if name.words.iter().any(|name_word| is_literal(name_word, word, is_first, is_last)) || is_joined(name, &word.text)
    {
        return Some(Level::Literal);
    }
    let levels = [(1, Level::OneTypo), (2, Level::TwoTypos)];
    levels.into_iter().find_map(|(edits, level)| {
        let edits_max = edits.min(word.budget);
        name.words.iter().any(|name_word| is_typo(name_word, word, is_last, edits_max)).then_some(level)
    })
}

/// Whether a text is joined in a name: two to four neighbouring words of the name written as one. The last of them may be
/// cut short.
pub fn is_joined(name: &FoldedName, text: &str) -> bool {
    let neighbours = (2..=4).flat_map(|len| name.words.windows(len));
    neighbours.into_iter().any(|words| {
        let (last, before) = words.split_last().expect("there are two words at least");
        let rest = before.iter().try_fold(text, |rest, word| rest.strip_prefix(word.text.as_str()));
        rest.is_some_and(|rest| is_cut_short(last, rest))
    })
}

/// Whether a text is a word of a name, or its beginning of two characters or more.
fn is_cut_short(word: &NameWord, text: &str) -> bool {
    text == word.text || text.chars().count() >= 2 && word.text.starts_with(text)
}

/// Whether several words of a keyword, written as one, are joined in a name, or are a word of it, which may be cut short.
pub fn is_whole(name: &FoldedName, keyword: &FoldedKeyword) -> bool {
    if keyword.words.len() < 2 {
        return false;
    }
    let whole: String = keyword.words.iter().map(|word| word.text.as_str()).collect();
    name.words.iter().any(|word| is_cut_short(word, &whole)) || is_joined(name, &whole)
}

/// Whether a word of the keyword matches a word of a name without typos.
pub fn is_literal(name_word: &NameWord, word: &KeywordWord, is_first: bool, is_last: bool) -> bool {
    let is_only = is_first && is_last;
    if is_only || word.is_no_space {
        return name_word.text.contains(&word.text);
    }
    name_word.text.starts_with(&word.text)
        || name_word.runs.iter().any(|&(start, _)| name_word.chars[start..].starts_with(&word.chars))
        || is_first && name_word.text.ends_with(&word.text)
}

/// Whether a word of the keyword matches a word of a name, or one of its runs, with at most so many edits. The last
/// word of a keyword also matches prefixes of these, if it is long enough or of a script without spaces.
pub fn is_typo(name_word: &NameWord, word: &KeywordWord, is_last: bool, edits_max: usize) -> bool {
    // A word with a number does not match as a whole or by a prefix, but its runs without a number may match.
    let pieces = name_word.pieces().skip(usize::from(name_word.has_numeric));
    let mut pieces = pieces.filter(|piece| !piece.iter().any(|c| c.is_numeric()));
    let matches_prefixes = is_last && (word.chars.len() >= 5 || word.has_no_space);
    pieces.any(|piece| {
        is_one_edit(piece, word, edits_max)
            || is_slip(piece, word, edits_max)
            || matches_prefixes && (0..piece.len()).any(|len| is_slip(&piece[..len], word, edits_max))
    })
}

/// Whether a text is within so many edits of the word and begins as the word does.
fn is_slip(text: &[char], word: &KeywordWord, edits_max: usize) -> bool {
    begins_alike(text, &word.chars) && edits(text, word, edits_max).is_some()
}

/// Whether there is exactly one edit between a text and the word, at any place.
fn is_one_edit(text: &[char], word: &KeywordWord, edits_max: usize) -> bool {
    edits(text, word, edits_max) == Some(1)
}

/// The edits between a text and the word; `None` if they are more than `edits_max`, or if none is allowed.
fn edits(text: &[char], word: &KeywordWord, edits_max: usize) -> Option<usize> {
    // The difference in length is the least number of edits. This saves the computation for most texts.
    if edits_max == 0 || text.len().abs_diff(word.chars.len()) > edits_max {
        return None;
    }
    Some(osa_distance(&String::from_iter(text), &word.text)).filter(|&edits| edits <= edits_max)
}

/// Whether the first characters are equal, or the first two are swapped.
fn begins_alike(a: &[char], b: &[char]) -> bool {
    let is_equal = !a.is_empty() && !b.is_empty() && a[0] == b[0];
    let is_swapped = a.len() >= 2 && b.len() >= 2 && a[0] == b[1] && a[1] == b[0];
    is_equal || is_swapped
}

/// Folds a text by one pass after the other, as the rules name them.
pub fn fold(text: &str) -> String {
    let text: String = text.nfkc().collect();
    let text: String = text.chars().default_case_fold().collect();
    let text: String = text.nfkc().collect();
    let text: String = text.nfd().collect();
    let text: String = text.chars().filter(|&c| !is_in(c, &MARKS) && !is_ignorable(c)).collect();
    let text: String = text.chars().map(mapped).collect();
    let text: String = text.nfc().collect();
    text.trim().to_owned()
}

/// The text of a keyword that is compared with job IDs: without ignorables, then trimmed.
pub fn id_text(keyword: &str) -> String {
    let visible: String = keyword.chars().filter(|&c| !is_ignorable(c)).collect();
    visible.trim().to_owned()
}

/// The text that a character of a decomposed text becomes.
fn mapped(c: char) -> String {
    if let Some((_, letters)) = LETTERS.iter().find(|(letter, _)| *letter == c) {
        return (*letters).to_owned();
    }
    let code = u32::from(c);
    if c.general_category() == GeneralCategory::DecimalNumber {
        return digit_value(c).to_string();
    }
    if is_in(c, &KATAKANA) {
        return char::from_u32(code - 0x60).expect("Hiragana has a letter at this place").to_string();
    }
    if is_in(c, &APOSTROPHES) { "'".to_owned() } else { c.to_string() }
}

/// The value of a decimal digit. Unicode puts the ten digits of a script side by side, from zero to nine. If several
/// sets follow each other, each of them has ten digits.
fn digit_value(c: char) -> u32 {
    let is_digit =
        |code: u32| char::from_u32(code).is_some_and(|c| c.general_category() == GeneralCategory::DecimalNumber);
    let code = u32::from(c);
    let before = (0..code).rev().take_while(|&code| is_digit(code)).count();
    u32::try_from(before % 10).expect("a digit is under ten")
}

/// The letters that become other letters.
const LETTERS: [(char, &str); 32] = [
    ('ı', "i"),
    ('ø', "o"),
    ('đ', "d"),
    ('ł', "l"),
    ('ħ', "h"),
    ('æ', "ae"),
    ('œ', "oe"),
    ('þ', "th"),
    ('ð', "d"),
    ('ŧ', "t"),
    ('ŋ', "n"),
    ('ə', "e"),
    ('ɓ', "b"),
    ('ɗ', "d"),
    ('ƙ', "k"),
    ('ƴ', "y"),
    ('ɛ', "e"),
    ('ɔ', "o"),
    // Arabic: the alef with a wasla, and the letters of Persian, Urdu and other keyboards.
    ('\u{671}', "\u{627}"),
    ('\u{6A9}', "\u{643}"),
    ('\u{6CC}', "\u{64A}"),
    ('\u{649}', "\u{64A}"),
    ('\u{6C1}', "\u{647}"),
    ('\u{6D5}', "\u{647}"),
    ('\u{6BE}', "\u{647}"),
    ('\u{629}', "\u{647}"),
    // Hebrew: the final forms.
    ('\u{5DA}', "\u{5DB}"),
    ('\u{5DD}', "\u{5DE}"),
    ('\u{5DF}', "\u{5E0}"),
    ('\u{5E3}', "\u{5E4}"),
    ('\u{5E5}', "\u{5E6}"),
    ('`', "'"),
];

/// The letters of Katakana that have a letter of Hiragana, as ranges of codes.
const KATAKANA: [(u32, u32); 2] = [(0x30A1, 0x30F6), (0x30FD, 0x30FE)];

/// The apostrophes beside ASCII.
const APOSTROPHES: [(u32, u32); 5] =
    [(0x02B9, 0x02B9), (0x02BB, 0x02BF), (0x2018, 0x2019), (0x201B, 0x201B), (0xA78C, 0xA78C)];

/// The marks that are dropped, without the punctuation that stands among them.
const MARKS: [(u32, u32); 16] = [
    (0x0300, 0x036F),
    (0x1AB0, 0x1AFF),
    (0x1DC0, 0x1DFF),
    (0x20D0, 0x20FF),
    (0xFE20, 0xFE2F),
    // Arabic.
    (0x0640, 0x0640),
    (0x064B, 0x065F),
    (0x0670, 0x0670),
    (0x06D6, 0x06DD),
    (0x06DF, 0x06E8),
    (0x06EA, 0x06ED),
    // Hebrew: without 05BE, 05C0, 05C3 and 05C6.
    (0x0591, 0x05BD),
    (0x05BF, 0x05BF),
    (0x05C1, 0x05C2),
    (0x05C4, 0x05C5),
    (0x05C7, 0x05C7),
];

/// The ignorables that are dropped, beside control characters.
const IGNORABLES: [(u32, u32); 14] = [
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xE0000, 0xE0FFF),
];

/// Whether a character is invisible and is dropped: a control that is not white space, or one of the list.
fn is_ignorable(c: char) -> bool {
    c.is_control() && !c.is_whitespace() || is_in(c, &IGNORABLES)
}

fn is_in(c: char, ranges: &[(u32, u32)]) -> bool {
    ranges.iter().any(|&(first, last)| (first..=last).contains(&u32::from(c)))
}

/// A word character is alphanumeric or a combining mark.
fn is_word_char(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c)
}

/// The words of a folded text, in order.
fn words_of(folded: &str) -> Vec<String> {
    let spaced: String = folded.chars().map(|c| if is_word_char(c) { c } else { ' ' }).collect();
    spaced.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// The symbols of a folded text: its visible characters outside of words. Two regional indicators side by side are one.
fn symbols_of(folded: &str) -> BTreeSet<String> {
    let chars: Vec<char> = folded.chars().collect();
    let is_indicator = |place: usize| chars.get(place).is_some_and(|c| ('\u{1F1E6}'..='\u{1F1FF}').contains(c));
    let mut symbols = BTreeSet::new();
    let mut place = 0;
    while place < chars.len() {
        let len = if is_indicator(place) && is_indicator(place + 1) { 2 } else { 1 };
        let c = chars[place];
        if !is_word_char(c) && !c.is_whitespace() && !c.is_control() {
            symbols.insert(chars[place..place + len].iter().collect());
        }
        place += len;
    }
    symbols
}

/// The character classes. A word is split into runs where the class changes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Numeric,
    NoSpace,
    Letter,
}

/// The class of each character. A mark has the class of the character before it; a mark that begins the word has its
/// own.
fn classes_of(chars: &[char]) -> Vec<Class> {
    let mut classes: Vec<Class> = Vec::new();
    for &c in chars {
        let class = match classes.last() {
            Some(&before) if is_combining_mark(c) => before,
            _ if c.is_numeric() => Class::Numeric,
            _ if is_of_no_space_script(c) => Class::NoSpace,
            _ => Class::Letter,
        };
        classes.push(class);
    }
    classes
}

/// Whether a character is of a script written without spaces, or shared by such scripts, as `ー` is.
fn is_of_no_space_script(c: char) -> bool {
    use Script::{Bopomofo, Han, Hangul, Hiragana, Katakana, Khmer, Lao, Latin, Myanmar, Thai};
    let scripts = c.script_extension();
    let is_of_any = scripts.is_common() || scripts.is_inherited() || scripts.contains_script(Latin);
    let no_space = [Han, Hiragana, Katakana, Hangul, Bopomofo, Thai, Lao, Khmer, Myanmar];
    !is_of_any && no_space.into_iter().any(|script| scripts.contains_script(script))
}

/// The ranges of the runs of a word; none if the word is one run, or more than four.
fn runs_of(chars: &[char]) -> Vec<(usize, usize)> {
    let classes = classes_of(chars);
    let starts = (0..chars.len()).filter(|&i| i == 0 || classes[i - 1] != classes[i]);
    let mut edges: Vec<usize> = starts.collect();
    edges.push(chars.len());
    let runs: Vec<(usize, usize)> = edges.windows(2).map(|edge| (edge[0], edge[1])).collect();
    if (2..=4).contains(&runs.len()) { runs } else { Vec::new() }
}
