#![allow(dead_code, unused_imports)]

mod record;

use jobdex::{JobStore, ListQuery};
use record::{Encode, Region, Stage, Task};

fn main() {
    let store = JobStore::<Encode>::new();
    let query: ListQuery<(Stage,)> = ListQuery::new();
    let _ = store.list(&query);
}
