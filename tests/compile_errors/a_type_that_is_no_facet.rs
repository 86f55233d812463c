#![allow(dead_code, unused_imports)]

mod record;

use jobdex::{JobStore, ListQuery};
use record::{Encode, Region, Stage, Task};

fn main() {
    let store = JobStore::<Encode>::new();
    let _ = store.list(&ListQuery::new().filter("queued"));
    let _ = store.list(&ListQuery::new().exclude([1, 2]));
}
