//! Records of other kinds than the live-transcode job: facets, labels, limits and the parameters of a list.

mod answers;
mod any_record;
mod limits;
mod long_names;
#[path = "../oracle/mod.rs"]
mod oracle;
mod panics;
mod parameters;
mod random;
