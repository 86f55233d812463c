//! Too many connections: one of them gives way.

use std::sync::Arc;
use std::time::Duration;

use crate::connections::Connections;

/// Runs a future, and returns its output if it is there at once or soon after.
fn soon<T>(future: impl Future<Output = T>) -> Option<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(Duration::from_millis(200), future).await.ok() })
}

#[test]
fn the_connection_that_is_idle_for_longest_gives_way() {
    let connections = Connections::new(3, 1);
    let open = [(); 3].map(|()| soon(connections.enter()).unwrap());
    open[0].place.begin();
    connections.idle(&open[0].place);
    open[2].place.begin();
    let late = soon(connections.enter()).unwrap();
    assert!(!late.is_spare());
    assert!(soon(open[1].place.shed()).is_some(), "it was idle from its start");
    assert!(soon(open[0].place.shed()).is_none(), "it had a request later");
    assert!(soon(open[2].place.shed()).is_none(), "it is busy");
    let later = soon(connections.enter()).unwrap();
    assert!(soon(open[0].place.shed()).is_some() && !later.is_spare());
}

#[test]
fn when_all_are_busy_there_is_room_for_health_and_then_one_waits() {
    let connections = Connections::new(2, 1);
    let mut open: Vec<_> = (0..2).map(|_| soon(connections.enter()).unwrap()).collect();
    for taken in &open {
        taken.place.begin();
    }
    let spare = soon(connections.enter()).unwrap();
    assert!(spare.is_spare());
    let next = soon(connections.enter()).unwrap();
    assert!(soon(spare.place.shed()).is_some() && next.is_spare(), "a spare place that is idle is given up too");
    next.place.begin();
    assert!(soon(connections.enter()).is_none(), "no room is left");
    drop(next);
    assert!(soon(connections.enter()).unwrap().is_spare());
    drop(open.pop());
    assert!(!soon(connections.enter()).unwrap().is_spare());
}

#[test]
fn a_place_that_was_given_up_is_not_freed_twice() {
    let connections = Connections::new(1, 1);
    let first = soon(connections.enter()).unwrap();
    let second = soon(connections.enter()).unwrap();
    second.place.begin();
    drop(first);
    assert!(soon(connections.enter()).unwrap().is_spare(), "the second still has the only place");
    drop(second);
    assert!(!soon(connections.enter()).unwrap().is_spare());
    assert_eq!(Arc::strong_count(&connections), 1);
}
