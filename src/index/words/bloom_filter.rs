//! A Bloom filter that grows: a set of hashes that may take another hash for one of its own, and forgets none.
//!
//! See B. H. Bloom, "Space/Time Trade-offs in Hash Coding with Allowable Errors", 1970. Each hash has three bits, all in one word of
//! 64 bits, so a question costs one look at memory for each layer: see Putze, Sanders and Singler, "Cache-, Hash- and
//! Space-Efficient Bloom Filters", 2007. A layer that is filled is followed by a larger one, as long as the owner allows it.
//! Behind that, the filter rules out less.

use crate::persist::shared_vec::SharedVec;

/// Words of 64 bits in the first layer: 4 KB.
const FIRST_LAYER_LEN: usize = 512;

/// How many times as long as the last layer the next one is. A question looks at all layers, so they are to be few; but a large
/// layer takes memory before it is filled.
const GROWTH: usize = 4;
const GROWTH_OF_LARGE: usize = 2;
const LARGE_LAYER_LEN: usize = 1 << 15;

/// Hashes for each word of 64 bits, at which a layer is filled: a hash that is not noted passes about once in 15 times.
const HASHES_PER_BLOCK: usize = 10;

/// Bits of a hash.
const BITS: u32 = 3;

/// The filter. Hashes are to be mixed well in all bits.
#[derive(Clone, Debug, Default)]
pub(super) struct BloomFilter {
    /// The newest layer stands last. Only it gets new hashes.
    layers: Vec<Layer>,
}

// Invariants:
//   len is the number of blocks; noted counts the hashes that the layer got
#[derive(Clone, Debug)]
struct Layer {
    blocks: SharedVec<u64, 128, 32>,
    len: usize,
    noted: usize,
}

impl BloomFilter {
    /// Whether a hash was noted. The answer may be yes for others too.
    #[inline]
    pub(super) fn has(&self, hash: u64) -> bool {
        // All layers are asked, so that the processor waits for their memory at once.
        self.layers.iter().fold(false, |has, layer| has | layer.has(hash))
    }

    /// Notes a hash. The filter grows up to `hashes_max` hashes, and notes more without room for them.
    pub(super) fn insert(&mut self, hash: u64, hashes_max: usize) {
        if self.has(hash) {
            return;
        }
        let may_grow = self.noted() < hashes_max;
        match self.layers.last_mut() {
            Some(layer) if layer.noted < layer.len * HASHES_PER_BLOCK || !may_grow => layer.insert(hash),
            last => {
                let len = last.map_or(FIRST_LAYER_LEN, |layer| layer.next_len());
                self.push_layer(len).insert(hash);
            }
        }
    }

    /// Makes room for so many hashes that come at once.
    pub(super) fn reserve(&mut self, hashes: usize) {
        let len = hashes / HASHES_PER_BLOCK;
        if len > self.layers.last().map_or(FIRST_LAYER_LEN, |layer| layer.len) {
            self.push_layer(len);
        }
    }

    /// Hashes that were noted.
    pub(super) fn noted(&self) -> usize {
        self.layers.iter().map(|layer| layer.noted).sum()
    }

    /// Its size in words of 64 bits.
    #[cfg(test)]
    pub(super) fn blocks_len(&self) -> usize {
        self.layers.iter().map(|layer| layer.len).sum()
    }

    fn push_layer(&mut self, len: usize) -> &mut Layer {
        self.layers.push(Layer { blocks: SharedVec::default(), len, noted: 0 });
        self.layers.last_mut().expect("a layer was just added")
    }
}

impl Layer {
    /// The length of the layer behind this one.
    fn next_len(&self) -> usize {
        self.len * if self.len < LARGE_LAYER_LEN { GROWTH } else { GROWTH_OF_LARGE }
    }

    fn insert(&mut self, hash: u64) {
        self.noted += 1;
        *self.blocks.get_mut(self.block(hash)) |= bits(hash);
    }

    #[inline]
    fn has(&self, hash: u64) -> bool {
        let bits = bits(hash);
        self.blocks.get(self.block(hash)).is_some_and(|block| block & bits == bits)
    }

    /// The block of a hash.
    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "the product of two numbers of 32 bits, without its lower half")]
    fn block(&self, hash: u64) -> usize {
        (((hash >> 32) * self.len as u64) >> 32) as usize
    }
}

/// The bits of a hash in its block.
#[inline]
fn bits(hash: u64) -> u64 {
    (0..BITS).fold(0, |bits, number| bits | 1 << (hash >> (6 * number) & 63))
}

/// A number whose bits are mixed. Two different numbers differ in it.
#[inline]
pub(super) fn mixed(number: u64) -> u64 {
    let mixed = (number ^ number >> 32).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    let mixed = (mixed ^ mixed >> 32).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    mixed ^ mixed >> 32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hash_is_found_and_most_others_are_not() {
        let mut filter = BloomFilter::default();
        (0..40_000).for_each(|number| filter.insert(mixed(number), usize::MAX));
        assert!(filter.layers.len() > 1, "the filter has grown");
        let (last, filled) = filter.layers.split_last().expect("there are layers");
        assert!(filled.iter().all(|layer| layer.noted == layer.len * HASHES_PER_BLOCK), "a layer is filled first");
        assert!(last.noted <= last.len * HASHES_PER_BLOCK);
        assert!((0..40_000).all(|number| filter.has(mixed(number))));
        let others = (40_000..50_000).filter(|&number| filter.has(mixed(number))).count();
        assert!(others < 1_500, "{others} of 10,000 others seem to be noted");
    }

    #[test]
    fn the_filter_grows_no_further_than_its_owner_allows_and_still_has_every_hash() {
        let mut filter = BloomFilter::default();
        (0..50_000).for_each(|number| filter.insert(mixed(number), 10_000));
        let (noted, blocks) = (filter.noted(), filter.blocks_len());
        assert!(noted > 10_000 && blocks <= 2_560, "{noted} hashes in {blocks} words of 64 bits");
        assert!((0..50_000).all(|number| filter.has(mixed(number))));
    }

    #[test]
    fn room_that_is_made_at_once_is_one_layer() {
        let mut filter = BloomFilter::default();
        filter.reserve(100_000);
        (0..100_000).for_each(|number| filter.insert(mixed(number), usize::MAX));
        assert_eq!(filter.layers.len(), 1);
    }
}
