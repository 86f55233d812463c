//! Elements by number. The number of a removed element is given to a later one, so the numbers stay small.

use crate::persist::shared_vec::SharedVec;

/// Elements by number, shared between clones.
// Invariants:
//   numbers below `end` are in use or in free[..free_len], never both
#[derive(Clone, Debug)]
pub(crate) struct Slab<T> {
    elements: SharedVec<T>,
    free: SharedVec<u32>,
    free_len: usize,
    end: u32,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self { elements: SharedVec::default(), free: SharedVec::default(), free_len: 0, end: 0 }
    }
}

impl<T: Clone + Default> Slab<T> {
    /// How many elements there are.
    pub(crate) fn len(&self) -> usize {
        self.end as usize - self.free_len
    }

    /// One past the highest number ever used.
    pub(crate) fn end(&self) -> usize {
        self.end as usize
    }

    /// The element with this number, which is in use.
    #[inline]
    pub(crate) fn get(&self, number: u32) -> &T {
        self.elements.get(number as usize).expect("a number in use has an element")
    }

    /// The element with this number, which is in use, for writing.
    pub(crate) fn get_mut(&mut self, number: u32) -> &mut T {
        self.elements.get_mut(number as usize)
    }

    /// Adds an element and returns its number: the number freed last, or else a new one.
    pub(crate) fn insert(&mut self, element: T) -> u32 {
        let number = if self.free_len > 0 {
            self.free_len -= 1;
            *self.free.get_mut(self.free_len)
        } else {
            self.end += 1;
            self.end - 1
        };
        *self.elements.get_mut(number as usize) = element;
        number
    }

    /// Takes out the element with this number, which is in use.
    pub(crate) fn remove(&mut self, number: u32) -> T {
        *self.free.get_mut(self.free_len) = number;
        self.free_len += 1;
        std::mem::take(self.elements.get_mut(number as usize))
    }
}

#[cfg(test)]
mod tests {
    use super::Slab;

    #[test]
    fn a_freed_number_is_used_again_and_a_clone_does_not_see_it() {
        let mut slab = Slab::default();
        let numbers: Vec<u32> = (0..100).map(|element| slab.insert(element)).collect();
        let before = slab.clone();
        assert_eq!(slab.remove(numbers[40]), 40);
        assert_eq!(slab.len(), 99);
        assert_eq!(slab.insert(7), numbers[40]);
        assert_eq!((slab.len(), slab.end()), (100, 100));
        assert_eq!((*before.get(numbers[40]), *slab.get(numbers[40])), (40, 7));
    }
}
