//! The planner: which way to the answer is the cheapest.
//!
//! ```text
//! facts of the lookup ──> Statistics ──Planner::plan──> Plan ──> exec
//! ```
//! The planner sees numbers and never a row: a bad estimate makes an answer slow and never wrong. Every path gives the same
//! answer, and a test forces each. All costs stand in [`cost`].

mod access_path;
pub(crate) mod cost;
mod explanation;
mod planner;
mod statistics;

pub use access_path::{AccessPath, PathEstimate};
pub(crate) use explanation::Actual;
pub use explanation::{Explanation, WordExplanation};
pub(crate) use planner::{Intersect, Plan, Planner, SearchIn};
pub(crate) use statistics::{KeywordStatistics, LabelStatistics, RowsAtHand, Statistics, WordStatistics};
