//! Matches a keyword with one name at a time, by brute force.
//!
//! The folding agrees with jobdex only for the benched keywords. The matching is complete. The crate's documentation
//! has the rules.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Most characters of a word that may have a typo.
const TYPO_CHARS_MAX: usize = 62;
const EDITS_MAX: usize = 2;
/// Most words of a name that are joined, and the fewest characters of the last one.
const JOINED_WORDS_MAX: usize = 4;
const JOINED_CHARS_MIN: usize = 2;
/// Fewest characters of a word that matches a prefix with typos.
const PREFIX_CHARS_MIN: usize = 5;

/// Folds a text to one case and one form, without accents.
pub(crate) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.trim().to_ascii_lowercase();
    }
    let lower: String =
        text.nfkc().collect::<String>().to_lowercase().nfkd().filter(|&char| !is_dropped(char)).collect();
    let mut plain = String::with_capacity(lower.len());
    for char in lower.chars() {
        match plain_letter(char) {
            Some(letters) => plain.push_str(letters),
            None => plain.push(char),
        }
    }
    plain.nfc().collect::<String>().trim().to_owned()
}

/// Whether a character is a mark or invisible.
fn is_dropped(char: char) -> bool {
    matches!(char,
        '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}'
        | '\u{fe20}'..='\u{fe2f}' | '\u{640}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{6d6}'..='\u{6ed}'
        | '\u{591}'..='\u{5c7}' | '\u{ad}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}')
}

fn plain_letter(char: char) -> Option<&'static str> {
    let letters = match char {
        'ı' => "i",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ł' => "l",
        'ħ' => "h",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        'ß' => "ss",
        'ς' => "σ",
        'ٱ' => "ا",
        _ => return None,
    };
    Some(letters)
}

/// The words of a folded text.
pub(crate) fn words(folded: &str) -> impl Iterator<Item = &str> + Clone {
    folded.split(|char: char| !is_word_char(char)).filter(|word| !word.is_empty())
}

fn is_word_char(char: char) -> bool {
    char.is_alphanumeric() || is_combining_mark(char)
}

/// A keyword, folded and split once.
pub(crate) struct Keyword {
    text: String,
    words: Vec<Box<[char]>>,
    word_texts: Vec<String>,
    /// All words, written as one.
    whole: String,
    symbols: Vec<char>,
}

impl Keyword {
    pub(crate) fn new(keyword: &str) -> Self {
        let folded = fold(keyword);
        let word_texts: Vec<String> = words(&folded).map(String::from).collect();
        let symbols = folded.chars().filter(|&char| !is_word_char(char) && !char.is_whitespace()).collect();
        let chars = word_texts.iter().map(|word| word.chars().collect()).collect();
        let whole = word_texts.concat();
        Self { text: keyword.trim().to_owned(), words: chars, word_texts, whole, symbols }
    }

    /// The keyword as it was typed, without white space around it.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Its folded words.
    pub(crate) fn words(&self) -> &[String] {
        &self.word_texts
    }

    /// All of its words, written as one.
    pub(crate) fn whole(&self) -> &str {
        &self.whole
    }

    /// Whether the folded name matches literally.
    pub(crate) fn matches_literally(&self, name: &str) -> bool {
        match self.word_texts.as_slice() {
            [] => !self.symbols.is_empty() && self.symbols.iter().all(|&symbol| name.contains(symbol)),
            [word] => name.contains(word.as_str()) || is_joined(name, word),
            // Splitting a name into words is slow, so a cheap condition that follows from each rule comes first.
            many => many.iter().all(|word| may_have(name, word)) && self.matches_with_typos(name, 0),
        }
    }

    /// Whether the folded name matches with at most so many edits per word.
    pub(crate) fn matches_with_typos(&self, name: &str, edits_max: usize) -> bool {
        let has = |place: usize| {
            words(name).any(|word| self.word_matches(place, word, edits_max))
                || is_joined(name, &self.word_texts[place])
        };
        !self.words.is_empty() && ((0..self.words.len()).all(has) || self.words.len() > 1 && self.matches_as_one(name))
    }

    fn matches_as_one(&self, name: &str) -> bool {
        may_have(name, &self.whole)
            && (words(name).any(|word| is_cut_short(word, &self.whole)) || is_joined(name, &self.whole))
    }

    fn word_matches(&self, position: usize, name_word: &str, edits_max: usize) -> bool {
        let wanted = self.word_texts[position].as_str();
        let is_only = self.words.len() == 1;
        let contains = || (is_only || wanted.chars().all(is_no_space_script)) && name_word.contains(wanted);
        let starts = || starts_of_runs(name_word).any(|start| name_word[start..].starts_with(wanted));
        let ends = || position == 0 && name_word.ends_with(wanted);
        if contains() || starts() || ends() {
            return true;
        }
        let chars = &self.words[position];
        let edits = edits_max.min(budget(chars));
        let is_long = chars.len() >= PREFIX_CHARS_MIN || chars.iter().copied().any(is_no_space_script);
        let or_prefix = is_long && position + 1 == self.words.len();
        edits > 0 && targets(name_word).any(|target| is_within(chars, target, edits, or_prefix))
    }
}

/// Whether a text is two to four neighbouring words of a name, of which the last may be cut short.
fn is_joined(name: &str, text: &str) -> bool {
    let mut from = words(name);
    may_have(name, text)
        && std::iter::from_fn(|| Some(from.clone()).filter(|_| from.next().is_some())).any(|words| joins(words, text))
}

fn joins<'n>(words: impl Iterator<Item = &'n str>, text: &str) -> bool {
    let mut rest = text;
    for (place, word) in words.take(JOINED_WORDS_MAX).enumerate() {
        if place > 0 && is_cut_short(word, rest) {
            return true;
        }
        match rest.strip_prefix(word) {
            Some(behind) if !behind.is_empty() => rest = behind,
            _ => return false,
        }
    }
    false
}

fn is_cut_short(word: &str, text: &str) -> bool {
    word == text || text.chars().count() >= JOINED_CHARS_MIN && word.starts_with(text)
}

/// Whether a name has a text, if its spaces and symbols are left out. Quick for ASCII, of which most names are.
fn may_have(name: &str, text: &str) -> bool {
    let is_between = |byte: &u8| byte.is_ascii() && !byte.is_ascii_alphanumeric();
    let has_at = |at: usize| {
        let mut bytes = name.as_bytes()[at..].iter().filter(|byte| !is_between(byte));
        text.bytes().all(|byte| bytes.next() == Some(&byte))
    };
    let first = text.as_bytes().first();
    !text.is_ascii() || !name.is_ascii() || (0..name.len()).any(|at| name.as_bytes().get(at) == first && has_at(at))
}

/// The beginnings of a word and, if it has 2 to 4 runs, of each run.
pub(crate) fn starts_of_runs(word: &str) -> impl Iterator<Item = usize> + '_ {
    let starts = run_starts(word);
    let count = if (2..=4).contains(&starts.len()) { starts.len() } else { 1 };
    starts.into_iter().take(count)
}

/// The word, and its runs if it has 2 to 4 of them.
fn targets(word: &str) -> impl Iterator<Item = &str> {
    let starts: Vec<usize> = starts_of_runs(word).collect();
    let runs = (0..if starts.len() > 1 { starts.len() } else { 0 }).map(move |run| {
        let end = starts.get(run + 1).copied().unwrap_or(word.len());
        &word[starts[run]..end]
    });
    std::iter::once(word).chain(runs)
}

fn run_starts(word: &str) -> Vec<usize> {
    let mut starts = Vec::new();
    let mut previous = None;
    for (place, char) in word.char_indices() {
        if is_combining_mark(char) && previous.is_some() {
            continue;
        }
        let class = Some((char.is_numeric(), is_no_space_script(char)));
        if class != previous {
            starts.push(place);
        }
        previous = class;
    }
    starts
}

fn is_no_space_script(char: char) -> bool {
    matches!(char,
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1100}'..='\u{11ff}' | '\u{1780}'..='\u{17ff}'
        | '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{318f}' | '\u{31a0}'..='\u{31bf}' | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}')
}

/// The number of edits that a word of a keyword may have.
fn budget(word: &[char]) -> usize {
    let is_exact = word.iter().any(|char| char.is_numeric()) || word.len() > TYPO_CHARS_MAX;
    match word.len() {
        _ if is_exact => 0,
        0..4 => 0,
        4..8 => 1,
        _ if word.iter().copied().any(is_no_space_script) => 1,
        _ => EDITS_MAX,
    }
}

/// Whether `target`, or with `or_prefix` a prefix of it, is within so many edits and begins as the word does, or with
/// the first two characters swapped. A target that begins otherwise may have one edit in all. An edit inserts, deletes or
/// substitutes a character, or swaps two neighbours. No place is edited twice.
fn is_within(word: &[char], target: &str, edits: usize, or_prefix: bool) -> bool {
    let mut first = target.chars();
    let begins = [first.next(), first.next()];
    let is_start_equal = begins[0] == Some(word[0]) || begins == [Some(word[1]), Some(word[0])];
    if target.chars().any(char::is_numeric) {
        return false;
    }
    let (edits, or_prefix) = if is_start_equal { (edits, or_prefix) } else { (1, false) };
    let length_max = word.len() + edits;
    let mut target_chars = ['\0'; TYPO_CHARS_MAX + EDITS_MAX + 1];
    let mut length = 0;
    for char in target.chars().take(length_max + 1) {
        target_chars[length] = char;
        length += 1;
    }
    let is_length_near = length + edits >= word.len() && (or_prefix || length <= length_max);
    is_length_near && distance(word, &target_chars[..length.min(length_max)], or_prefix) <= edits
}

/// The distance of the two texts, or with `to_prefix` the distance to the nearest prefix of `target`. It is computed
/// row by row, as in Damerau (1964) and Wagner and Fischer (1974), with the restriction that no place is edited twice.
fn distance(word: &[char], target: &[char], to_prefix: bool) -> usize {
    let mut before = [0; TYPO_CHARS_MAX + EDITS_MAX + 1];
    let mut above = before;
    for (place, cell) in above.iter_mut().enumerate() {
        *cell = place;
    }
    for row in 1..=word.len() {
        let mut current = before;
        current[0] = row;
        for column in 1..=target.len() {
            let substitution = usize::from(word[row - 1] != target[column - 1]);
            let mut least = (above[column - 1] + substitution).min(above[column] + 1).min(current[column - 1] + 1);
            let is_swap =
                row > 1 && column > 1 && word[row - 1] == target[column - 2] && word[row - 2] == target[column - 1];
            if is_swap {
                least = least.min(before[column - 2] + 1);
            }
            current[column] = least;
        }
        (before, above) = (above, current);
    }
    let prefix_min = if to_prefix { 0 } else { target.len() };
    above[prefix_min..=target.len()].iter().copied().min().unwrap_or(word.len())
}
