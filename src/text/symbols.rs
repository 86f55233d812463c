//! Symbols that mean something: `+`, `&`, `!`, `#`, `@`, currency signs, emoji, flags.
//!
//! Beside words, these symbols tell names apart: `M+` is not `M`, and `🇺🇸 CNN` is not `🇬🇧 CNN`. All other symbols, such as `-` or
//! `.`, only separate words.
//!
//! ```text
//! keyword  rock & roll - live      means something  &
//! ```

use smol_str::SmolStr;

use crate::text::words::symbols;

/// The symbols of a folded text that mean something, sorted, each once.
pub(crate) fn meaningful_symbols(folded: &str) -> Vec<SmolStr> {
    let meaningful = symbols(folded).filter(|symbol| symbol.chars().next().is_some_and(is_meaningful));
    let mut found: Vec<SmolStr> = meaningful.map(SmolStr::new).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// Whether a symbol of a folded text means something: one of `+&!#@`, or of the general categories Sc and So of Unicode 17.
///
/// Folding leaves no character that NFKC changes, and words have no symbols. So a range may go on over such characters.
#[rustfmt::skip]
fn is_meaningful(c: char) -> bool {
    matches!(c,
        '\u{0021}' | '\u{0023}'..='\u{0024}' | '\u{0026}' | '\u{002B}' | '\u{0040}' | '\u{00A2}'..='\u{00A6}'
        | '\u{00A9}' | '\u{00AE}'..='\u{00B0}' | '\u{0482}' | '\u{058D}'..='\u{058F}' | '\u{060B}'
        | '\u{060E}'..='\u{060F}' | '\u{06DE}'..='\u{06FE}' | '\u{07F6}' | '\u{07FE}'..='\u{07FF}'
        | '\u{09F2}'..='\u{09FB}' | '\u{0AF1}' | '\u{0B70}' | '\u{0BF3}'..='\u{0BFA}' | '\u{0C7F}' | '\u{0D4F}'
        | '\u{0D79}' | '\u{0E3F}' | '\u{0F01}'..='\u{0F03}' | '\u{0F13}' | '\u{0F15}'..='\u{0F38}'
        | '\u{0FBE}'..='\u{0FCC}' | '\u{0FCE}'..='\u{0FCF}' | '\u{0FD5}'..='\u{0FD8}' | '\u{109E}'..='\u{109F}'
        | '\u{1390}'..='\u{1399}' | '\u{166D}' | '\u{17DB}' | '\u{1940}' | '\u{19DE}'..='\u{19FF}'
        | '\u{1B61}'..='\u{1B7C}' | '\u{20A0}'..='\u{20C4}' | '\u{2104}'..='\u{2117}' | '\u{211E}'..='\u{213A}'
        | '\u{214A}' | '\u{214C}'..='\u{218B}' | '\u{2195}'..='\u{2199}' | '\u{219C}'..='\u{219F}'
        | '\u{21A1}'..='\u{21A2}' | '\u{21A4}'..='\u{21A5}' | '\u{21A7}'..='\u{21AD}' | '\u{21AF}'..='\u{21CD}'
        | '\u{21D0}'..='\u{21D1}' | '\u{21D3}' | '\u{21D5}'..='\u{21F3}' | '\u{2300}'..='\u{2307}'
        | '\u{230C}'..='\u{231F}' | '\u{2322}'..='\u{237B}' | '\u{237D}'..='\u{239A}' | '\u{23B4}'..='\u{23DB}'
        | '\u{23E2}'..='\u{2429}' | '\u{2440}'..='\u{244A}' | '\u{2500}'..='\u{25B6}' | '\u{25B8}'..='\u{25C0}'
        | '\u{25C2}'..='\u{25F7}' | '\u{2600}'..='\u{266E}' | '\u{2670}'..='\u{2767}' | '\u{2794}'..='\u{27BF}'
        | '\u{2800}'..='\u{28FF}' | '\u{2B00}'..='\u{2B2F}' | '\u{2B45}'..='\u{2B46}' | '\u{2B4D}'..='\u{2B73}'
        | '\u{2B76}'..='\u{2CEA}' | '\u{2E50}'..='\u{2E51}' | '\u{2E80}'..='\u{2E99}' | '\u{2E9B}'..='\u{2EF2}'
        | '\u{2FF0}'..='\u{2FFF}' | '\u{3004}' | '\u{3012}'..='\u{3013}' | '\u{3020}' | '\u{3037}'
        | '\u{303E}'..='\u{303F}' | '\u{3190}'..='\u{31E5}' | '\u{31EF}' | '\u{327F}'..='\u{4DFF}'
        | '\u{A490}'..='\u{A4C6}' | '\u{A828}'..='\u{A82B}' | '\u{A836}'..='\u{A839}' | '\u{AA77}'..='\u{AA79}'
        | '\u{FBC3}'..='\u{FBD2}' | '\u{FD40}'..='\u{FDCF}' | '\u{FDFD}'..='\u{FDFF}' | '\u{FFFC}'..='\u{FFFD}'
        | '\u{10137}'..='\u{1018E}' | '\u{10190}'..='\u{1019C}' | '\u{101A0}' | '\u{101D0}'..='\u{101FC}'
        | '\u{10877}'..='\u{10878}' | '\u{10AC8}' | '\u{10ED1}'..='\u{10ED8}' | '\u{1173F}'
        | '\u{11FD5}'..='\u{11FF1}' | '\u{16B3C}'..='\u{16B3F}' | '\u{16B45}' | '\u{1BC9C}'
        | '\u{1CC00}'..='\u{1CCFC}' | '\u{1CD00}'..='\u{1CEB3}' | '\u{1CEBA}'..='\u{1CED0}'
        | '\u{1CED2}'..='\u{1CED4}' | '\u{1CEE0}'..='\u{1CEEF}' | '\u{1CF50}'..='\u{1CFC3}'
        | '\u{1D000}'..='\u{1D0F5}' | '\u{1D100}'..='\u{1D16C}' | '\u{1D183}'..='\u{1D245}'
        | '\u{1D253}'..='\u{1D27F}' | '\u{1D300}'..='\u{1D356}' | '\u{1D800}'..='\u{1DA86}' | '\u{1E14F}'
        | '\u{1E2FF}' | '\u{1ECAC}'..='\u{1ECB0}' | '\u{1ED2E}' | '\u{1F000}'..='\u{1F02B}'
        | '\u{1F030}'..='\u{1F093}' | '\u{1F0A0}'..='\u{1F0AE}' | '\u{1F0B1}'..='\u{1F0BF}'
        | '\u{1F0C1}'..='\u{1F0CF}' | '\u{1F0D1}'..='\u{1F0F5}' | '\u{1F10D}'..='\u{1F1AE}'
        | '\u{1F1E6}'..='\u{1F1FF}' | '\u{1F260}'..='\u{1F265}' | '\u{1F300}'..='\u{1F3FA}'
        | '\u{1F400}'..='\u{1F6D9}' | '\u{1F6DC}'..='\u{1F6EC}' | '\u{1F6F0}'..='\u{1F6FC}'
        | '\u{1F700}'..='\u{1F7DB}' | '\u{1F7E0}'..='\u{1F7EB}' | '\u{1F7F0}'..='\u{1F80B}'
        | '\u{1F810}'..='\u{1F847}' | '\u{1F850}'..='\u{1F859}' | '\u{1F860}'..='\u{1F887}'
        | '\u{1F890}'..='\u{1F8AD}' | '\u{1F8B0}'..='\u{1F8BB}' | '\u{1F8C0}'..='\u{1F8C1}'
        | '\u{1F900}'..='\u{1FA57}' | '\u{1FA60}'..='\u{1FA6D}' | '\u{1FA70}'..='\u{1FA7C}'
        | '\u{1FA80}'..='\u{1FAC6}' | '\u{1FAC8}' | '\u{1FACC}'..='\u{1FADD}' | '\u{1FADF}'..='\u{1FAEB}'
        | '\u{1FAEF}'..='\u{1FAFA}' | '\u{1FB00}'..='\u{1FB92}' | '\u{1FB94}'..='\u{1FBFA}'
    )
}

#[cfg(test)]
mod tests {
    use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

    use super::*;
    use crate::text::fold::fold;

    #[test]
    fn every_symbol_that_a_fold_may_have_is_classified_as_unicode_says() {
        for c in char::MIN..=char::MAX {
            let text = c.to_string();
            let folded = fold(&text);
            let Some(symbol) = symbols(&folded).next().filter(|symbol| *symbol == text) else { continue };
            let category = c.general_category();
            let is_of_category = matches!(category, GeneralCategory::CurrencySymbol | GeneralCategory::OtherSymbol);
            assert_eq!(is_meaningful(c), is_of_category || "+&!#@".contains(symbol), "{c:?} is {category:?}");
        }
    }

    #[test]
    fn the_symbols_that_mean_something_are_sorted_and_distinct() {
        let cases = [("m+", "+"), ("live-news, 50% (x)", ""), ("c# a & b & c!", "! # &"), ("🇺🇸 cnn €", "€ 🇺🇸")];
        for (folded, expected) in cases {
            assert_eq!(meaningful_symbols(folded).join(" "), expected, "{folded:?}");
        }
    }
}
