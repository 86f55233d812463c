//! Work off the threads that answer requests, and the limit on lines of the log.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use crate::caller::Caller;
use crate::offload::Lane;
use crate::throttle::Throttle;

#[test]
fn work_of_a_lane_is_done_one_piece_at_a_time_and_holds_up_no_request() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (lane, at_once) = (Lane::default(), Arc::new(AtomicUsize::new(0)));
    runtime.block_on(async {
        let pieces = (0..8).map(|piece| {
            let (lane, at_once) = (lane.clone(), Arc::clone(&at_once));
            tokio::spawn(async move {
                let work = move || {
                    assert_eq!(at_once.fetch_add(1, Ordering::SeqCst), 0, "another piece is being worked on");
                    std::thread::sleep(std::time::Duration::from_millis(5));
                    at_once.fetch_sub(1, Ordering::SeqCst);
                    piece
                };
                lane.run(work).await.unwrap().0
            })
        });
        for (number, piece) in pieces.collect::<Vec<_>>().into_iter().enumerate() {
            assert_eq!(piece.await.unwrap(), number);
        }
        // The runtime has one thread. The work ends only after another task of that thread has run.
        let (go_on, wait) = mpsc::channel::<()>();
        let work = lane.run(move || wait.recv().is_ok());
        let (done, ()) = tokio::join!(work, async { go_on.send(()).unwrap() });
        assert!(done.unwrap().0);
    });
}

#[test]
fn work_that_panics_panics_where_it_was_asked_for_and_frees_its_lane() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let lane = Lane::default();
    let panicking = std::panic::AssertUnwindSafe(|| runtime.block_on(lane.run(|| panic!("on purpose"))));
    assert!(std::panic::catch_unwind(panicking).is_err());
    assert_eq!(runtime.block_on(lane.run(|| 7)).unwrap().0, 7);
}

#[test]
fn lists_are_answered_while_the_views_of_streams_wait() {
    let mut caller = Caller::with_count(12);
    let (news, (go_on, wait)) = (caller.app.news.clone(), mpsc::channel::<()>());
    // Somebody's view takes as long as this test wants.
    let slow = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(news.run(move || wait.recv().is_ok())).unwrap().0
    });
    assert_eq!(caller.act("ListLiveTranscodeJobs", &[]).member("TotalCount"), "12");
    assert_eq!(caller.get("/console/view").member("total"), "12");
    go_on.send(()).unwrap();
    assert!(slow.join().unwrap());
}

#[test]
fn of_many_lines_at_once_one_passes_and_the_others_are_counted() {
    let throttle = Throttle::default();
    assert_eq!(throttle.pass(), Some(0));
    assert!((0..1000).all(|_| throttle.pass().is_none()));
}
