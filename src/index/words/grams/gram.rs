//! The grams of one word, and the keys that they start with.

use smol_str::SmolStr;

use crate::text::words::{RUNS_MAX, runs};

/// Stands behind the end of a word. It is a control character, which no word has.
pub(super) const PAD: char = '\0';

/// Stands before the start of a run. No word has this control character either.
pub(super) const MARK: char = '\u{1}';

/// Characters of a gram.
pub(super) const GRAM_CHARS: usize = 3;

/// Characters of a pair: the start of a gram without its last character.
pub(super) const PAIR_CHARS: usize = GRAM_CHARS - 1;

/// The plain characters: `a` to `z`, and `0` to `9`.
pub(super) const PLAIN_CHARS: usize = 36;

pub(super) type Gram = [char; GRAM_CHARS];

/// A gram, or the one or two characters that grams start with: the number of characters, then 21 bits for each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct GramKey(u64);

impl GramKey {
    pub(super) fn new(chars: &[char]) -> Self {
        debug_assert!((1..=GRAM_CHARS).contains(&chars.len()), "a key has one to three characters");
        Self(chars.iter().fold(chars.len() as u64, |bits, &c| bits << 20 << 1 | u64::from(u32::from(c))))
    }

    pub(super) const fn get(self) -> u64 {
        self.0
    }
}

/// The bit of a gram of plain characters; `None` for others.
pub(super) fn plain_bit(gram: Gram) -> Option<usize> {
    gram.into_iter().try_fold(0, |bit, c| {
        let digit = match c {
            'a'..='z' => u32::from(c) - u32::from('a'),
            '0'..='9' => 26 + u32::from(c) - u32::from('0'),
            _ => return None,
        };
        Some(bit * PLAIN_CHARS + digit as usize)
    })
}

/// The grams of a word, ascending, each once.
pub(super) fn grams(word: &str) -> Vec<Gram> {
    let mut grams = Vec::with_capacity(word.len() + RUNS_MAX);
    let padded = || word.chars().chain([PAD, PAD]);
    grams.extend(padded().zip(padded().skip(1)).zip(padded().skip(2)).map(|((one, two), three)| [one, two, three]));
    grams.extend(from_later_runs(word).map(run_start));
    grams.sort_unstable();
    grams.dedup();
    grams
}

/// The grams of a word that start with a pair, ascending, each once. Costs less than a walk over all of them.
pub(super) fn grams_below(word: &str, pair: [char; PAIR_CHARS]) -> Vec<Gram> {
    let mut grams: Vec<Gram> = if pair[0] == MARK {
        from_later_runs(word).map(run_start).collect()
    } else {
        let starts = word.match_indices(pair[0]).map(|(at, _)| at + pair[0].len_utf8());
        starts.map(|end| first_gram([pair[0]], &word[end..])).collect()
    };
    grams.retain(|gram| gram[1] == pair[1]);
    grams.sort_unstable();
    grams.dedup();
    grams
}

/// Whether a gram of a word is `key` or starts with it.
pub(super) fn has_key(word: &str, key: &[char]) -> bool {
    let (is_run, chars) = match key {
        [MARK, chars @ ..] => (true, chars),
        chars => (false, chars),
    };
    let text: SmolStr = chars.iter().copied().filter(|&c| c != PAD).collect();
    match (is_run, chars.contains(&PAD)) {
        (false, false) => word.contains(text.as_str()),
        (false, true) => word.ends_with(text.as_str()),
        (true, false) => from_later_runs(word).any(|rest| rest.starts_with(text.as_str())),
        (true, true) => from_later_runs(word).any(|rest| rest == text),
    }
}

/// For each run after the first, the rest of the word from the start of the run.
pub(super) fn from_later_runs(word: &str) -> impl Iterator<Item = &str> {
    runs(word).skip(1).map(|run| &word[run.start..])
}

/// The gram of the start of a run after the first, where the word goes on with `rest`.
fn run_start(rest: &str) -> Gram {
    first_gram([MARK], rest)
}

/// `before`, and the next two characters of a word.
fn first_gram(before: [char; 1], rest: &str) -> Gram {
    let mut chars = rest.chars();
    [before[0], chars.next().unwrap_or(PAD), chars.next().unwrap_or(PAD)]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Few letters, so that grams repeat and overlap; digits and Han characters, so that there are runs.
        #[test]
        fn the_keys_of_a_word_are_the_starts_of_its_grams(word in "[ab1综]{1,9}", other in "[ab1综]{1,4}") {
            let all = grams(&word);
            for gram in all.iter().copied().chain(grams(&other)) {
                for len in 1..=GRAM_CHARS {
                    let expected = all.iter().any(|one| one[..len] == gram[..len]);
                    prop_assert_eq!(has_key(&word, &gram[..len]), expected, "{:?} of {}", &gram[..len], &word);
                }
                let below: Vec<Gram> = all.iter().copied().filter(|one| one[..2] == gram[..2]).collect();
                prop_assert_eq!(grams_below(&word, [gram[0], gram[1]]), below);
            }
        }
    }
}
