//! The order of the words of a name in three bytes, so that words that stand side by side are found without reading names.
//!
//! The words of a name are numbered 1 to 10 by a hash of their texts. If all distinct words of the name have distinct numbers,
//! a word that the name is known to have stands exactly where its number stands. Eight hashes are tried until one gives
//! distinct numbers:
//!
//! ```text
//! name      sky sports main event                 order   7 · 2 · 10 · 5     by hash 0
//! question  does sports follow sky?               sky is 7, sports is 2: 7 · 2 is there
//! ```
//! A name of more than six words has no order here, and neither has one whose words are numbered alike by all hashes. The
//! reader of the order then reads the name.

use crate::text::words::words;

/// Most words of a name whose order is stored.
const WORDS_MAX: usize = 6;

/// Numbers that a hash gives, from 1 on; 0 stands behind the last word.
const NUMBERS: u32 = 10;

/// Numbers of six digits to this base fit into 21 bits.
const BASE: u32 = NUMBERS + 1;

/// The hashes that are tried.
const HASHES: usize = 8;

/// Multipliers, one for each hash. They are odd and their bits look random: the 32-bit words of the golden ratio's multiples.
const MULTIPLIERS: [u32; HASHES] =
    [0x9E37_79B9, 0x3C6E_F373, 0xDAA6_6D2B, 0x78DD_E6E5, 0x1715_609D, 0xB54C_DA57, 0x5384_540F, 0xF1BB_CDCB];

/// The value of a name without an order. No order has it: 11^6 is less than 2^21.
const UNORDERED: u32 = (1 << 24) - 1;

/// The order of the words of one name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct WordOrder([u8; 3]);

/// Words in a row, ready to be found in the orders of names.
#[derive(Clone, Debug, Default)]
pub(crate) struct WordSequence {
    /// For each word, its number by each hash.
    numbers: Vec<[u8; HASHES]>,
}

impl WordOrder {
    /// The order of the words of a folded name. Costs **O(n)** for a name of n bytes.
    pub(crate) fn of(folded: &str) -> Self {
        let mut hashed = [("", 0); WORDS_MAX];
        let mut len = 0;
        for word in words(folded) {
            let Some(place) = hashed.get_mut(len) else { return Self::from_number(UNORDERED) };
            *place = (word, text_hash(word));
            len += 1;
        }
        let ordered = MULTIPLIERS.iter().zip(0..).find_map(|(&multiplier, number)| {
            let digits = numbers(&hashed[..len], multiplier)?;
            Some(number << 21 | digits.iter().rev().fold(0, |all, &digit| all * BASE + u32::from(digit)))
        });
        Self::from_number(ordered.unwrap_or(UNORDERED))
    }

    /// Whether a name has the words of a sequence side by side, where it is known to have all of them; `None` if the order does
    /// not tell.
    pub(crate) fn has(self, sequence: &WordSequence) -> Option<bool> {
        let number = self.number();
        if number == UNORDERED {
            return None;
        }
        let hash = (number >> 21) as usize;
        let mut rest = number & ((1 << 21) - 1);
        let mut digits = [0; WORDS_MAX];
        for digit in &mut digits {
            let [low, ..] = (rest % BASE).to_le_bytes();
            *digit = low;
            rest /= BASE;
        }
        let wanted = sequence.numbers.iter().map(|numbers| numbers[hash]);
        Some(digits.windows(sequence.numbers.len()).any(|digits| digits.iter().copied().eq(wanted.clone())))
    }

    fn from_number(number: u32) -> Self {
        let [low, middle, high, _] = number.to_le_bytes();
        Self([low, middle, high])
    }

    fn number(self) -> u32 {
        let [low, middle, high] = self.0;
        u32::from_le_bytes([low, middle, high, 0])
    }
}

impl WordSequence {
    /// The sequence with one more word.
    pub(crate) fn with(&self, word: &str) -> Self {
        let hash = text_hash(word);
        let mut numbers = self.numbers.clone();
        numbers.push(MULTIPLIERS.map(|multiplier| word_number(hash, multiplier)));
        Self { numbers }
    }
}

/// The numbers of words, each given with its hash, by one multiplier; `None` if two distinct words have the same number.
fn numbers(words: &[(&str, u32)], multiplier: u32) -> Option<[u8; WORDS_MAX]> {
    let mut numbers = [0; WORDS_MAX];
    for (place, &(word, hash)) in words.iter().enumerate() {
        let number = word_number(hash, multiplier);
        let is_taken = (0..place).any(|other| numbers[other] == number && words[other].0 != word);
        if is_taken {
            return None;
        }
        numbers[place] = number;
    }
    Some(numbers)
}

/// A hash of a text. It needs no key: names whose words have equal hashes have no order here, and are read.
pub(super) fn text_hash(text: &str) -> u32 {
    let (chunks, rest) = text.as_bytes().as_chunks::<8>();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    let chunks = chunks.iter().chain([&last]).map(|bytes| u64::from_le_bytes(*bytes));
    let mixed = chunks.fold(text.len() as u64, |hash, chunk| {
        let product = (hash ^ chunk).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        product ^ product >> 32
    });
    let [a, b, c, d, ..] = mixed.to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

#[allow(clippy::cast_possible_truncation, reason = "the number is at most ten")]
fn word_number(hash: u32, multiplier: u32) -> u8 {
    let spread = u64::from(hash.wrapping_mul(multiplier));
    (spread * u64::from(NUMBERS) >> 32) as u8 + 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sequence(words: &[&str]) -> WordSequence {
        words.iter().fold(WordSequence::default(), |sequence, word| sequence.with(word))
    }

    #[test]
    fn words_that_stand_side_by_side_are_found_in_their_order() {
        let order = WordOrder::of("sky sports main event");
        let cases: [(&[&str], bool); 7] = [
            (&["sky", "sports"], true),
            (&["sports", "main"], true),
            (&["sky", "sports", "main", "event"], true),
            (&["sports", "sky"], false),
            (&["sky", "main"], false),
            (&["main", "event", "sky"], false),
            (&["event", "event"], false),
        ];
        for (words, expected) in cases {
            assert_eq!(order.has(&sequence(words)), Some(expected), "{words:?}");
        }
        assert_eq!(WordOrder::of("").has(&sequence(&["a", "b"])), Some(false));
        assert_eq!(WordOrder::of("tv tv").has(&sequence(&["tv", "tv"])), Some(true));
    }

    #[test]
    fn a_name_of_many_words_has_no_order() {
        let six = "a b c a b c";
        assert_eq!(WordOrder::of(six).has(&sequence(&["c", "a"])), Some(true));
        assert_eq!(WordOrder::of("a b c d e f g").has(&sequence(&["a", "b"])), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5_000))]

        /// An order that tells anything tells the truth, of all words that the name has.
        #[test]
        fn an_order_tells_the_truth(name in "([a-z]{1,9} ){2,8}", from in any::<prop::sample::Index>(), picked in prop::collection::vec(any::<prop::sample::Index>(), 2..=4)) {
            let all: Vec<&str> = words(&name).collect();
            let order = WordOrder::of(&name);
            let at = from.index(all.len() - 1);
            let picked: Vec<&str> = picked.into_iter().map(|place| all[place.index(all.len())]).collect();
            for wanted in [&all[at..(at + picked.len()).min(all.len())], &picked] {
                if let Some(has) = order.has(&sequence(wanted)) {
                    prop_assert_eq!(has, all.windows(wanted.len()).any(|words| words == wanted), "{:?} in {:?}", wanted, name);
                }
            }
            let is_ordered = order.has(&sequence(&all[..2])).is_some();
            prop_assert!(is_ordered || all.len() > 2, "{:?} has an order", name);
        }
    }
}
