//! Folding makes `Ångström`, `ANGSTROM` and `ａｎｇｓｔｒｏｍ` the same text. Names and keywords are folded alike.
//!
//! Folding is one chain: NFKC → full case folding → NFKC → NFD → drop marks and ignorables → replace
//! letters, digits and apostrophes → NFC → trim white space. [`letters`](super::letters) has the dropped and the replaced
//! characters. The naive answer is to run that chain, with its four normalizations, on every name. This takes a microsecond
//! or two, as long as the rest of an insert. [`chain`] is this naive answer, and everything else in this file must equal it.
//!
//! Nearly all characters fold in the same way next to any neighbours. If all characters of a text are like this, the fold of
//! the text is the folds of its characters in a row:
//!
//! ```text
//! text   K   ö   l   n       か   ゙    ½
//! fold   k   o   l   n       └chain┘   └chain┘
//! ```
//!
//! A character *folds alone* if each stage of the chain turns it into a text that begins with a starter, and if this starter
//! never composes with a character before it. Then no normalization reaches across its front edge: the edge is safe. A
//! combining mark, a vowel of a Hangul syllable or a character that folds to nothing does not fold alone. It goes through the
//! chain together with the characters before it, back to the last one that folds alone.

use std::{borrow::Cow, iter::once, ops::Range};

use caseless::Caseless;
use unicode_normalization::{IsNormalized, UnicodeNormalization, char::canonical_combining_class, is_nfc_quick};

use crate::text::{
    char_table::CharTable,
    letters::{is_dropped, is_dropped_ignorable, replaced},
};

/// The fold of one character, next to any neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CharFold {
    /// It does not fold alone: its neighbours matter, or it folds to nothing.
    Contextual,
    /// It does not change.
    Itself,
    /// It becomes another character.
    One(char),
    /// It becomes two characters.
    Two(char, char),
    /// It becomes three characters or more, as `㍿` and `ﷺ` do. The table has them.
    Many,
}

/// The folds of the characters of one block.
struct FoldBlock {
    folds: Box<[CharFold]>,
    /// The folds of the characters that become [many](CharFold::Many), with their places in the block, ascending.
    many: Box<[(usize, Box<str>)]>,
}

/// The folds of single characters, computed by the chain.
///
/// A block takes 1 KB and 50 µs to fill. To fill all of them at the first use would take 50 ms, longer than one write may
/// take.
static FOLDS: CharTable<FoldBlock> = CharTable::new();

/// Folds a text. A keyword does not distinguish two texts with equal folds.
///
/// A text of only white space, marks and ignorables folds to the empty text. A text that is folded already is returned
/// borrowed.
///
/// Costs **O(n)** for a text of n bytes; one allocation if anything changes.
pub(crate) fn fold(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return fold_ascii(text);
    }
    match text.char_indices().find(|&(_, c)| char_fold(c) != CharFold::Itself) {
        None => Cow::Borrowed(text.trim()),
        Some((changed_at, _)) => Cow::Owned(fold_from(text, changed_at)),
    }
}

/// Whether a text is ASCII, without the control characters and the apostrophe that folding drops or replaces. The fold of
/// such a text is the text in lower case without white space at its ends.
pub(crate) fn is_plain_ascii(text: &str) -> bool {
    // The loop has no early end, so that the compiler reads many bytes at a time.
    let is_special = |byte: u8| byte >= 0x7F || byte == b'`' || (byte < b' ' && !matches!(byte, b'\t'..=b'\r'));
    !text.bytes().fold(false, |any, byte| any | is_special(byte))
}

/// Folds an ASCII text.
fn fold_ascii(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    if !is_plain_ascii(text) {
        return Cow::Owned(trimmed(chain(text).collect()));
    }
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        Cow::Borrowed(text)
    }
}

/// Folds a text of which all characters before `changed_at` fold to themselves.
fn fold_from(text: &str, changed_at: usize) -> String {
    let mut folded = String::with_capacity(text.len());
    folded.push_str(&text[..changed_at]);
    // The last safe edge, in the text and in its fold: the beginning of the last character that folds alone.
    let mut edge = text[..changed_at].char_indices().next_back().map_or(0, |(at, _)| at);
    let mut folded_edge = edge;
    let mut at = changed_at;
    // Each turn moves `at` past at least one character, so the loop ends. Before each turn, `folded` is the fold of the text
    // up to `at`, except that a contextual character at `at` may still change it behind the last safe edge.
    while let Some(c) = text[at..].chars().next() {
        let fold = char_fold(c);
        if fold == CharFold::Contextual {
            let end = end_of_chained(text, at + c.len_utf8());
            if !is_char_with_dropped(&text[edge..end]) {
                folded.truncate(folded_edge);
                folded.extend(chain(&text[edge..end]));
            }
            at = end;
        } else {
            (edge, folded_edge) = (at, folded.len());
            push(&mut folded, c, fold);
            at += c.len_utf8();
        }
    }
    trimmed(folded)
}

/// Whether a text folds as its first character does alone: behind it are only characters that folding drops. Behind an ASCII
/// character these may be marks; behind another one they are invisible, as the joiners of emoji are, and compose with nothing.
pub(crate) fn is_char_with_dropped(text: &str) -> bool {
    let mut chars = text.chars();
    let Some(first) = chars.next() else { return false };
    if first.is_ascii() {
        // The iota below is a mark whose case folding is a letter.
        return chars.all(|c| is_dropped(c) && c != '\u{345}');
    }
    chars.all(is_dropped_ignorable) && char_fold(first) != CharFold::Contextual
}

/// The byte of the next character, at or after `from`, that folds alone; the end of the text if there is none.
fn end_of_chained(text: &str, from: usize) -> usize {
    let rest = &text[from..];
    from + rest.char_indices().find(|&(_, c)| char_fold(c) != CharFold::Contextual).map_or(rest.len(), |(at, _)| at)
}

/// Appends the fold of `c`, which must fold alone.
pub(crate) fn push(folded: &mut String, c: char, fold: CharFold) {
    match fold {
        CharFold::Contextual => debug_assert!(false, "{c:?} does not fold alone"),
        CharFold::Itself => folded.push(c),
        CharFold::One(only) => folded.push(only),
        CharFold::Two(first, second) => folded.extend([first, second]),
        CharFold::Many => folded.push_str(many_of(c)),
    }
}

/// The text without white space at its ends, in the same allocation.
fn trimmed(mut text: String) -> String {
    text.truncate(text.trim_end().len());
    let blank_bytes = text.len() - text.trim_start().len();
    text.drain(..blank_bytes);
    text
}

/// The fold of `c`, next to any neighbours. Costs **O(1)**, and up to 50 µs for the first character of a block.
pub(crate) fn char_fold(c: char) -> CharFold {
    if c.is_ascii() {
        return ascii_fold(c);
    }
    if is_stable_ideograph_or_syllable(c) {
        return CharFold::Itself;
    }
    FOLDS.block(c, FoldBlock::new).map_or(CharFold::Contextual, |(block, place)| block.folds[place])
}

/// The fold of a character that becomes [many](CharFold::Many).
fn many_of(c: char) -> &'static str {
    let of_block = FOLDS.block(c, FoldBlock::new).and_then(|(block, place)| block.many_at(place));
    of_block.unwrap_or_default()
}

/// The fold of an ASCII character.
fn ascii_fold(c: char) -> CharFold {
    match c {
        'A'..='Z' => CharFold::One(c.to_ascii_lowercase()),
        '`' => CharFold::One('\''),
        _ if is_dropped_ignorable(c) => CharFold::Contextual,
        _ => CharFold::Itself,
    }
}

/// Whether `c` is in one of the large ranges of characters that all fold to themselves. These ranges need no table.
fn is_stable_ideograph_or_syllable(c: char) -> bool {
    matches!(c,
        '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' // Han
        | '\u{AC00}'..='\u{D7A3}' // Hangul syllables
        | '\u{20000}'..='\u{2F7FF}' | '\u{30000}'..='\u{3FFFF}' // Han, later additions
    )
}

impl FoldBlock {
    /// Folds the characters of these codes.
    fn new(codes: Range<u32>) -> Self {
        let chars = || codes.clone().map(char::from_u32);
        let folds: Box<[CharFold]> = chars().map(|c| c.map_or(CharFold::Contextual, char_fold_by_chain)).collect();
        let is_many = |place: usize| folds[place] == CharFold::Many;
        let many =
            chars().enumerate().filter_map(|(place, c)| c.filter(|_| is_many(place)).map(|c| (place, chain_of(c))));
        Self { many: many.collect(), folds }
    }

    fn many_at(&self, place: usize) -> Option<&str> {
        let index = self.many.binary_search_by_key(&place, |&(place, _)| place).ok()?;
        Some(&self.many[index].1)
    }
}

/// One character, folded by the chain.
fn chain_of(c: char) -> Box<str> {
    chain(c.encode_utf8(&mut [0; 4])).collect()
}

/// The fold of `c`, next to any neighbours, computed by the chain.
fn char_fold_by_chain(c: char) -> CharFold {
    if !has_safe_edge(c) {
        return CharFold::Contextual;
    }
    let mut utf8 = [0; 4];
    let mut folds = chain(c.encode_utf8(&mut utf8));
    match (folds.next(), folds.next(), folds.next()) {
        (Some(only), None, _) if only == c => CharFold::Itself,
        (Some(only), None, _) => CharFold::One(only),
        (Some(first), Some(second), None) => CharFold::Two(first, second),
        (Some(_), Some(_), Some(_)) => CharFold::Many,
        (None, ..) => CharFold::Contextual,
    }
}

/// Whether a text before `c` has the same fold with and without `c` behind it. This needs that no normalization reaches
/// across the front edge of `c`, and that `c` does not fold to nothing.
pub(crate) fn has_safe_edge(c: char) -> bool {
    let is_safe = |begin: Option<char>| begin.is_some_and(never_joins_before);
    // This answers for most unsafe characters, without the chain.
    if is_dropped(c) || !is_safe(once(c).nfkd().next()) {
        return false;
    }
    let cased = once(c).nfkc().default_case_fold();
    let first = chain(c.encode_utf8(&mut [0; 4])).next();
    is_safe(cased.nfkd().next()) && is_safe(first.and_then(|first| once(first).nfd().next()))
}

/// Whether a decomposed character neither composes with a character before it nor is reordered before it.
fn never_joins_before(c: char) -> bool {
    canonical_combining_class(c) == 0 && is_nfc_quick(once(c)) == IsNormalized::Yes
}

/// The whole chain, except for the white space at the ends: slow and obvious.
pub(crate) fn chain(text: &str) -> impl Iterator<Item = char> {
    text.nfkc().default_case_fold().nfkc().nfd().filter(|&c| !is_dropped(c)).flat_map(replaced).nfc()
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The specification: the chain over the whole text.
    pub(crate) fn fold_slowly(text: &str) -> String {
        chain(text).collect::<String>().trim().to_owned()
    }

    /// Characters that normalization handles specially: bases and marks that compose, and characters that fold to nothing,
    /// expand or are reordered.
    #[expect(clippy::unicode_not_nfc, reason = "characters that normalization changes are the point")]
    fn tricky_char() -> impl Strategy<Value = char> {
        const TRICKY: &str = "aAiIoOsSkKåÅéÉñçøØæÆœŒßẞıİłŁđĐħþÞðÐſﬁﬃŉǰΐΰάαΑΣσςᾳᾼᾷῼὈΆ\u{345}\u{300}\u{301}\u{307}\u{308}\u{30A}\u{323}\
            \u{327}\u{338}\u{34F}\u{315}\u{1DC0}\u{20E3}\u{20DD}\u{FE20}\u{AD}\u{200B}\u{200D}\u{2060}\u{FEFF}\u{FE0F}\u{FE0E}\
            ❤☀🔥🏳👍🏽1２½¼①Ⅷ㍿㌔℡™ªº²﷼ﷺﷲ ㅤ\u{A0}\u{3000}\u{2003}\t\u{85}\u{2028}¨´`^¸˝゛゜カか\u{3099}\u{309A}ｶﾞﾊﾟはウうワヷヺ\
            가각힣각ᆩ\u{115F}\u{1160}깨ㄱㅏ\u{3164}\u{FFA0}\u{FFC2}ﾡ豈金金\u{2F800}中台北ㄅㆠ\u{0E33}กำ\u{0E34}\u{0E48}\u{0EB3}ລ\
            क़\u{915}\u{93C}\u{94D}\u{93F}\u{9C7}\u{9BE}\u{9D7}ক\u{BC6}\u{BBE}\u{B47}\u{B3E}\u{1025}\u{102E}\u{1026}\u{17B4}\u{17D2}\
            اآأٱإ\u{653}\u{654}\u{655}\u{64B}\u{651}\u{670}\u{640}بثّﻻﺍﷻ\u{6D6}\u{5D0}\u{5B0}\u{5C1}שׁ\u{FB1D}\u{FB2A}\
            ᎠꭰᏸⴀႠᲐаАёЁйЙїЇҐ\u{F71}\u{F72}\u{F73}\u{F80}\u{F40}\u{FB5}\u{1100}\u{1161}\u{11A7}\u{11A8}\u{110BA}\u{11099}\u{1D15E}\u{1D165}\
            ŧŋƏəƁɓɗƙƴƐɛɔکیىہەھةۀۂئ۝۞۩םןףץךםּ־׀׃׆٢٤۴২๓၄𑁦𝟚２ヴヵヶヽヾヿ㋿ヸゔゞ`‘’‛ʼʻʹʿŉꞋꞌ\u{1}\u{1F}\u{7F}\u{9F}🇬🇧🇺\
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
        fn fast_folding_equals_the_chain(text in tricky_text()) {
            prop_assert_eq!(fold(&text), fold_slowly(&text));
        }

        #[test]
        fn a_folded_text_does_not_change_when_folded_again(text in tricky_text()) {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once.as_ref());
        }
    }

    #[test]
    fn every_character_folds_as_the_chain_says() {
        // These are two planes of letters and signs, and the plane of tags. The others are Han, private or unassigned.
        for c in (char::MIN..='\u{1FFFF}').chain('\u{E0000}'..='\u{E0FFF}') {
            for text in [format!("{c}"), format!("a{c}x"), format!("カ{c}\u{3099}"), format!("{c}\u{345}\u{301}")] {
                let folded = fold(&text);
                assert_eq!(folded, fold_slowly(&text), "{text:?}");
                assert_eq!(fold(&folded), folded, "{text:?} folds once");
            }
        }
    }

    #[test]
    fn characters_in_ranges_without_a_table_fold_to_themselves_by_the_chain() {
        for c in (char::MIN..=char::MAX).filter(|&c| is_stable_ideograph_or_syllable(c)) {
            assert_eq!(char_fold_by_chain(c), CharFold::Itself, "{c:?}");
        }
    }

    #[test]
    fn an_ascii_character_with_dropped_ones_folds_as_the_chain_says() {
        let dropped = || (char::MIN..='\u{E0FFF}').filter(|&c| is_dropped(c));
        for ascii in ('\0'..='\x7F').map(String::from) {
            for text in dropped().map(|c| format!("{ascii}{c}")) {
                assert_eq!(fold(&format!("é{text}x")), fold_slowly(&format!("é{text}x")), "{text:?}");
                assert_eq!(is_char_with_dropped(&text), !text.contains('\u{345}'), "{text:?}");
            }
        }
        for (one, other) in dropped().step_by(7).flat_map(|one| dropped().step_by(5).map(move |other| (one, other))) {
            let text = format!("éA{one}{other}k");
            assert_eq!(fold(&text), fold_slowly(&text), "{text:?}");
        }
    }

    #[test]
    fn a_character_with_invisible_ones_folds_as_the_chain_says() {
        let invisible: Vec<char> = (char::MIN..='\u{E0FFF}').filter(|&c| is_dropped_ignorable(c)).collect();
        let chars = (char::MIN..='\u{1FFFF}').filter(|&c| !is_stable_ideograph_or_syllable(c));
        for (number, c) in chars.enumerate() {
            let [one, other] = [number, number * 7 + 1].map(|number| invisible[number % invisible.len()]);
            for text in [format!("é{c}{one}x"), format!("{c}{one}{other}\u{301}"), format!("k{c}\u{200D}{other}é")] {
                assert_eq!(fold(&text), fold_slowly(&text), "{text:?}");
            }
        }
    }

    #[test]
    fn texts_fold_to_the_letters_people_type() {
        let cases = [
            ("", ""),
            (" \t ", ""),
            ("  Sky News ", "sky news"),
            ("İSTANBUL ısı", "istanbul isi"),
            ("Straße ẞ", "strasse ss"),
            ("Ångström", "angstrom"),
            ("Łódź Øst Đa Æon þorn", "lodz ost da aeon thorn"),
            ("ﬁnal ｃｈ１０８０", "final ch1080"),
            ("ﾗｲﾌﾞ", "らいぶ"),
            ("ガ カ\u{3099}", "が が"),
            ("ヴァイオリン ヶヵヽヾ", "ゔぁいおりん ゖゕゝゞ"),
            ("ヷ ー ヿ", "わ\u{3099} ー こと"),
            ("か\u{200B}\u{3099}", "が"),
            ("بثّ مباشر للأخبار", "بث مباشر للاخبار"),
            ("❤\u{FE0F}", "❤"),
            ("Ёлка Йога", "елка иога"),
            ("한국", "한국"),
            ("\u{200D}\u{FEFF}", ""),
            ("¨", ""),
            ("½", "1⁄2"),
            ("٢٤ ۲۴ ২৪ २४ ๒๔ ᠒᠔ 𑁨𑁪 𝟚𝟜 ２４", "24 24 24 24 24 24 24 24 24"),
            ("①Ⅷ〇", "1viii〇"),
            ("Xəzər Ŧŋ Ɓɗƙƴ Ɛɔ", "xezer tn bdky eo"),
            ("کانال یک", "كانال يك"),
            ("على مكتبة ہندوستان کوردستانی ھەولێر ۀ", "علي مكتبه هندوستان كوردستاني ههولێر ه"),
            ("שלום ךםןףץ", "שלומ כמנפצ"),
            ("תל־אביב א׃ ב׀ ג׆", "תל־אביב א׃ ב׀ ג׆"),
            ("۞ قرآن ۩ ۝", "۞ قران ۩"),
            ("Пʼятий L’Équipe Oʻzbekiston ŉ `‘‛ʹʿꞋ", "п'ятии l'equipe o'zbekiston 'n ''''''"),
            ("a\u{1}b\u{7F}c\u{85}d\u{9F}e\tf", "abc\u{85}de\tf"),
            ("\u{1} X \u{2}", "x"),
            ("\u{1}", ""),
            ("ﷺ", "صلي الله عليه وسلم"),
        ];
        for (text, folded) in cases {
            assert_eq!(fold(text), folded, "{text:?}");
        }
    }

    #[test]
    fn a_text_that_does_not_change_is_borrowed() {
        for text in ["live-news-1080p", "新闻直播", "らいぶ配信", "한국방송", "новости", " مباشر "]
        {
            assert!(matches!(fold(text), Cow::Borrowed(_)), "{text:?}");
        }
    }
}
