#![allow(dead_code, unused_imports)]

mod record;

use jobdex::{JobStore, ListQuery};
use record::{Encode, Region, Stage, Task};

fn main() {
    let _ = JobStore::<String>::new();
}
