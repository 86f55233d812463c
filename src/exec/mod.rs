//! `Plan` and one snapshot to `Page`.

mod facets;
mod page;

pub use facets::{FacetCounts, ValueCounts};
pub use page::Page;
