//! Structures whose clones share their parts: an array, a vector, a slab, a hash table and a journal of changes.
//! The sort and the hashers by which they are filled stand beside them, and the reads that wait for memory together.
//!
//! A clone copies a pointer. A write copies what another clone still shares, and nothing else (Driscoll, Sarnak, Sleator and
//! Tarjan, "Making Data Structures Persistent", 1989). Nothing here knows what a row, a word or a job is.

pub(crate) mod counting_sort;
pub(crate) mod hash_table;
pub(crate) mod hasher;
pub(crate) mod journal;
pub(crate) mod prefetch;
pub(crate) mod shared_array;
pub(crate) mod shared_vec;
pub(crate) mod slab;
