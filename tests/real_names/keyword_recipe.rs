//! Random ways in which a user may type a keyword to find a name: some of its words, cut and misspelled.

use proptest::{prelude::*, sample::Index};

/// One way to make a keyword of a name.
#[derive(Clone, Debug)]
pub(crate) struct KeywordRecipe {
    words_skipped: usize,
    words_len: usize,
    is_reversed: bool,
    /// The number of characters removed from the beginning.
    cut_chars: usize,
    misspellings: Vec<Misspelling>,
}

/// A change of one character, at a random place.
#[derive(Clone, Copy, Debug)]
enum Misspelling {
    Insert(Index),
    Delete(Index),
    Substitute(Index),
    Swap(Index),
}

/// Recipes of one to three words, with at most three misspellings.
pub(crate) fn keyword_recipe() -> impl Strategy<Value = KeywordRecipe> {
    let misspelling = prop_oneof![
        any::<Index>().prop_map(Misspelling::Insert),
        any::<Index>().prop_map(Misspelling::Delete),
        any::<Index>().prop_map(Misspelling::Substitute),
        any::<Index>().prop_map(Misspelling::Swap),
    ];
    let misspellings = prop::collection::vec(misspelling, 0..4);
    let cut_chars = prop_oneof![3 => Just(0), 1 => 1..4_usize];
    (0..4_usize, 1..4_usize, any::<bool>(), cut_chars, misspellings).prop_map(
        |(words_skipped, words_len, is_reversed, cut_chars, misspellings)| KeywordRecipe {
            words_skipped,
            words_len,
            is_reversed,
            cut_chars,
            misspellings,
        },
    )
}

impl KeywordRecipe {
    /// The keyword that a user types to find this name.
    pub(crate) fn keyword_for(&self, name: &str) -> String {
        let mut words: Vec<&str> =
            name.split_whitespace().cycle().skip(self.words_skipped).take(self.words_len).collect();
        if self.is_reversed {
            words.reverse();
        }
        let mut chars: Vec<char> = words.join(" ").chars().skip(self.cut_chars).collect();
        for misspelling in &self.misspellings {
            misspelling.apply(&mut chars);
        }
        chars.into_iter().collect()
    }
}

impl Misspelling {
    /// Changes the text; a place at its end, where there is nothing to change, leaves the text as it is.
    fn apply(self, chars: &mut Vec<char>) {
        let places_len = chars.len() + 1;
        match self {
            Self::Insert(place) => chars.insert(place.index(places_len), 'a'),
            Self::Delete(place) => {
                let at = place.index(places_len);
                chars.drain(at..chars.len().min(at + 1));
            }
            Self::Substitute(place) => {
                if let Some(c) = chars.get_mut(place.index(places_len)) {
                    *c = 'e';
                }
            }
            Self::Swap(place) => {
                let at = place.index(places_len);
                if at + 1 < chars.len() {
                    chars.swap(at, at + 1);
                }
            }
        }
    }
}
