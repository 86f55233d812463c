//! What an entry of the trie is to its word, and sets of such kinds.

/// What a key is to the word it was entered for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Kind {
    /// The whole word, which has no numeric character.
    Word = 0,
    /// The whole word, which has a numeric character.
    NumericWord = 1,
    /// One run of the word: three characters or more, none of them numeric.
    Run = 2,
}

impl Kind {
    /// How many low bits hold a kind.
    pub(super) const BITS: u32 = 2;

    pub(super) const fn bits(self) -> usize {
        self as usize
    }

    /// The kind in the low bits of `number`.
    pub(super) const fn from_bits(number: usize) -> Self {
        match number & 3 {
            0 => Self::Word,
            1 => Self::NumericWord,
            _ => Self::Run,
        }
    }
}

/// A set of kinds.
#[derive(Clone, Copy)]
pub(super) struct Kinds(usize);

impl Kinds {
    /// Whole words.
    pub(super) const WHOLE: Self = Self::of(&[Kind::Word, Kind::NumericWord]);
    /// What a keyword with a typo is compared with: words and runs, never one with a numeric character.
    pub(super) const TYPO_TARGETS: Self = Self::of(&[Kind::Word, Kind::Run]);

    const fn of(kinds: &[Kind]) -> Self {
        let mut set = 0;
        let mut at = 0;
        while at < kinds.len() {
            set |= 1 << kinds[at].bits();
            at += 1;
        }
        Self(set)
    }

    pub(super) const fn contains(self, kind: Kind) -> bool {
        self.0 >> kind.bits() & 1 == 1
    }
}
