//! The kind of a key: the whole word or one of its runs; and sets of kinds.

/// The part of its word that a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum KeyKind {
    /// The whole word, which has no numeric character.
    Word = 0,
    /// The whole word, which has a numeric character.
    NumericWord = 1,
    /// One run of the word: three characters or more, none of them numeric.
    Run = 2,
}

impl KeyKind {
    /// The number of low bits that store a kind.
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

/// A set of kinds: bit i is set if it has the kind with the bits i.
#[derive(Clone, Copy)]
pub(super) struct KeyKinds(usize);

impl KeyKinds {
    /// Whole words.
    pub(super) const WHOLE_WORDS: Self = Self::of(&[KeyKind::Word, KeyKind::NumericWord]);
    /// The kinds that a keyword with typos may match: words and runs without numeric characters.
    pub(super) const TYPO_TARGETS: Self = Self::of(&[KeyKind::Word, KeyKind::Run]);

    const fn of(kinds: &[KeyKind]) -> Self {
        let mut set = 0;
        let mut at = 0;
        while at < kinds.len() {
            set |= 1 << kinds[at].bits();
            at += 1;
        }
        Self(set)
    }

    pub(super) const fn contains(self, kind: KeyKind) -> bool {
        self.0 >> kind.bits() & 1 == 1
    }
}
