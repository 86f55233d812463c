//! A plane of the sums: a tree of the counts of 24 columns.
//!
//! The leaves have the blocks in time order, up to [`FANOUT`] each. A node has, for each column, the counts of its children side
//! by side. The counts of some columns are then sums of short arrays, which the processor adds all at once:
//! ```text
//! inner node:  column 0 [ . . . 8 … ]     a child is a node of the level below
//!              column 1 [ . . .     ]
//!              …
//!              blocks   [ 8 5 8     ]     positions below each child
//! leaf:        column 0 [ . . . 8 … ]     a child is a block
//! ```
//! A node may have fewer children than it has room for, as in a B-tree (Bayer and `McCreight`, "Organization and Maintenance of
//! Large Ordered Indices", 1972). A new block therefore moves counts within a few nodes, however many blocks there are.

use std::sync::Arc;

use super::columns::{FULL, WIDTH, columns_of};

/// Children of a node: as many counts as the processor adds at once. A write beside a snapshot copies a node a level, 912 bytes.
pub(in crate::index::timeline) const FANOUT: usize = 8;

/// Children that two neighbours may have together for one of them to take over those of the other: not so many that the next
/// block that comes splits them again.
const JOINED_CHILDREN_MAX: usize = FANOUT * 3 / 4;

/// Counts of 24 columns.
// Invariants:
//   total is the sum over the root, all is the sum over total, modulo 2⁶⁴
#[derive(Clone, Debug, Default)]
pub(super) struct Plane {
    root: Arc<SumNode>,
    total: [u64; WIDTH],
    all: u64,
}

// Invariants:
//   blocks[..len] are not 0, and the others are, with their counts; at level 0 they are 1
//   the counts of a child are the sums over the node below it; all[child] is the sum over its columns, modulo 2³²
//   above level 0 the first `len` children are there, and no others
#[derive(Clone, Debug, Default)]
pub(super) struct SumNode {
    /// `[column][child]`
    counts: [[u32; FANOUT]; WIDTH],
    /// `[child]`, of all columns together: requests with few filters start from it.
    all: [u32; FANOUT],
    /// `[child]`, how many positions.
    blocks: [u32; FANOUT],
    /// The nodes below; none at level 0.
    children: [Option<Arc<SumNode>>; FANOUT],
}

/// A child of a node.
#[derive(Default)]
struct Child {
    counts: [u32; WIDTH],
    blocks: u32,
    node: Option<Arc<SumNode>>,
}

impl Plane {
    pub(super) fn root(&self) -> &SumNode {
        &self.root
    }

    pub(super) fn totals(&self) -> &[u64; WIDTH] {
        &self.total
    }

    /// The total of some columns.
    #[inline]
    pub(super) fn total(&self, mask: u32) -> u64 {
        if mask == FULL {
            return self.all;
        }
        columns_of(mask).map(|column| self.total[column]).sum()
    }

    /// Counts one row of a position no longer in a column, and from now on in another, where there is one.
    #[inline]
    pub(super) fn change(&mut self, levels: u32, position: usize, from: Option<usize>, to: Option<usize>) {
        if let Some(from) = from {
            self.total[from] -= 1;
            self.all -= 1;
        }
        if let Some(to) = to {
            self.total[to] += 1;
            self.all += 1;
        }
        self.visit_path(levels, position, |node, child| node.change(child, from, to));
    }

    /// Adds rows to a position.
    pub(super) fn add(&mut self, levels: u32, position: usize, counts: &[u32; WIDTH]) {
        self.total.iter_mut().zip(counts).for_each(|(total, &count)| *total += u64::from(count));
        let all = counts.iter().sum::<u32>();
        self.all += u64::from(all);
        self.visit_path(levels, position, |node, child| {
            node.counts.iter_mut().zip(counts).for_each(|(column, count)| column[child] += count);
            node.all[child] = node.all[child].wrapping_add(all);
        });
    }

    /// Takes rows from a position.
    pub(super) fn take(&mut self, levels: u32, position: usize, counts: &[u32; WIDTH]) {
        self.total.iter_mut().zip(counts).for_each(|(total, &count)| *total -= u64::from(count));
        let all = counts.iter().sum::<u32>();
        self.all -= u64::from(all);
        self.visit_path(levels, position, |node, child| {
            node.counts.iter_mut().zip(counts).for_each(|(column, count)| column[child] -= count);
            node.all[child] = node.all[child].wrapping_sub(all);
        });
    }

    /// Changes each node on the way to a position, at the child that the way takes.
    #[inline]
    fn visit_path(&mut self, levels: u32, mut position: usize, mut visit: impl FnMut(&mut SumNode, usize)) {
        let mut node = Arc::make_mut(&mut self.root);
        for level in (0..levels).rev() {
            let child = node.child_at(level, &mut position);
            visit(node, child);
            if level == 0 {
                return;
            }
            node = node.child_mut(child);
        }
    }

    /// Adds a position, and returns whether the tree has a level more.
    pub(super) fn insert_block(&mut self, levels: u32, position: usize) -> bool {
        let Some(right) = insert(&mut self.root, levels - 1, position) else { return false };
        let left = std::mem::take(&mut self.root);
        let mut root = SumNode::default();
        root.insert_child(0, Child::of(left));
        root.insert_child(1, Child::of(right));
        self.root = Arc::new(root);
        true
    }

    /// Takes out a position without rows, and returns how many levels the tree lost.
    pub(super) fn remove_block(&mut self, levels: u32, position: usize) -> u32 {
        remove(&mut self.root, levels - 1, position);
        let mut lost = 0;
        while levels - lost > 1 && self.root.len() <= 1 {
            self.root = self.root.children[0].clone().unwrap_or_default();
            lost += 1;
        }
        lost
    }

    /// How many rows of some columns stand before a position that is there.
    pub(super) fn count_before(&self, levels: u32, mut position: usize, mask: u32) -> u64 {
        let (mut count, mut node) = (0, &*self.root);
        for level in (0..levels).rev() {
            let child = node.child_at(level, &mut position);
            if child > 0 {
                count += node.by_child(mask)[..child].iter().map(|&count| u64::from(count)).sum::<u64>();
            }
            if level > 0 {
                node = node.child(child);
            }
        }
        count
    }

    /// Adds, column by column, how many rows stand before a position that is there.
    pub(super) fn add_counts_before(&self, levels: u32, mut position: usize, counts: &mut [u64; WIDTH]) {
        let mut node = &*self.root;
        for level in (0..levels).rev() {
            let child = node.child_of(&mut position);
            for (sum, column) in counts.iter_mut().zip(&node.counts) {
                *sum += column[..child].iter().map(|&count| u64::from(count)).sum::<u64>();
            }
            if level > 0 {
                node = node.child(child);
            }
        }
    }

    /// The counts of a position that is there.
    pub(super) fn counts_at(&self, levels: u32, mut position: usize) -> [u32; WIDTH] {
        let mut node = &*self.root;
        for _ in 1..levels {
            node = node.child(node.child_of(&mut position));
        }
        node.counts.map(|column| column[position])
    }

    /// The numbers of blocks in the leaves, from left to right.
    pub(super) fn form(&self, levels: u32) -> Vec<usize> {
        let mut nodes = vec![&*self.root];
        for _ in 1..levels {
            nodes = nodes.into_iter().flat_map(|node| (0..node.len()).map(|child| node.child(child))).collect();
        }
        nodes.into_iter().map(SumNode::len).collect()
    }

    /// Panics with the name of a broken invariant.
    pub(super) fn check_invariants(&self, levels: u32) {
        self.root.check_invariants(levels - 1);
        let total = self.root.counts.map(|column| column.iter().map(|&count| u64::from(count)).sum::<u64>());
        assert_eq!(total, self.total, "the totals are the sums over the blocks");
        assert_eq!(total.iter().sum::<u64>(), self.all, "the total of all columns is the sum of their totals");
    }
}

impl SumNode {
    /// How many children there are.
    pub(super) fn len(&self) -> usize {
        self.blocks.iter().take_while(|&&blocks| blocks > 0).count()
    }

    /// How many positions are below a child.
    #[inline]
    pub(super) fn blocks_below(&self, child: usize) -> usize {
        self.blocks[child] as usize
    }

    /// The node below a child, above level 0.
    #[inline]
    pub(super) fn child(&self, child: usize) -> &Self {
        self.children[child].as_deref().expect("a child of an inner node has a node")
    }

    #[inline]
    fn child_mut(&mut self, child: usize) -> &mut Self {
        Arc::make_mut(self.children[child].as_mut().expect("a child of an inner node has a node"))
    }

    /// The child that has a position, which is there; the position is then counted from the first below that child.
    #[inline]
    fn child_of(&self, position: &mut usize) -> usize {
        let mut child = 0;
        while *position >= self.blocks[child] as usize {
            *position -= self.blocks[child] as usize;
            child += 1;
        }
        child
    }

    /// As [`child_of`](Self::child_of), in a node of a level: the children of a leaf have one position each.
    #[inline]
    fn child_at(&self, level: u32, position: &mut usize) -> usize {
        if level == 0 { *position } else { self.child_of(position) }
    }

    /// Per child, the sum over some columns.
    #[inline]
    pub(super) fn by_child(&self, mask: u32) -> [u32; FANOUT] {
        let mut sums;
        if mask.count_ones() as usize > WIDTH / 2 {
            // Fewer columns are left out than added.
            sums = self.all;
            for column in columns_of(!mask & FULL) {
                sums.iter_mut().zip(&self.counts[column]).for_each(|(sum, count)| *sum = sum.wrapping_sub(*count));
            }
        } else {
            sums = [0; FANOUT];
            for column in columns_of(mask) {
                sums.iter_mut().zip(&self.counts[column]).for_each(|(sum, count)| *sum += count);
            }
        }
        sums
    }

    #[inline]
    fn change(&mut self, child: usize, from: Option<usize>, to: Option<usize>) {
        if let Some(from) = from {
            self.counts[from][child] -= 1;
            self.all[child] = self.all[child].wrapping_sub(1);
        }
        if let Some(to) = to {
            self.counts[to][child] += 1;
            self.all[child] = self.all[child].wrapping_add(1);
        }
    }

    fn set_child(&mut self, at: usize, child: Child) {
        self.counts.iter_mut().zip(child.counts).for_each(|(column, count)| column[at] = count);
        self.all[at] = child.counts.iter().fold(0, |sum, &count| sum.wrapping_add(count));
        self.blocks[at] = child.blocks;
        self.children[at] = child.node;
    }

    fn take_child(&mut self, at: usize) -> Child {
        let counts = std::array::from_fn(|column| self.counts[column][at]);
        Child { counts, blocks: self.blocks[at], node: self.children[at].take() }
    }

    /// Inserts a child; there is room for it.
    fn insert_child(&mut self, at: usize, child: Child) {
        for later in (at..self.len()).rev() {
            let moved = self.take_child(later);
            self.set_child(later + 1, moved);
        }
        self.set_child(at, child);
    }

    /// Inserts a child, and returns the node behind this one where a full node has to split.
    fn insert_or_split(&mut self, at: usize, child: Child) -> Option<Arc<Self>> {
        if self.len() < FANOUT {
            self.insert_child(at, child);
            return None;
        }
        let mut right = Self::default();
        if at == FANOUT {
            // Blocks mostly come behind all others. Then the nodes stay full.
            right.insert_child(0, child);
            return Some(Arc::new(right));
        }
        for (to, from) in (FANOUT / 2..FANOUT).enumerate() {
            right.set_child(to, self.take_child(from));
            self.set_child(from, Child::default());
        }
        let (node, at) = if at <= FANOUT / 2 { (self, at) } else { (&mut right, at - FANOUT / 2) };
        node.insert_child(at, child);
        Some(Arc::new(right))
    }

    /// Takes out one of so many children. The child may have lost its last block already.
    fn remove_child(&mut self, at: usize, len: usize) {
        for later in at + 1..len {
            let moved = self.take_child(later);
            self.set_child(later - 1, moved);
        }
        self.set_child(len - 1, Child::default());
    }

    /// Joins two neighbours, the first of which is `left`, if they have few children.
    fn join_children(&mut self, left: usize) -> bool {
        let right = left + 1;
        if right >= self.len() || self.child(left).len() + self.child(right).len() > JOINED_CHILDREN_MAX {
            return false;
        }
        let mut moved = self.take_child(right).node.unwrap_or_default();
        let (moved, target) = (Arc::make_mut(&mut moved), self.child_mut(left));
        for child in 0..moved.len() {
            target.set_child(target.len(), moved.take_child(child));
        }
        let joined = self.children[left].take().unwrap_or_default();
        self.set_child(left, Child::of(joined));
        self.remove_child(right, self.len());
        true
    }

    fn check_invariants(&self, level: u32) {
        for at in 0..FANOUT {
            let counts: [u32; WIDTH] = std::array::from_fn(|column| self.counts[column][at]);
            let all = counts.iter().fold(0_u32, |sum, &count| sum.wrapping_add(count));
            assert_eq!(self.all[at], all, "the sums of all columns are those of the columns");
            let expected = match &self.children[at] {
                Some(node) => {
                    assert!(level > 0 && at < self.len(), "only inner nodes have nodes below, at their first children");
                    node.check_invariants(level - 1);
                    Child::of(Arc::clone(node))
                }
                None if at < self.len() => {
                    assert!(level == 0 && self.blocks[at] == 1, "a child of a leaf is one block");
                    continue;
                }
                None => Child::default(),
            };
            assert_eq!(
                (counts, self.blocks[at]),
                (expected.counts, expected.blocks),
                "a child has the sums over its node"
            );
        }
    }
}

impl Child {
    /// A node as a child.
    fn of(node: Arc<SumNode>) -> Self {
        let counts = node.counts.map(|column| column.iter().sum());
        Self { counts, blocks: node.blocks.iter().sum(), node: Some(node) }
    }

    /// A block without rows.
    fn block() -> Self {
        Self { blocks: 1, ..Self::default() }
    }
}

/// Adds a position below a node, and returns the node behind it where the node has to split.
fn insert(node: &mut Arc<SumNode>, level: u32, mut position: usize) -> Option<Arc<SumNode>> {
    let node = Arc::make_mut(node);
    if level == 0 {
        return node.insert_or_split(position, Child::block());
    }
    // A position behind all goes to the last child.
    let behind_all = node.len() - 1;
    let below: usize = node.blocks.iter().map(|&blocks| blocks as usize).sum();
    let child = if position == below {
        position = node.blocks_below(behind_all);
        behind_all
    } else {
        node.child_of(&mut position)
    };
    let below = node.children[child].as_mut().expect("a child of an inner node has a node");
    let right = insert(below, level - 1, position);
    node.blocks[child] += 1;
    let right = right?;
    let left = node.take_child(child).node.expect("it was there before the split");
    node.set_child(child, Child::of(left));
    node.insert_or_split(child + 1, Child::of(right))
}

/// Takes out a position without rows below a node.
fn remove(node: &mut Arc<SumNode>, level: u32, mut position: usize) {
    let node = Arc::make_mut(node);
    let len = node.len();
    if level == 0 {
        return node.remove_child(position, len);
    }
    let child = node.child_of(&mut position);
    remove(node.children[child].as_mut().expect("a child of an inner node has a node"), level - 1, position);
    node.blocks[child] -= 1;
    if node.blocks[child] == 0 {
        node.remove_child(child, len);
    } else if !node.join_children(child) && child > 0 {
        node.join_children(child - 1);
    }
}
