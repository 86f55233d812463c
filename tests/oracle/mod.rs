//! The specification as slow and obvious programs that use only the types of the crate. Tests, fuzz targets and benches
//! share it.

// Each test binary uses its own part of this module, and nothing of it is visible outside of the binary.
#![allow(dead_code, unreachable_pub)]

pub mod case;
pub mod corrections;
pub mod keyword;
pub mod random;
pub mod record_twins;
pub mod record_vocabulary;
pub mod records;
pub mod schemas;
pub mod store;
pub mod twins;
pub mod vocabulary;
