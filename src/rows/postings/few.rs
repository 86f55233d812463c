//! The shape of a rare word's list: up to three numbers in place, without an allocation.

use crate::persist::shared_array::SharedArray;

/// Numbers of the shape at most.
pub(super) const FEW_MAX: usize = 3;

/// Up to [`FEW_MAX`] numbers.
// Invariants:
//   as_slice() ascends strictly
#[derive(Clone, Copy, Debug)]
pub(crate) struct Few {
    len: FewLen,
    numbers: [u32; FEW_MAX],
}

/// How many numbers there are. An enum, so that a posting list can store which shape it has in the values that this byte
/// never takes: a list is 16 bytes, and a store has one for each word.
#[derive(Clone, Copy, Debug)]
enum FewLen {
    Zero,
    One,
    Two,
    Three,
}

const LENGTHS: [FewLen; FEW_MAX + 1] = [FewLen::Zero, FewLen::One, FewLen::Two, FewLen::Three];

impl Few {
    pub(super) const EMPTY: Self = Self { len: FewLen::Zero, numbers: [0; FEW_MAX] };

    /// At most [`FEW_MAX`] numbers, which ascend strictly.
    pub(super) fn from_sorted(numbers: &[u32]) -> Self {
        let mut few = Self { len: LENGTHS[numbers.len()], ..Self::EMPTY };
        few.numbers[..numbers.len()].copy_from_slice(numbers);
        few
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len as usize
    }

    #[inline]
    pub(super) fn as_slice(&self) -> &[u32] {
        &self.numbers[..self.len()]
    }

    /// The first number, or any number where there is none. Reads no length.
    #[inline]
    pub(super) fn first_or_any(&self) -> u32 {
        self.numbers[0]
    }

    pub(super) fn is_full(&self) -> bool {
        self.len() == FEW_MAX
    }

    /// Adds a number that is not there; the shape is not full.
    pub(super) fn insert(&mut self, number: u32) {
        let (at, len) = (self.position(number), self.len());
        self.numbers.copy_within(at..len, at + 1);
        self.numbers[at] = number;
        self.len = LENGTHS[len + 1];
    }

    /// Takes a number out; false if it was not there.
    pub(super) fn remove(&mut self, number: u32) -> bool {
        let len = self.len();
        let Some(at) = self.as_slice().iter().position(|&other| other == number) else { return false };
        self.numbers.copy_within(at + 1..len, at);
        self.len = LENGTHS[len - 1];
        true
    }

    /// These numbers and one more, which is not among them, as a sorted array with room for others.
    pub(super) fn to_sorted_with(self, number: u32) -> SharedArray<u32> {
        SharedArray::with(self.as_slice(), self.position(number), number)
    }

    /// The index of a number, or of the place where it would stand.
    fn position(&self, number: u32) -> usize {
        self.as_slice().partition_point(|&other| other < number)
    }
}
