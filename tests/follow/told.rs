//! What the changes and a watch of a follower have told, compared with its store.

use jobdex::changes::ListWatch;
use jobdex::follow::Follower;
use jobdex::{Job, JobStore, ListQuery, Status};

/// A replica of the changes of a follower, and a watch of one list.
pub(crate) struct Told {
    replica: JobStore,
    version: u64,
    watch: ListWatch,
}

impl Told {
    pub(crate) fn new(follower: &Follower<Job>) -> Self {
        let watch = follower.store().watch(query()).expect("the query is valid");
        let snapshot = follower.store().snapshot();
        Self { version: snapshot.version(), replica: JobStore::from(snapshot), watch }
    }

    /// Takes what is new, and compares all that was told with the store. Returns the number of changes.
    pub(crate) fn check(&mut self, follower: &Follower<Job>, what: &str) -> usize {
        let changes = follower.store().changes_since(self.version).expect("history is long");
        self.version = changes.version();
        let mut told = 0;
        for change in changes {
            self.replica.apply(&change).expect("changes follow each other");
            told += 1;
        }
        let snapshot = follower.store().snapshot();
        assert!(self.replica.iter().eq(snapshot.iter()), "{what}: the feed has all changes");
        drop(self.watch.try_next());
        let page = snapshot.list(&query()).expect("the query is valid");
        assert_eq!(self.watch.page().jobs, page.jobs, "{what}: the watch has the page");
        told
    }
}

fn query() -> ListQuery {
    ListQuery::new().status(Status::Running).page_size(50)
}
