//! Server-sent events: a view of the list, sent again whenever it has changed.
//!
//! A stream follows the store's change feed, and makes the view anew only where something was written. After an event it
//! rests a moment: however many writes there are in the meantime, the console gets the last state of it, once.

use std::convert::Infallible;
use std::future::poll_fn;

use axum::body::{Body, Bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};
use jobdex::ChangeFeed;
use jobdex::wire::ApiError;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, sleep_until};

use crate::actions::json;
use crate::app::App;
use crate::console::{Asked, View};
use crate::errors::Refusal;
use crate::job::LiveJob;
use crate::limits::{NEWS_LAPSE, SILENCE_LAPSE_MAX};

/// One console that is told of changes.
struct Listener<C> {
    app: App,
    asked: Asked,
    feed: ChangeFeed<LiveJob>,
    /// The view that was sent last.
    sent: Vec<u8>,
    /// When the next one may be sent.
    rested: Instant,
    _place: OwnedSemaphorePermit,
    _counted: C,
}

/// The stream's response; its first event is the view as it is now.
///
/// # Errors
/// [`ApiError::ServiceUnavailable`] where there is no place for one more console, and what the query is refused for.
pub(crate) fn stream(app: &App, asked: Asked) -> Result<Response, Refusal> {
    let place = app.streams.clone().try_acquire_owned().map_err(|_| ApiError::ServiceUnavailable)?;
    let snapshot = app.state.snapshot();
    let sent = json(&View::new(&snapshot, &asked)?);
    let first = event(&sent);
    let listener = Listener {
        app: app.clone(),
        asked,
        feed: app.state.feed_since(snapshot.version()),
        sent,
        rested: Instant::now() + NEWS_LAPSE,
        _place: place,
        _counted: app.metrics.clone().stream(),
    };
    let later = stream::unfold(listener, |mut listener| async move { Some((listener.next().await?, listener)) });
    let events = stream::iter([first]).chain(later).map(Ok::<_, Infallible>);
    let headers = [(CONTENT_TYPE, "text/event-stream"), (CACHE_CONTROL, "no-store")];
    Ok((headers, Body::from_stream(events)).into_response())
}

fn event(view: &[u8]) -> Bytes {
    [b"event: view\ndata: ".as_slice(), view, b"\n\n"].concat().into()
}

impl<C> Listener<C> {
    /// The next event; `None` when the service stops.
    async fn next(&mut self) -> Option<Bytes> {
        let silent_until = Instant::now() + SILENCE_LAPSE_MAX;
        let app = self.app.clone();
        loop {
            tokio::select! {
                () = self.something_written() => {
                    if let Some(event) = self.news() {
                        return Some(event);
                    }
                }
                // A comment, which the other end ignores.
                () = sleep_until(silent_until) => return Some(Bytes::from_static(b":\n\n")),
                () = app.stopping() => return None,
            }
        }
    }

    /// Waits for a write, but not before the rest is over.
    async fn something_written(&mut self) {
        sleep_until(self.rested).await;
        // What the changes are does not matter, nor whether some are left out: the view is of all of them.
        drop(poll_fn(|context| self.feed.poll_next(context)).await);
    }

    /// The view as an event, if it is another than the one sent last.
    fn news(&mut self) -> Option<Bytes> {
        let snapshot = self.feed.catch_up();
        self.rested = Instant::now() + NEWS_LAPSE;
        // It was made before the stream began, and what it is refused for does not depend on the jobs.
        let view = json(&View::new(&snapshot, &self.asked).ok()?);
        if view == self.sent {
            return None;
        }
        self.sent = view;
        Some(event(&self.sent))
    }
}
