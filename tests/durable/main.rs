//! The durable store: what it promises, and what it does when the disk or the process fails.
//!
//! Rounds that depend on chance come from seeds. The environment sets how many of them run; `.ci/release` sets more.

#[path = "../oracle/mod.rs"]
mod oracle;

#[path = "../../examples/list/generate.rs"]
mod generate;

mod acknowledged;
mod disk;
mod folder;

mod backups;
mod crashes;
mod damage;
mod faults;
mod formats;
#[cfg(target_os = "linux")]
mod full_disk;
mod groups;
mod records;
mod sizes;

/// How many rounds of a kind run: the number in the environment, or a default that takes seconds.
fn rounds(variable: &str, default: usize) -> usize {
    std::env::var(variable).map_or(default, |text| text.parse().expect("the number of rounds is a number"))
}
