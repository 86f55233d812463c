//! The part of `cargo bench --bench table` about any record, alone: `cargo bench --bench records`.

mod any_record;
mod baseline;
mod common;

use common::arguments::{SIZES_VARIABLE, sizes};
use common::names::Names;

fn main() {
    let names = Names::load();
    let of_sizes: Vec<String> = sizes().iter().map(ToString::to_string).collect();
    println!("Reproduce with `{SIZES_VARIABLE}={} cargo bench --bench records`.\n", of_sizes.join(","));
    println!("* Names: {}. Four facets of 5, 8, 3 and 6 values, and four labels a job.", names.source());
    println!("* Medians, one thread, the whole request with its exact total and its first page of 10.");
    println!("* Before anything was timed, jobdex, the vector and the sorted sets were seen to give the same answers.");
    for n in sizes() {
        any_record::report(&names, n);
    }
}
