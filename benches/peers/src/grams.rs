//! The grams of a name: every two or three characters in a row of a word. A keyword is inside a word if its grams are,
//! one after the other.

use crate::baseline::keyword::words;

/// A gram and its position. The grams of a word have positions in a row; between two words is a gap.
pub(crate) fn grams(folded: &str, len: usize) -> impl Iterator<Item = (usize, &str)> {
    let mut begin = 0;
    words(folded).flat_map(move |word| {
        let first = begin;
        begin += word.len() + 1;
        grams_of_word(word, len).enumerate().map(move |(place, gram)| (first + place, gram))
    })
}

fn grams_of_word(word: &str, len: usize) -> impl Iterator<Item = &str> {
    let ends = word.char_indices().map(|(at, _)| at).chain([word.len()]).skip(len);
    word.char_indices().zip(ends).map(|((from, _), to)| &word[from..to])
}

/// The number of characters of the grams that answer a keyword.
pub(crate) fn gram_len(keyword: &str) -> usize {
    if keyword.chars().nth(2).is_some() { 3 } else { 2 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grams_of_a_word_stand_in_a_row_and_words_have_a_gap() {
        let found: Vec<_> = grams("tévé-ok a", 3).collect();
        assert_eq!(found, [(0, "tév"), (1, "évé")]);
        let found: Vec<_> = grams("ab cd", 2).collect();
        assert_eq!(found, [(0, "ab"), (3, "cd")]);
    }

    #[test]
    fn a_keyword_of_two_characters_is_a_gram_of_two() {
        assert_eq!(["ev", "电影", "lev", "levis"].map(gram_len), [2, 2, 3, 3]);
    }
}
