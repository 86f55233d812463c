//! Where two words of a name may meet in a text without spaces: a filter that rules out nearly all ways to cut a text.
//!
//! `news` could be `new s` or `ne ws`, and nearly every word can be cut so. Most of these pairs stand side by side in no name.
//! A *seam* is the place where one word of a name ends and the next one begins. For each seam, the filter has bits for the three
//! characters before it and the two behind it, with the spaces left out:
//!
//! ```text
//! name    Sky Sports HD       without spaces  sky|sports|hd       seams  sky|sp · rts|hd
//! text    skysports           asked           s|ky · sk|ys · sky|sp · kys|po · …          only sky|sp is a seam
//! ```
//! A text that is joined begins with a word. So one that is cut behind its first or its second character has only these before
//! the seam, and such seams are noted with the one or two characters from the beginning of a word.
//!
//! The filter is a Bloom filter (B. H. Bloom, "Space/Time Trade-offs in Hash Coding with Allowable Errors", 1970), three bits a seam, all
//! in one word of 64 bits (Putze, Sanders and Singler, "Cache-, Hash- and Space-Efficient Bloom Filters", 2007). So each place of
//! a text costs one look at memory, and no word is looked up before that.
//!
//! Bits are never cleared: a seam that no name has any more costs a search and changes no answer. A layer that is filled is
//! followed by a larger one, as long as that is small beside the names. Behind that, the filter rules out less.

use std::ops::Range;

use crate::index::words::neighbours::neighbours;
use crate::persist::shared_vec::SharedVec;
use crate::text::words::words;

/// Characters before a seam that are noted.
const BEFORE: usize = 3;

/// Words of 64 bits in the first layer: 4 KB.
const FIRST_LAYER_LEN: usize = 512;

/// How many times as long as the last layer the next one is. A question looks at all layers, so they are to be few; but a large
/// layer takes memory before it is filled.
const GROWTH: usize = 4;
const GROWTH_OF_LARGE: usize = 2;
const LARGE_LAYER_LEN: usize = 1 << 15;

/// Seams for each word of 64 bits, at which a layer is filled: a seam that is not noted passes about once in 15 times.
const SEAMS_PER_BLOCK: usize = 10;

/// Names that come at once for each word of 64 bits: names of people have half a new seam each.
const NAMES_PER_BLOCK: usize = 20;

/// Neighbours in all names for each seam that is noted, at least, where the filter grows. It bounds the memory of seams that no
/// name has any more.
const NEIGHBOURS_PER_SEAM: usize = 2;

/// Bits of a seam.
const BITS: u32 = 3;

/// The filter.
#[derive(Clone, Debug, Default)]
pub(super) struct Seams {
    /// The newest layer stands last. Only it gets new seams.
    layers: Vec<Layer>,
    /// Seams that were noted.
    noted: usize,
    /// Neighbours in all names, with repeats.
    neighbours: usize,
}

// Invariants:
//   len is the number of blocks; noted counts the seams that the layer got
#[derive(Clone, Debug)]
struct Layer {
    blocks: SharedVec<u64, 128, 32>,
    len: usize,
    noted: usize,
}

/// One seam: the characters before it, which are fewer than three if they begin a word, and the one or two behind it.
#[derive(Clone, Copy, Debug)]
struct Seam(u64);

/// No character: before a seam, where a word begins; behind it, where the text ends.
const NONE: char = '\0';

impl Seam {
    #[inline]
    fn new(before: [char; BEFORE], behind: [char; 2]) -> Self {
        let bits = |chars: &[char]| chars.iter().fold(0_u64, |bits, &c| bits << 21 | u64::from(u32::from(c)));
        let mixed = bits(&before).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mixed = (mixed ^ mixed >> 32 ^ bits(&behind) << 20).wrapping_mul(0xD6E8_FEB8_6659_FD93);
        Self((mixed ^ mixed >> 32).wrapping_mul(0xD6E8_FEB8_6659_FD93))
    }

    /// The block of the seam, of so many.
    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "the product of two numbers of 32 bits, without its lower half")]
    fn block(self, len: usize) -> usize {
        (((self.0 >> 32) * len as u64) >> 32) as usize
    }

    /// The bits of the seam in its block.
    #[inline]
    fn bits(self) -> u64 {
        (0..BITS).fold(0, |bits, number| bits | 1 << (self.0 >> (6 * number) & 63))
    }
}

/// The seams of a folded name. Some come more than once.
fn seams(folded: &str) -> impl Iterator<Item = Seam> {
    let (mut rest, mut tail) = (words(folded), Tail::default());
    let mut next = rest.next();
    std::iter::from_fn(move || {
        tail.push(next?);
        next = rest.next();
        let mut chars = next?.chars();
        let (first, second) = (chars.next()?, chars.next());
        let is_single = second.is_none();
        // Behind a word of one character, the text goes on with the word after it.
        let second = second.or_else(|| rest.clone().next()?.chars().next()).unwrap_or(NONE);
        Some(tail.before().flat_map(move |before| {
            let alone = is_single.then_some(Seam::new(before, [first, NONE]));
            [Some(Seam::new(before, [first, second])), alone].into_iter().flatten()
        }))
    })
    .flatten()
}

/// The last characters of the words of a name before a seam, without spaces.
#[derive(Clone, Copy, Default)]
struct Tail {
    chars: [char; BEFORE],
    /// Whether a word begins so many characters before the seam, from one on.
    begins: [bool; BEFORE],
}

impl Tail {
    fn push(&mut self, word: &str) {
        for (number, c) in word.chars().enumerate() {
            let [_, second_last, last] = self.chars;
            let [first, second, _] = self.begins;
            (self.chars, self.begins) = ([second_last, last, c], [number == 0, first, second]);
        }
    }

    /// What is noted before the seam.
    fn before(self) -> impl Iterator<Item = [char; BEFORE]> {
        let [third_last, second_last, last] = self.chars;
        let all = (third_last != NONE).then_some(self.chars);
        let two = self.begins[1].then_some([NONE, second_last, last]);
        let one = self.begins[0].then_some([NONE, NONE, last]);
        [all, two, one].into_iter().flatten()
    }
}

impl Seams {
    /// Notes the seams of a folded name.
    pub(super) fn insert_name(&mut self, folded: &str) {
        self.neighbours += neighbours(folded).count();
        for seam in seams(folded) {
            self.insert(seam);
        }
    }

    /// Notes that a folded name is gone.
    pub(super) fn remove_name(&mut self, folded: &str) {
        self.neighbours -= neighbours(folded).count();
    }

    fn insert(&mut self, seam: Seam) {
        if self.has(seam) {
            return;
        }
        self.noted += 1;
        let may_grow = self.noted * NEIGHBOURS_PER_SEAM <= self.neighbours;
        match self.layers.last_mut() {
            Some(layer) if layer.noted < layer.len * SEAMS_PER_BLOCK || !may_grow => layer.insert(seam),
            last => {
                let len = last.map_or(FIRST_LAYER_LEN, |layer| layer.next_len());
                self.push_layer(len).insert(seam);
            }
        }
    }

    /// Makes room for many names that come at once.
    pub(super) fn reserve(&mut self, names_len: usize) {
        let len = names_len / NAMES_PER_BLOCK;
        if len > self.layers.last().map_or(FIRST_LAYER_LEN, |layer| layer.len) {
            self.push_layer(len);
        }
    }

    /// The bytes of a text, of some, before which two words may meet, if a word begins with the text. At the others, they meet so
    /// in no name. Costs one look-up for each character there.
    pub(super) fn places<'a>(&'a self, text: &'a str, bytes: Range<usize>) -> impl Iterator<Item = usize> + 'a {
        let mut before = [NONE; BEFORE];
        let behind = text.chars().skip(1).chain([NONE]);
        let read = text.char_indices().zip(behind).take_while(move |((at, _), _)| *at < bytes.end);
        read.filter_map(move |((at, c), next)| {
            let may_meet = at >= bytes.start && self.has(Seam::new(before, [c, next]));
            before = [before[1], before[2], c];
            may_meet.then_some(at)
        })
    }

    #[inline]
    fn has(&self, seam: Seam) -> bool {
        self.layers.iter().rev().any(|layer| layer.has(seam))
    }

    fn push_layer(&mut self, len: usize) -> &mut Layer {
        self.layers.push(Layer { blocks: SharedVec::default(), len, noted: 0 });
        self.layers.last_mut().expect("a layer was just added")
    }

    /// Panics with the name of a broken invariant. `names` are all folded names.
    pub(super) fn check_invariants<'a>(&self, names: impl Iterator<Item = &'a str>) {
        let mut count = 0;
        for name in names {
            assert!(seams(name).all(|seam| self.has(seam)), "the filter has all seams: {name:?}");
            count += neighbours(name).count();
        }
        assert_eq!(self.neighbours, count, "the neighbours in all names are counted");
    }
}

impl Layer {
    /// The length of the layer behind this one.
    fn next_len(&self) -> usize {
        self.len * if self.len < LARGE_LAYER_LEN { GROWTH } else { GROWTH_OF_LARGE }
    }

    fn insert(&mut self, seam: Seam) {
        self.noted += 1;
        *self.blocks.get_mut(seam.block(self.len)) |= seam.bits();
    }

    #[inline]
    fn has(&self, seam: Seam) -> bool {
        let bits = seam.bits();
        self.blocks.get(seam.block(self.len)).is_some_and(|block| block & bits == bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(names: &[&str]) -> Seams {
        let mut seams = Seams::default();
        for name in names {
            seams.insert_name(name);
        }
        seams
    }

    /// The text, with a bar where words may meet.
    fn shown(seams: &Seams, text: &str) -> String {
        let places: Vec<usize> = seams.places(text, 1..text.len()).collect();
        let bar = |at| if places.contains(&at) { "|" } else { "" };
        text.char_indices().flat_map(|(at, c)| bar(at).chars().chain([c])).collect()
    }

    #[test]
    fn words_meet_where_they_do_in_a_name() {
        let seams = noted(&["sky sports main event", "a b cd e", "tv 5", "湖南 卫视", "x 1 2 y3"]);
        for text in [
            "sky|sports",
            "sky|sports|main|event",
            "sports|ma",
            "sky|sp",
            "skys",
            "sky|sport",
            "a|b|cd|e",
            "a|bc",
            "bc",
            "cd|e",
            "tv|5",
            "tv55",
            "湖南|卫视",
            "湖南卫",
            "x|1|2|y3",
            "2|y3",
            "2y",
            "newsports",
        ] {
            assert_eq!(shown(&seams, &text.replace('|', "")), text);
        }
    }

    #[test]
    fn every_seam_is_found_and_most_others_are_ruled_out() {
        let names: Vec<String> = (0..8_000).map(|number| format!("w{number} {:x}z", number % 97 + 16)).collect();
        let mut seams = Seams::default();
        // More names than seams, so that the filter may grow.
        for name in names.iter().flat_map(|name| [name; 3]) {
            seams.insert_name(name);
        }
        assert!(seams.layers.len() > 1, "the filter has grown");
        let (last, filled) = seams.layers.split_last().expect("there are layers");
        assert!(filled.iter().all(|layer| layer.noted == layer.len * SEAMS_PER_BLOCK), "a layer is filled first");
        assert!(last.noted <= last.len * SEAMS_PER_BLOCK);
        seams.check_invariants(names.iter().flat_map(|name| [name.as_str(); 3]));
        let places = |number: usize| seams.places(&format!("q{number}qq"), 1..7).count();
        let found: usize = (1_000..9_000).map(places).sum();
        assert!(found < 6_000, "{found} of 48,000 places seem to be seams");
    }

    /// Names that come and go make seams without end. The filter stays small beside the names that are there.
    #[test]
    fn the_filter_does_not_grow_with_names_that_are_gone() {
        // Each name has a seam of its own: three digits before it, and two letters behind it.
        let letter = |number: usize| char::from(b'a' + u8::try_from(number % 26).expect("a letter"));
        let name = |number: usize| {
            let behind = number / 1_000;
            format!("w{:03} {}{}q", number % 1_000, letter(behind / 26), letter(behind))
        };
        let mut seams = Seams::default();
        for number in 0..50_000 {
            seams.insert_name(&name(number));
            if number >= 10_000 {
                seams.remove_name("word next");
            }
        }
        assert!(seams.noted > 15_000, "the filter is asked for more than it may grow for: {} seams", seams.noted);
        let blocks: usize = seams.layers.iter().map(|layer| layer.len).sum();
        assert!(blocks <= 5_000, "{blocks} words of 64 bits for 10,000 names");
        let text = name(49_999).replace(' ', "");
        assert!(seams.places(&text, 4..5).eq([4]), "a seam that is noted late is found: {text}");
    }
}
