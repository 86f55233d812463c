//! The ids of labels and of their keys. Ids are dense: a new label gets the id of a removed label where there is one.

/// A distinct label: a key and a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LabelId(u32);

impl LabelId {
    pub(super) const fn new(id: u32) -> Self {
        Self(id)
    }

    pub(super) const fn get(self) -> u32 {
        self.0
    }

    /// The id as an index into a table of labels.
    pub(super) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A distinct key of labels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct LabelKeyId(u32);

impl LabelKeyId {
    pub(super) const fn new(id: u32) -> Self {
        Self(id)
    }

    pub(super) const fn get(self) -> u32 {
        self.0
    }

    /// The id as an index into a table of keys.
    pub(super) const fn index(self) -> usize {
        self.0 as usize
    }
}
