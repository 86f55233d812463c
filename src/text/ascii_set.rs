//! Which ASCII letters and digits a text has, a bit each. Most names lack one that a keyword needs, and are passed over by that.

use crate::text::fold::is_plain_ascii;

/// A set of letters and digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AsciiSet(u64);

/// Characters of a folded word that no plain ASCII text has.
const OTHER: u64 = 1 << 63;

/// The bit of each byte. A byte that no folded word has has none.
static BITS: [u64; 128] = {
    let (mut bits, mut byte) = ([0; 128], 0);
    while byte < 128 {
        #[allow(clippy::cast_possible_truncation, reason = "it is ASCII")]
        let lower = (byte as u8).to_ascii_lowercase();
        bits[byte] = match lower {
            b'a'..=b'z' => 1 << (lower - b'a'),
            b'0'..=b'9' => 1 << (26 + lower - b'0'),
            _ => 0,
        };
        byte += 1;
    }
    bits
};

impl AsciiSet {
    /// The set of a name, which need not be folded; `None` if it is not plain ASCII.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        let of_byte = |byte: u8| BITS[usize::from(byte % 128)];
        is_plain_ascii(name).then(|| Self(name.bytes().fold(0, |set, byte| set | of_byte(byte))))
    }

    /// The set of a folded word.
    pub(crate) fn of_word(word: &str) -> Self {
        Self(word.bytes().fold(0, |set, byte| set | BITS.get(usize::from(byte)).unwrap_or(&OTHER)))
    }

    /// How many of these characters another set does not have.
    pub(crate) fn missing_in(self, other: Self) -> u32 {
        (self.0 & !other.0).count_ones()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_the_letters_and_digits_of_its_words_in_any_case() {
        let missing = |word, name| AsciiSet::of_name(name).map(|set| AsciiSet::of_word(word).missing_in(set));
        assert_eq!(missing("azz09", "zA 9-0"), Some(0));
        assert_eq!(missing("news7", "Sews 8"), Some(2), "n and 7");
        assert_eq!(missing("é新", "e"), Some(1), "characters that are not ASCII count as one");
        assert_eq!(missing("a", ""), Some(1));
        for other in ["é", "a`b", "\u{1}", "ａ"] {
            assert_eq!(missing("a", other), None, "{other:?} folds to something else");
        }
    }
}
