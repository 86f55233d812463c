//! Conditions on rows by posting lists: a row must be in one of some lists, or in none of them.

use std::borrow::Cow;

use crate::bits::{ones, remove_bit};
use crate::rows::bits::{BlockBits, SpanBits, count_ones};
use crate::rows::postings::Postings;
use crate::rows::row::{BlockId, Row, Slot};

/// Rows of a block up to which each is searched for in the lists; of more, the block's bits are AND-ed. Estimated.
const SEARCHED_ROWS_MAX: u16 = 4;

/// A condition on rows.
#[derive(Clone, Debug)]
pub(crate) struct ListClause {
    /// Shared with the index.
    lists: Vec<Postings>,
    is_negated: bool,
}

impl ListClause {
    /// Accepts the rows that one of the lists has.
    pub(crate) fn any_of(lists: Vec<Postings>) -> Self {
        Self { lists, is_negated: false }
    }

    /// Accepts the rows that none of the lists has.
    pub(crate) fn none_of(lists: Vec<Postings>) -> Self {
        Self { lists, is_negated: true }
    }

    pub(crate) fn lists(&self) -> &[Postings] {
        &self.lists
    }

    /// The lengths of the lists, added up.
    pub(crate) fn rows_sum(&self) -> u64 {
        self.lists.iter().map(|list| list.len() as u64).sum()
    }

    /// Whether a row passes.
    fn passes(&self, row: u32) -> bool {
        self.lists.iter().any(|list| list.contains(row)) != self.is_negated
    }

    /// Clears, in a bitmap of a block's rows, the rows that do not pass.
    fn retain(&self, block: BlockId, bits: &mut BlockBits) {
        let mut any: BlockBits = [0; _];
        for list in &self.lists {
            any.iter_mut().zip(list.block_bits(block)).for_each(|(any, word)| *any |= word);
        }
        let flip = if self.is_negated { u64::MAX } else { 0 };
        bits.iter_mut().zip(any).for_each(|(bits, any)| *bits &= any ^ flip);
    }

    /// As [`retain`](Self::retain), for the rows of a span.
    fn retain_span(&self, span: usize, bits: &mut SpanBits) {
        let flip = if self.is_negated { u64::MAX } else { 0 };
        if let [list] = self.lists.as_slice() {
            let words = list.span_bits(span);
            return bits.iter_mut().zip(&*words).for_each(|(bits, word)| *bits &= word ^ flip);
        }
        let any = united_span(&self.lists, span);
        bits.iter_mut().zip(any).for_each(|(bits, any)| *bits &= any ^ flip);
    }
}

/// The rows of a span that one of some lists has.
fn united_span(lists: &[Postings], span: usize) -> SpanBits {
    let mut any: SpanBits = [0; _];
    for list in lists {
        if list.span(span).is_some() {
            any.iter_mut().zip(&*list.span_bits(span)).for_each(|(any, word)| *any |= word);
        }
    }
    any
}

/// Conditions that a row must meet together.
#[derive(Clone, Debug, Default)]
pub(crate) struct ListFilter {
    clauses: Vec<ListClause>,
}

impl ListFilter {
    pub(crate) fn new(clauses: Vec<ListClause>) -> Self {
        Self { clauses }
    }

    /// Whether every row passes.
    #[inline]
    pub(crate) fn is_all(&self) -> bool {
        self.clauses.is_empty()
    }

    pub(crate) fn clauses(&self) -> &[ListClause] {
        &self.clauses
    }

    /// The place of the clause that accepts the fewest rows; `None` where all clauses are negated.
    pub(crate) fn rarest(&self) -> Option<usize> {
        let accepting = (0..).zip(&self.clauses).filter(|(_, clause)| !clause.is_negated);
        accepting.min_by_key(|(_, clause)| clause.rows_sum()).map(|(place, _)| place)
    }

    /// The conditions without the one at a place.
    pub(crate) fn without(&self, place: usize) -> Self {
        let mut clauses = self.clauses.clone();
        clauses.remove(place);
        Self { clauses }
    }

    /// Whether a row passes.
    pub(crate) fn passes(&self, row: Row) -> bool {
        self.clauses.iter().all(|clause| clause.passes(row.number()))
    }

    /// Clears, in a bitmap of a block's rows, the rows that do not pass.
    pub(crate) fn retain(&self, block: BlockId, bits: &mut BlockBits) {
        if self.is_all() {
            return;
        }
        if count_ones(bits) <= SEARCHED_ROWS_MAX {
            let rows: Vec<usize> = ones(bits).collect();
            let failing = rows.into_iter().filter(|&slot| !self.passes(Row::new(block, Slot::new(slot))));
            return failing.for_each(|slot| {
                remove_bit(bits, slot);
            });
        }
        self.clauses.iter().for_each(|clause| clause.retain(block, bits));
    }

    /// As [`retain`](Self::retain), for the rows of a span.
    pub(crate) fn retain_span(&self, span: usize, bits: &mut SpanBits) {
        self.clauses.iter().for_each(|clause| clause.retain_span(span, bits));
    }

    /// The rows of a span that a clause accepts and that pass the others; `None` where the clause has no row there.
    pub(crate) fn span(&self, accepting: usize, span: usize) -> Option<Cow<'_, SpanBits>> {
        let clause = &self.clauses[accepting];
        let mut there = clause.lists.iter().filter(|list| list.span(span).is_some());
        let mut bits = match (there.next()?, there.next()) {
            (only, None) => only.span_bits(span),
            (..) => Cow::Owned(united_span(&clause.lists, span)),
        };
        for (_, clause) in self.clauses.iter().enumerate().filter(|(place, _)| *place != accepting) {
            clause.retain_span(span, bits.to_mut());
        }
        Some(bits)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::bits::{has_bit, insert_bit};
    use crate::rows::bits::SPAN_NUMBERS;
    use crate::rows::row::BLOCK_ROWS;

    fn lists() -> impl Strategy<Value = Vec<Postings>> {
        let list = (1..400_u32, 0..50_u32, 0..70_000_u32).prop_map(|(step, first, end)| {
            Postings::from_sorted(&(first..end).step_by(step as usize).collect::<Vec<_>>())
        });
        prop::collection::vec(list, 0..4)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 30, ..ProptestConfig::default() })]
        #[test]
        fn rows_pass_one_by_one_by_block_and_by_span_alike(
            clauses in prop::collection::vec((lists(), any::<bool>()), 0..4),
            rows in prop::collection::btree_set(0..70_000_usize, 0..500),
        ) {
            let clause = |(lists, is_negated): (Vec<Postings>, bool)| {
                if is_negated { ListClause::none_of(lists) } else { ListClause::any_of(lists) }
            };
            let filter = ListFilter::new(clauses.into_iter().map(clause).collect());
            let passes = |row: usize| {
                let row = u32::try_from(row).expect("small");
                filter.clauses().iter().all(|clause| clause.lists().iter().any(|list| list.contains(row)) != clause.is_negated)
            };
            for span in 0..3 {
                let mut words: SpanBits = [0; _];
                rows.iter().filter(|&&row| row / SPAN_NUMBERS == span).for_each(|row| {
                    insert_bit(&mut words, row % SPAN_NUMBERS);
                });
                filter.retain_span(span, &mut words);
                for row in rows.iter().filter(|&&row| row / SPAN_NUMBERS == span) {
                    prop_assert_eq!(has_bit(&words, row % SPAN_NUMBERS), passes(*row), "row {}", row);
                    prop_assert_eq!(filter.passes(Row::from_number(u32::try_from(*row).expect("small"))), passes(*row));
                }
                if let Some(rarest) = filter.rarest() {
                    let bits = filter.span(rarest, span).map_or([0; _], Cow::into_owned);
                    let expected = (0..SPAN_NUMBERS).filter(|at| passes(span * SPAN_NUMBERS + at));
                    prop_assert!(ones(&bits).eq(expected), "span {}", span);
                }
            }
            for block in 0..69 {
                let mut bits: BlockBits = [0; _];
                rows.iter().filter(|&&row| row / BLOCK_ROWS == block).for_each(|row| {
                    insert_bit(&mut bits, row % BLOCK_ROWS);
                });
                filter.retain(BlockId::new(block), &mut bits);
                let expected = rows.iter().filter(|&&row| row / BLOCK_ROWS == block && passes(row));
                prop_assert!(ones(&bits).eq(expected.map(|row| row % BLOCK_ROWS)), "block {}", block);
            }
        }
    }
}
