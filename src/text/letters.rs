//! The characters that folding drops, and those that it replaces.
//!
//! [`fold`](super::fold) applies these rules to a decomposed text in lower case. They know one character at a time.
//!
//! ```text
//! dropped    é → e ̈  → e        soft hyphen → nothing        control character → nothing
//! replaced   ø → o   ک → ك   ם → מ   ٢ → 2   カ → か   ’ → '
//! ```

use std::iter::once;

/// The digit zero of each script that has decimal digits, ascending. The nine other digits of the script follow it.
///
/// Digits that NFKC replaces, such as `２` and `𝟚`, do not occur in a text that these rules see. A test compares the table
/// with the general category of Unicode.
const ZEROS: [char; 68] = [
    '\u{0660}',
    '\u{06F0}',
    '\u{07C0}',
    '\u{0966}',
    '\u{09E6}',
    '\u{0A66}',
    '\u{0AE6}',
    '\u{0B66}',
    '\u{0BE6}',
    '\u{0C66}',
    '\u{0CE6}',
    '\u{0D66}',
    '\u{0DE6}',
    '\u{0E50}',
    '\u{0ED0}',
    '\u{0F20}',
    '\u{1040}',
    '\u{1090}',
    '\u{17E0}',
    '\u{1810}',
    '\u{1946}',
    '\u{19D0}',
    '\u{1A80}',
    '\u{1A90}',
    '\u{1B50}',
    '\u{1BB0}',
    '\u{1C40}',
    '\u{1C50}',
    '\u{A620}',
    '\u{A8D0}',
    '\u{A900}',
    '\u{A9D0}',
    '\u{A9F0}',
    '\u{AA50}',
    '\u{ABF0}',
    '\u{104A0}',
    '\u{10D30}',
    '\u{10D40}',
    '\u{11066}',
    '\u{110F0}',
    '\u{11136}',
    '\u{111D0}',
    '\u{112F0}',
    '\u{11450}',
    '\u{114D0}',
    '\u{11650}',
    '\u{116C0}',
    '\u{116D0}',
    '\u{116DA}',
    '\u{11730}',
    '\u{118E0}',
    '\u{11950}',
    '\u{11BF0}',
    '\u{11C50}',
    '\u{11D50}',
    '\u{11DA0}',
    '\u{11DE0}',
    '\u{11F50}',
    '\u{16130}',
    '\u{16A60}',
    '\u{16AC0}',
    '\u{16B50}',
    '\u{16D70}',
    '\u{1E140}',
    '\u{1E2F0}',
    '\u{1E4F0}',
    '\u{1E5F1}',
    '\u{1E950}',
];

/// The distance from a letter of Katakana to the same letter of Hiragana, in codes.
const KATAKANA_TO_HIRAGANA: u32 = 0x60;

/// Whether folding drops `c`.
pub(crate) fn is_dropped(c: char) -> bool {
    is_dropped_mark(c) || is_dropped_ignorable(c)
}

/// Whether `c` is a mark that people may leave out: an accent, an Arabic or a Hebrew vowel. Dakuten and vowel signs are not,
/// and neither are the punctuation marks that stand among the Arabic and the Hebrew marks.
fn is_dropped_mark(c: char) -> bool {
    matches!(c,
        '\u{0300}'..='\u{036F}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}'
        | '\u{FE20}'..='\u{FE2F}'
        | '\u{0640}' | '\u{064B}'..='\u{065F}' | '\u{0670}' // Arabic
        | '\u{06D6}'..='\u{06DD}' | '\u{06DF}'..='\u{06E8}' | '\u{06EA}'..='\u{06ED}' // Arabic
        | '\u{0591}'..='\u{05BD}' | '\u{05BF}' | '\u{05C1}'..='\u{05C2}' | '\u{05C4}'..='\u{05C5}' | '\u{05C7}' // Hebrew
    )
}

/// Whether `c` is invisible: a control character, joiner, direction mark, filler, variation selector or tag. White space is
/// not, as it separates words.
pub(crate) fn is_dropped_ignorable(c: char) -> bool {
    matches!(c,
        '\0'..='\u{0008}' | '\u{000E}'..='\u{001F}' | '\u{007F}'..='\u{0084}' | '\u{0086}'..='\u{009F}' // controls
        | '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{E0000}'..='\u{E0FFF}'
    )
}

/// The characters that people type for `c` on another keyboard: letters without a stroke, a hook or a final form, ASCII
/// digits, Hiragana, the plain apostrophe. Any other character stays itself.
pub(crate) fn replaced(c: char) -> impl Iterator<Item = char> {
    let (first, second) = match c {
        'æ' => ('a', Some('e')),
        'œ' => ('o', Some('e')),
        'þ' => ('t', Some('h')),
        _ => (replaced_by_one(c), None),
    };
    once(first).chain(second)
}

/// The character that replaces `c`, where it is one.
fn replaced_by_one(c: char) -> char {
    if c.is_ascii() {
        return if c == '`' { '\'' } else { c };
    }
    let letter = latin(c).or_else(|| arabic_or_hebrew(c)).or_else(|| hiragana(c)).or_else(|| digit(c));
    letter.unwrap_or(if is_apostrophe(c) { '\'' } else { c })
}

/// The letter of the English alphabet that people type for a Latin letter.
fn latin(c: char) -> Option<char> {
    Some(match c {
        'ı' => 'i',
        'ø' | 'ɔ' => 'o',
        'đ' | 'ð' | 'ɗ' => 'd',
        'ł' => 'l',
        'ħ' => 'h',
        'ŧ' => 't',
        'ŋ' => 'n',
        'ə' | 'ɛ' => 'e',
        'ɓ' => 'b',
        'ƙ' => 'k',
        'ƴ' => 'y',
        _ => return None,
    })
}

/// The letter of the Arabic keyboard for a letter of the Persian or the Urdu one; the Hebrew letter for its final form.
fn arabic_or_hebrew(c: char) -> Option<char> {
    Some(match c {
        '\u{0671}' => '\u{0627}',                                        // alef
        '\u{06A9}' => '\u{0643}',                                        // kaf
        '\u{06CC}' | '\u{0649}' => '\u{064A}',                           // yeh
        '\u{06C1}' | '\u{06D5}' | '\u{06BE}' | '\u{0629}' => '\u{0647}', // heh
        '\u{05DA}' => '\u{05DB}',                                        // kaf
        '\u{05DD}' => '\u{05DE}',                                        // mem
        '\u{05DF}' => '\u{05E0}',                                        // nun
        '\u{05E3}' => '\u{05E4}',                                        // pe
        '\u{05E5}' => '\u{05E6}',                                        // tsadi
        _ => return None,
    })
}

/// The letter of Hiragana for one of Katakana.
fn hiragana(c: char) -> Option<char> {
    let is_katakana = matches!(c, '\u{30A1}'..='\u{30F6}' | '\u{30FD}' | '\u{30FE}');
    is_katakana.then(|| char::from_u32(u32::from(c) - KATAKANA_TO_HIRAGANA)).flatten()
}

/// The ASCII digit for a decimal digit of another script.
fn digit(c: char) -> Option<char> {
    let zero = ZEROS[..ZEROS.partition_point(|&zero| zero <= c)].last()?;
    char::from_digit(u32::from(c) - u32::from(*zero), 10)
}

/// Whether `c` is an apostrophe, or a letter that is written as one.
fn is_apostrophe(c: char) -> bool {
    matches!(c, '\u{02B9}' | '\u{02BB}'..='\u{02BF}' | '\u{2018}' | '\u{2019}' | '\u{201B}' | '\u{A78C}')
}

#[cfg(test)]
mod tests {
    use unicode_normalization::UnicodeNormalization;
    use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

    use super::*;

    #[test]
    fn the_digits_are_the_decimal_digits_of_unicode() {
        let mut expected = '0'..='9';
        let mut digits = 0;
        for c in (char::MIN..=char::MAX).filter(|c| !c.is_ascii()) {
            // A digit that NFKC replaces never comes here.
            let is_digit = c.general_category() == GeneralCategory::DecimalNumber && once(c).nfkc().eq(once(c));
            assert_eq!(digit(c).is_some(), is_digit, "{c:?}");
            if let Some(found) = digit(c) {
                if expected.is_empty() {
                    expected = '0'..='9';
                }
                assert_eq!(Some(found), expected.next(), "{c:?}");
                digits += 1;
            }
        }
        assert_eq!(digits, ZEROS.len() * 10);
    }

    #[test]
    fn a_replacement_is_not_replaced_again_and_no_replacement_is_dropped() {
        for c in (char::MIN..=char::MAX).filter(|&c| !is_dropped(c)) {
            assert!(replaced(c).all(|to| !is_dropped(to) && replaced(to).eq(once(to))), "{c:?}");
        }
    }

    #[test]
    fn white_space_is_not_dropped() {
        assert!((char::MIN..=char::MAX).filter(|c| c.is_whitespace()).all(|c| !is_dropped(c)));
        assert!((char::MIN..=char::MAX).filter(|c| c.is_control()).all(|c| c.is_whitespace() || is_dropped(c)));
    }
}
