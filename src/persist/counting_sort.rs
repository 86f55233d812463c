//! A counting sort: values in groups by a small key, all groups in one array.
//!
//! ```text
//! pairs     (1, a) (0, b) (1, c)
//! counts    0: 1 · 1: 2             one pass over the pairs
//! values    b a c                   another pass: each value goes where its group stands
//! ends      1 3
//! ```
//! The bulk load of a store groups by word and by bucket this way: each list of a group is then one allocation of its size.
//! Source: H. H. Seward, "Information Sorting in the Application of Electronic Digital Computers to Business Operations"
//! (1954).

/// Values in groups, by keys from 0 on.
// Invariants:
//   group k is values[ends[k − 1]..ends[k]], from 0 for the first; ends ascend, and the last is values.len()
#[derive(Debug)]
pub(crate) struct Groups<T> {
    values: Vec<T>,
    ends: Vec<usize>,
}

impl<T: Copy + Default> Groups<T> {
    /// Groups pairs of key and value. The values of a group stay in the order in which they come; a key without a value has
    /// an empty group. The pairs are walked twice. Costs **O(n + k)** for `n` pairs and `k` keys, two allocations.
    ///
    /// # Panics
    /// If a key is not below `keys_end`.
    pub(crate) fn new(keys_end: usize, pairs: impl Iterator<Item = (usize, T)> + Clone) -> Self {
        let mut starts = vec![0; keys_end + 1];
        pairs.clone().for_each(|(key, _)| starts[key + 1] += 1);
        (0..keys_end).for_each(|key| starts[key + 1] += starts[key]);
        let mut values = vec![T::default(); starts[keys_end]];
        pairs.for_each(|(key, value)| {
            values[starts[key]] = value;
            starts[key] += 1;
        });
        // Each start has moved to the end of its group.
        starts.truncate(keys_end);
        Self { values, ends: starts }
    }

    /// The groups by ascending key.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[T]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.values[start..end])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Groups;

    fn check(keys_end: usize, pairs: &[(usize, u32)]) -> Result<(), TestCaseError> {
        let groups = Groups::new(keys_end, pairs.iter().copied());
        let mut expected = vec![Vec::new(); keys_end];
        for &(key, value) in pairs {
            expected[key].push(value);
        }
        prop_assert!(groups.iter().eq(expected.iter().map(Vec::as_slice)), "{:?} of {:?}", groups, pairs);
        Ok(())
    }

    #[test]
    fn no_values_are_empty_groups_and_no_keys_no_groups() -> Result<(), TestCaseError> {
        check(0, &[])?;
        check(3, &[])
    }

    proptest! {
        #[test]
        fn groups_have_the_values_of_their_keys_in_the_order_in_which_they_came(
            pairs in prop::collection::vec((0..20_usize, any::<u32>()), 0..100),
            keys_end in 20..40_usize,
        ) {
            check(keys_end, &pairs)?;
        }
    }
}
