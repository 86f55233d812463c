#![allow(dead_code, unused_imports)]

mod record;

use jobdex::{JobStore, ListQuery};
use record::{Encode, Region, State, Task};

fn main() {
    let store = JobStore::<Encode>::new();
    let query: ListQuery<(State,)> = ListQuery::new();
    let _ = store.list(&query);
}
