//! Folding: what makes `Ångström`, `ANGSTROM` and `ａｎｇｓｔｒｏｍ` the same text. Names and keywords fold alike.
//!
//! Folding is one chain: NFKC → full case folding → NFKC → NFD → drop marks and ignorables → map letters → NFC → trim
//! white space. The naive answer is to run that chain, four passes of normalization, on every name; it takes a microsecond
//! or two, as long as all the rest of an insert takes. It is [`chain`] here, and the truth for everything else in this file.
//!
//! Nearly all characters need no neighbours to know how they fold. Where every character of a text is such a one, the fold
//! of the text is the folds of its characters in a row:
//!
//! ```text
//! text   K   ö   l   n       か   ゙    ½
//! fold   k   o   l   n       └chain┘   └chain┘
//! ```
//!
//! A character *folds alone* if it, its folds and all that the chain makes of it on the way begin with a starter that
//! never composes with what is before. Then no normalization reaches across its front edge. What does not fold alone (a
//! combining mark, a vowel of a Hangul syllable, a character that vanishes) goes through the chain together with the
//! character before it, whose front edge is safe.

use std::{borrow::Cow, iter::once, sync::OnceLock};

use caseless::Caseless;
use unicode_normalization::{IsNormalized, UnicodeNormalization, char::canonical_combining_class, is_nfc_quick};

/// How one character folds, whatever its neighbours are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Alone {
    /// It does not: its neighbours matter, or it vanishes, or it becomes more than two characters.
    No,
    /// It stays.
    Itself,
    /// It becomes another character.
    One(char),
    /// It becomes two characters.
    Two(char, char),
}

/// Characters per block of the table.
const BLOCK_CHARS: u32 = 128;

/// One past the last character that has a place in the table: the two planes where scripts, emoji and signs are.
const TABLE_CHARS: u32 = 0x2_0000;

/// How many blocks the table has.
const BLOCKS_LEN: usize = (TABLE_CHARS / BLOCK_CHARS) as usize;

/// The answers of [`Alone`] for the characters of one block.
type Block = Box<[Alone]>;

/// The folds of single characters, a block at a time, each taken from the chain when a text first needs it.
///
/// The one static of the crate: it caches a pure function of Unicode's tables. A block takes 1 KB and 50 µs to fill; all of
/// them at the first use would be 50 ms, more than one write may take.
static BLOCKS: [OnceLock<Block>; BLOCKS_LEN] = [const { OnceLock::new() }; BLOCKS_LEN];

/// Folds a text. Two texts that fold to the same are the same to a keyword.
///
/// A text that is white space, marks and ignorables only folds to the empty text. What is folded already comes back
/// borrowed.
///
/// Costs **O(n)** for a text of n bytes; one allocation if anything changes.
pub(crate) fn fold(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return fold_ascii(text);
    }
    match text.char_indices().find(|&(_, c)| alone(c) != Alone::Itself) {
        None => Cow::Borrowed(text.trim()),
        Some((changed_at, _)) => Cow::Owned(fold_from(text, changed_at)),
    }
}

/// Folds an ASCII text: of the whole chain only the case and the white space are left.
fn fold_ascii(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        Cow::Borrowed(text)
    }
}

/// Folds a text whose characters before `changed_at` all fold to themselves.
fn fold_from(text: &str, changed_at: usize) -> String {
    let mut folded = String::with_capacity(text.len());
    folded.push_str(&text[..changed_at]);
    // Where the last character that folds alone begins, in the text and in its fold: the last safe edge.
    let mut edge = text[..changed_at].char_indices().next_back().map_or(0, |(at, _)| at);
    let mut folded_edge = edge;
    let mut at = changed_at;
    // Each turn moves `at` past at least one character; before it, `folded` is the fold of the text up to `at`, unless a
    // character that does not fold alone comes next.
    while let Some(c) = text[at..].chars().next() {
        let fold = alone(c);
        if fold == Alone::No {
            let end = end_of_chained(text, at + c.len_utf8());
            folded.truncate(folded_edge);
            folded.extend(chain(&text[edge..end]));
            at = end;
        } else {
            (edge, folded_edge) = (at, folded.len());
            push(&mut folded, c, fold);
            at += c.len_utf8();
        }
    }
    trimmed(folded)
}

/// Where, at or after `from`, the next character stands that folds alone; the end of the text if there is none.
fn end_of_chained(text: &str, from: usize) -> usize {
    let rest = &text[from..];
    from + rest.char_indices().find(|&(_, c)| alone(c) != Alone::No).map_or(rest.len(), |(at, _)| at)
}

/// Appends what `c` becomes. One that does not fold alone is not for here.
pub(crate) fn push(folded: &mut String, c: char, fold: Alone) {
    match fold {
        Alone::No => debug_assert!(false, "{c:?} does not fold alone"),
        Alone::Itself => folded.push(c),
        Alone::One(only) => folded.push(only),
        Alone::Two(first, second) => folded.extend([first, second]),
    }
}

/// The text without white space at its ends, in the same allocation.
fn trimmed(mut text: String) -> String {
    text.truncate(text.trim_end().len());
    let blank_bytes = text.len() - text.trim_start().len();
    text.drain(..blank_bytes);
    text
}

/// How `c` folds without its neighbours.
pub(crate) fn alone(c: char) -> Alone {
    if c.is_ascii() {
        return if c.is_ascii_uppercase() { Alone::One(c.to_ascii_lowercase()) } else { Alone::Itself };
    }
    if is_stable_ideograph_or_syllable(c) {
        return Alone::Itself;
    }
    let code = u32::from(c);
    let block = usize::try_from(code / BLOCK_CHARS).ok().and_then(|index| BLOCKS.get(index));
    let place = usize::try_from(code % BLOCK_CHARS).ok();
    let folds = block.map(|block| block.get_or_init(|| block_of(code - code % BLOCK_CHARS)));
    folds.zip(place).and_then(|(folds, place)| folds.get(place)).copied().unwrap_or(Alone::No)
}

/// Whether `c` is in one of the large ranges whose every character folds to itself, so that they need no table.
fn is_stable_ideograph_or_syllable(c: char) -> bool {
    matches!(c,
        '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' // Han
        | '\u{AC00}'..='\u{D7A3}' // Hangul syllables
        | '\u{20000}'..='\u{2F7FF}' | '\u{30000}'..='\u{3FFFF}' // Han, later additions
    )
}

/// The block of the table that begins at the code `first`.
fn block_of(first: u32) -> Block {
    (first..first + BLOCK_CHARS).map(|code| char::from_u32(code).map_or(Alone::No, alone_by_chain)).collect()
}

/// How `c` folds without its neighbours, found out by running the chain.
fn alone_by_chain(c: char) -> Alone {
    if !has_safe_edge(c) {
        return Alone::No;
    }
    let mut utf8 = [0; 4];
    let mut folds = chain(c.encode_utf8(&mut utf8));
    match (folds.next(), folds.next(), folds.next()) {
        (Some(only), None, _) if only == c => Alone::Itself,
        (Some(only), None, _) => Alone::One(only),
        (Some(first), Some(second), None) => Alone::Two(first, second),
        _ => Alone::No,
    }
}

/// Whether what is before `c` folds without it: no normalization reaches across its front edge, and it does not vanish.
pub(crate) fn has_safe_edge(c: char) -> bool {
    let is_safe = |begin: Option<char>| begin.is_some_and(never_joins_before);
    // Most of those that say no say it here, without the chain.
    if is_dropped_mark(c) || is_dropped_ignorable(c) || !is_safe(once(c).nfkd().next()) {
        return false;
    }
    let cased = once(c).nfkc().default_case_fold();
    let first = chain(c.encode_utf8(&mut [0; 4])).next();
    is_safe(cased.nfkd().next()) && is_safe(first.and_then(|first| once(first).nfd().next()))
}

/// Whether a decomposed character neither composes with the characters before it nor changes places with them.
fn never_joins_before(c: char) -> bool {
    canonical_combining_class(c) == 0 && is_nfc_quick(once(c)) == IsNormalized::Yes
}

/// The whole chain but for the white space at the ends: slow, obvious, and the truth.
pub(crate) fn chain(text: &str) -> impl Iterator<Item = char> {
    text.nfkc()
        .default_case_fold()
        .nfkc()
        .nfd()
        .filter(|&c| !is_dropped_mark(c) && !is_dropped_ignorable(c))
        .flat_map(mapped)
        .nfc()
}

/// Marks that people leave out or put in at will: accents, Arabic and Hebrew vowels. Dakuten and vowel signs are kept.
fn is_dropped_mark(c: char) -> bool {
    matches!(c,
        '\u{0300}'..='\u{036F}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}'
        | '\u{FE20}'..='\u{FE2F}'
        | '\u{0640}' | '\u{064B}'..='\u{065F}' | '\u{0670}' | '\u{06D6}'..='\u{06ED}' // Arabic
        | '\u{0591}'..='\u{05C7}' // Hebrew
    )
}

/// Characters that show nothing: joiners, direction marks, fillers, variation selectors, tags.
fn is_dropped_ignorable(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{E0000}'..='\u{E0FFF}'
    )
}

/// What a letter is typed as where the keyboard does not have it; any other character is itself.
fn mapped(c: char) -> impl Iterator<Item = char> {
    let (first, second) = match c {
        'ı' => ('i', None),
        'ø' => ('o', None),
        'đ' | 'ð' => ('d', None),
        'ł' => ('l', None),
        'ħ' => ('h', None),
        'æ' => ('a', Some('e')),
        'œ' => ('o', Some('e')),
        'þ' => ('t', Some('h')),
        'ٱ' => ('ا', None),
        _ => (c, None),
    };
    once(first).chain(second)
}

#[cfg(test)]
pub(super) mod tests {
    use std::hint::black_box;
    use std::time::Instant;

    use proptest::prelude::*;

    use super::*;
    use crate::text::test_names::real_names;

    /// The specification: the chain over the whole text.
    fn fold_slowly(text: &str) -> String {
        chain(text).collect::<String>().trim().to_owned()
    }

    /// Characters that meet in odd ways: bases that compose, marks that do, letters that vanish, expand or reorder.
    #[expect(clippy::unicode_not_nfc, reason = "characters that normalization changes are the point")]
    fn tricky_char() -> impl Strategy<Value = char> {
        const TRICKY: &str = "aAiIoOsSkKåÅéÉñçøØæÆœŒßẞıİłŁđĐħþÞðÐſﬁﬃŉǰΐΰάαΑΣσςᾳᾼᾷῼὈΆ\u{345}\u{300}\u{301}\u{307}\u{308}\u{30A}\u{323}\
            \u{327}\u{338}\u{34F}\u{315}\u{1DC0}\u{20E3}\u{20DD}\u{FE20}\u{AD}\u{200B}\u{200D}\u{2060}\u{FEFF}\u{FE0F}\u{FE0E}\
            ❤☀🔥🏳👍🏽1２½¼①Ⅷ㍿㌔℡™ªº²﷼ﷺﷲ ㅤ\u{A0}\u{3000}\u{2003}\t\u{85}\u{2028}¨´`^¸˝゛゜カか\u{3099}\u{309A}ｶﾞﾊﾟはウうワヷヺ\
            가각힣각ᆩ\u{115F}\u{1160}깨ㄱㅏ\u{3164}\u{FFA0}\u{FFC2}ﾡ豈金金\u{2F800}中台北ㄅㆠ\u{0E33}กำ\u{0E34}\u{0E48}\u{0EB3}ລ\
            क़\u{915}\u{93C}\u{94D}\u{93F}\u{9C7}\u{9BE}\u{9D7}ক\u{BC6}\u{BBE}\u{B47}\u{B3E}\u{1025}\u{102E}\u{1026}\u{17B4}\u{17D2}\
            اآأٱإ\u{653}\u{654}\u{655}\u{64B}\u{651}\u{670}\u{640}بثّﻻﺍﷻ\u{6D6}\u{5D0}\u{5B0}\u{5C1}שׁ\u{FB1D}\u{FB2A}\
            ᎠꭰᏸⴀႠᲐаАёЁйЙїЇҐ\u{F71}\u{F72}\u{F73}\u{F80}\u{F40}\u{FB5}\u{1100}\u{1161}\u{11A7}\u{11A8}\u{110BA}\u{11099}\u{1D15E}\u{1D165}\
            𝐀𝟙🅰𐐀𞤀\u{E0001}\u{E0100}\u{E000}\u{10FFFF}\u{FFFD}-_%*·\u{387}Ω\u{212B}K";
        let tricky: Vec<char> = TRICKY.chars().collect();
        prop_oneof![8 => proptest::sample::select(tricky), 1 => any::<char>(), 1 => proptest::char::range('\0', '\u{30FF}')]
    }

    /// Random texts of tricky characters.
    pub(in super::super) fn tricky_text() -> impl Strategy<Value = String> {
        proptest::collection::vec(tricky_char(), 0..12).prop_map(String::from_iter)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5_000))]

        #[test]
        fn fast_folding_is_the_chain(text in tricky_text()) {
            prop_assert_eq!(fold(&text), fold_slowly(&text));
        }

        #[test]
        fn what_is_folded_stays(text in tricky_text()) {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once.as_ref());
        }
    }

    #[test]
    fn every_character_folds_as_by_the_chain_and_stays() {
        // Two planes of letters and signs, and the one of tags; all others are Han, private or empty.
        for c in (char::MIN..='\u{1FFFF}').chain('\u{E0000}'..='\u{E0FFF}') {
            for text in [format!("{c}"), format!("a{c}x"), format!("カ{c}\u{3099}"), format!("{c}\u{345}\u{301}")] {
                let folded = fold(&text);
                assert_eq!(folded, fold_slowly(&text), "{text:?}");
                assert_eq!(fold(&folded), folded, "{text:?} folds on");
            }
        }
    }

    #[test]
    fn the_ranges_without_a_table_are_what_the_chain_says() {
        for c in (char::MIN..=char::MAX).filter(|&c| is_stable_ideograph_or_syllable(c)) {
            assert_eq!(alone_by_chain(c), Alone::Itself, "{c:?}");
        }
    }

    #[test]
    fn every_real_name_folds_as_by_the_chain() {
        for name in real_names() {
            let folded = fold(&name);
            assert_eq!(folded, fold_slowly(&name));
            assert_eq!(fold(&folded), folded);
        }
    }

    #[test]
    fn texts_fold_as_people_type_them() {
        let cases = [
            ("", ""),
            (" \t ", ""),
            ("  Sky News ", "sky news"),
            ("İSTANBUL ısı", "istanbul isi"),
            ("Straße ẞ", "strasse ss"),
            ("Ångström", "angstrom"),
            ("Łódź Øst Đa Æon þorn", "lodz ost da aeon thorn"),
            ("ﬁnal ｃｈ１０８０", "final ch1080"),
            ("ﾗｲﾌﾞ", "ライブ"),
            ("ガ カ\u{3099}", "ガ ガ"),
            ("か\u{200B}\u{3099}", "が"),
            ("بثّ مباشر للأخبار", "بث مباشر للاخبار"),
            ("❤\u{FE0F}", "❤"),
            ("Ёлка Йога", "елка иога"),
            ("한국", "한국"),
            ("\u{200D}\u{FEFF}", ""),
            ("¨", ""),
            ("½", "1⁄2"),
        ];
        for (text, folded) in cases {
            assert_eq!(fold(text), folded, "{text:?}");
        }
    }

    #[test]
    fn what_does_not_change_is_borrowed() {
        for text in ["live-news-1080p", "新闻直播", "ライブ配信", "한국방송", "новости", " مباشر "]
        {
            assert!(matches!(fold(text), Cow::Borrowed(_)), "{text:?}");
        }
    }

    /// Prints figures, asserts none: `cargo test --release -- --ignored --nocapture folding_speed`.
    #[test]
    #[ignore = "prints timings"]
    fn folding_speed() {
        let (ascii, other): (Vec<String>, Vec<String>) = real_names().into_iter().partition(|name| name.is_ascii());
        for (kind, names) in [("ASCII", ascii), ("other", other)] {
            for _round in 0..3 {
                let fast = nanoseconds_per_name(&names, |name| fold(name).len());
                let slow = nanoseconds_per_name(&names, |name| fold_slowly(name).len());
                println!("{kind}: {} names, {fast} ns each, {slow} ns by the chain", names.len());
            }
        }
    }

    /// Mean time of `work` over the names.
    fn nanoseconds_per_name(names: &[String], work: impl Fn(&str) -> usize) -> u128 {
        let start = Instant::now();
        for name in names {
            black_box(work(black_box(name)));
        }
        start.elapsed().as_nanos() / (names.len().max(1) as u128)
    }
}
