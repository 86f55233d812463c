#![allow(dead_code, unused_imports)]

mod record;

use jobdex::{JobStore, ListQuery};
use record::{Encode, Region, Stage, Task};

fn main() {
    let store = JobStore::<Encode>::new();
    let counts = store.facets(&ListQuery::new()).expect("valid");
    println!("{}", counts.of(true));
}
