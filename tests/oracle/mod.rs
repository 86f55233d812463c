//! The specification as programs: slow, obvious, and using nothing of the crate but its types. Tests, fuzz targets and
//! benches share it.

// Each test binary that includes this uses its own part of it, and none of it leaves the binary.
#![allow(dead_code, unreachable_pub)]

pub mod corrections;
pub mod keyword;
pub mod random;
pub mod store;
pub mod twins;
pub mod vocabulary;
