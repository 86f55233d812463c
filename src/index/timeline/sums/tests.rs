use proptest::prelude::*;

use super::*;
use crate::job::Shape;
use crate::query::{ValueSet, ValueSets};

fn sums(lens: &[usize]) -> Sums {
    Sums::new(Arc::new(Cells::new(Shape::new(lens))))
}

fn filter(lens: &[usize], wanted: &[&[usize]]) -> FacetFilter {
    let mut sets = ValueSets::default();
    sets.iter_mut().zip(wanted).for_each(|(set, values)| *set = values.iter().copied().collect::<ValueSet>());
    FacetFilter::new(&Shape::new(lens), &sets, &ValueSets::default())
}

/// The expected counts: the cells of the rows at each position.
type Model = Vec<Vec<u16>>;

fn check(sums: &Sums, model: &Model, filter: &FacetFilter) {
    let selection = sums.select(filter);
    let passing =
        |rows: &Vec<u16>| rows.iter().filter(|&&cell| sums.cells().passes(filter, Cell::new(cell))).count() as u64;
    let mut before = 0;
    for (position, rows) in model.iter().enumerate() {
        assert_eq!(sums.count_before(position, &selection), before, "before position {position}");
        let count = passing(rows);
        for skip in [before, before + count / 2, (before + count).saturating_sub(1)] {
            if (before..before + count).contains(&skip) {
                let found = sums.find(skip, &selection).expect("within the total");
                assert_eq!((found.position, found.before), (position, before));
                assert!((found.first..found.end).contains(&position) && found.end <= model.len());
                assert_eq!(u64::from(found.siblings[position - found.first]), count);
            }
        }
        before += count;
    }
    assert_eq!((sums.total(&selection), sums.find(before, &selection)), (before, None));
    assert_eq!(sums.count_before(model.len(), &selection), before);
}

#[derive(Clone, Debug)]
enum Step {
    InsertBlock(prop::sample::Index),
    AppendBlocks(usize),
    RemoveBlock(prop::sample::Index),
    RemoveSome(prop::sample::Index, usize),
    Increment(prop::sample::Index, prop::sample::Index),
    Decrement(prop::sample::Index),
    Shift(prop::sample::Index, prop::sample::Index),
    Move(prop::sample::Index, prop::sample::Index),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let index = any::<prop::sample::Index>;
    let step = prop_oneof![
        3 => index().prop_map(Step::InsertBlock),
        1 => (1..40_usize).prop_map(Step::AppendBlocks),
        1 => index().prop_map(Step::RemoveBlock),
        1 => (index(), 1..30_usize).prop_map(|(at, len)| Step::RemoveSome(at, len)),
        6 => (index(), index()).prop_map(|(at, cell)| Step::Increment(at, cell)),
        2 => index().prop_map(Step::Decrement),
        2 => (index(), index()).prop_map(|(at, cell)| Step::Shift(at, cell)),
        2 => (index(), index()).prop_map(|(from, to)| Step::Move(from, to)),
    ];
    prop::collection::vec(step, 1..120)
}

fn remove_block(sums: &mut Sums, model: &mut Model, position: usize) {
    for cell in model.remove(position) {
        sums.decrement(position, Cell::new(cell));
    }
    sums.remove_block(position);
}

fn apply(sums: &mut Sums, model: &mut Model, step: &Step) {
    let cells = sums.cells().len();
    let cell_of = |index: &prop::sample::Index| u16::try_from(index.index(cells)).expect("at most 1,000");
    match step {
        Step::InsertBlock(at) => {
            let position = at.index(model.len() + 1);
            sums.insert_block(position);
            model.insert(position, Vec::new());
        }
        Step::AppendBlocks(len) => (0..*len).for_each(|_| {
            sums.insert_block(model.len());
            model.push(Vec::new());
        }),
        _ if model.is_empty() => {}
        Step::RemoveBlock(at) => remove_block(sums, model, at.index(model.len())),
        Step::RemoveSome(at, len) => {
            let first = at.index(model.len());
            (0..(*len).min(model.len() - first)).for_each(|_| remove_block(sums, model, first));
        }
        Step::Increment(at, cell) => {
            let position = at.index(model.len());
            sums.increment(position, Cell::new(cell_of(cell)));
            model[position].push(cell_of(cell));
        }
        Step::Decrement(at) => {
            let position = at.index(model.len());
            if let Some(cell) = model[position].pop() {
                sums.decrement(position, Cell::new(cell));
            }
        }
        Step::Shift(at, cell) => {
            let position = at.index(model.len());
            if let Some(was) = model[position].pop() {
                sums.shift(position, Cell::new(was), Cell::new(cell_of(cell)));
                model[position].push(cell_of(cell));
            }
        }
        Step::Move(from, to) => {
            let (from, to) = (from.index(model.len()), to.index(model.len()));
            let moved = std::mem::take(&mut model[from]);
            let mut counts = sums.no_counts();
            for &cell in &moved {
                sums.count(&mut counts, Cell::new(cell));
            }
            sums.move_rows(from, to, &counts);
            model[to].extend(moved);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]
    #[test]
    fn counts_and_finds_are_those_of_a_plain_walk(
        lens in prop_oneof![Just(vec![4, 2, 3]), Just(vec![]), Just(vec![6, 4, 4]), Just(vec![5, 8, 3, 6]), Just(vec![40, 2])],
        steps in steps(),
    ) {
        let (mut sums, mut model) = (sums(&lens), Model::new());
        for (number, step) in steps.iter().enumerate() {
            let earlier = (number % 16 == 0).then(|| (sums.clone(), model.clone()));
            apply(&mut sums, &mut model, step);
            if let Some((sums, model)) = earlier {
                sums.check_invariants();
                check(&sums, &model, &filter(&lens, &[]));
            }
        }
        sums.check_invariants();
        check(&sums, &model, &filter(&lens, &[]));
        check(&sums, &model, &filter(&lens, &[&[0, 2, 3]]));
        check(&sums, &model, &filter(&lens, &[&[1], &[1]]));
        check(&sums, &model, &filter(&lens, &[&[0, 1], &[], &[1, 2], &[0, 3, 5]]));
        let mut before = vec![0; sums.cells().len()];
        for (position, rows) in model.iter().enumerate() {
            prop_assert_eq!(&sums.cell_counts_before(position), &before);
            for &cell in rows {
                before[usize::from(cell)] += 1;
            }
        }
        prop_assert_eq!(&sums.cell_counts_before(model.len()), &before);
    }
}

/// Blocks that come in order fill the nodes, so the tree is as deep as it has to be.
#[test]
fn nodes_are_full_where_blocks_come_in_order() {
    for (blocks, levels) in [(1, 1), (8, 1), (9, 2), (64, 2), (65, 3), (512, 3), (513, 4)] {
        let mut sums = sums(&[4, 2, 3]);
        (0..blocks).for_each(|position| sums.insert_block(position));
        assert_eq!(sums.levels, levels, "{blocks} blocks");
        sums.check_invariants();
    }
}

/// A million jobs deleted from both ends leave no deep tree of nodes with one child.
#[test]
fn nodes_join_where_blocks_go() {
    let mut sums = sums(&[6, 4, 4]);
    (0..2_000).for_each(|position| sums.insert_block(position));
    for left in (3..2_000).rev() {
        sums.remove_block(left * 7 % (left + 1));
    }
    sums.check_invariants();
    assert!(sums.levels <= 2, "{} levels for three blocks", sums.levels);
    (0..3).for_each(|_| sums.remove_block(0));
    assert_eq!((sums.levels, sums.blocks), (1, 0));
    sums.insert_block(0);
    sums.check_invariants();
}
