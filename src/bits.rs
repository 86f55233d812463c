//! Words of bits: sets of small numbers, one bit each, 64 to a word. Bit `n` of some words is bit `n % 64` of word `n / 64`.
//!
//! Functions on plain words and slices, without a type of set around them: cells, rows, spans and the automaton for typos
//! each have their own. Those types add what the numbers mean.

/// Bits of a word.
pub(crate) const WORD_BITS: usize = u64::BITS as usize;

/// The positions of the set bits of one word, ascending.
#[derive(Clone, Debug)]
pub(crate) struct Ones(u64);

impl Ones {
    #[inline]
    pub(crate) fn of_word(word: u64) -> Self {
        Self(word)
    }
}

impl Iterator for Ones {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        if self.0 == 0 {
            return None;
        }
        let bit = self.0.trailing_zeros() as usize;
        self.0 &= self.0 - 1;
        Some(bit)
    }
}

/// The positions of the set bits of some words, ascending.
pub(crate) fn ones(words: &[u64]) -> impl Iterator<Item = usize> + '_ {
    words.iter().enumerate().flat_map(|(index, &word)| Ones(word).map(move |bit| index * WORD_BITS + bit))
}

/// Whether a bit is set.
///
/// # Panics
/// If the words have no such bit; the same holds for the functions below.
#[inline]
pub(crate) fn has_bit(words: &[u64], at: usize) -> bool {
    words[at / WORD_BITS] >> (at % WORD_BITS) & 1 == 1
}

/// Sets a bit; false if it was set.
#[inline]
pub(crate) fn insert_bit(words: &mut [u64], at: usize) -> bool {
    let (word, bit) = (&mut words[at / WORD_BITS], 1 << (at % WORD_BITS));
    let is_new = *word & bit == 0;
    *word |= bit;
    is_new
}

/// Clears a bit; false if it was clear.
#[inline]
pub(crate) fn remove_bit(words: &mut [u64], at: usize) -> bool {
    let (word, bit) = (&mut words[at / WORD_BITS], 1 << (at % WORD_BITS));
    let was_set = *word & bit != 0;
    *word &= !bit;
    was_set
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_without_a_bit_have_no_ones_and_full_words_have_all() {
        assert_eq!(ones(&[]).count(), 0);
        assert_eq!(ones(&[0, 0]).count(), 0);
        assert!(ones(&[u64::MAX, u64::MAX]).eq(0..128));
        assert!(Ones::of_word(1 << 63 | 1).eq([0, 63]));
    }

    proptest! {
        #[test]
        fn words_of_bits_are_a_sorted_set(steps in prop::collection::vec((any::<bool>(), 0..320_usize), 0..200)) {
            let (mut words, mut model) = ([0; 5], BTreeSet::new());
            for (inserts, at) in steps {
                if inserts {
                    prop_assert_eq!(insert_bit(&mut words, at), model.insert(at));
                } else {
                    prop_assert_eq!(remove_bit(&mut words, at), model.remove(&at));
                }
                prop_assert_eq!(has_bit(&words, at), inserts);
            }
            prop_assert!(ones(&words).eq(model.iter().copied()));
        }
    }
}
