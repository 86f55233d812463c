//! Server-sent events: a stream sends a view of the list, and sends it again whenever the view has changed.
//!
//! A stream follows the change feed of the store and builds the view again only after a write. After each event the
//! stream waits for [`NEWS_LAPSE`], so that many writes in a short time lead to one event with the latest view.

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

/// One open event stream.
struct Listener<C> {
    app: App,
    asked: Asked,
    feed: ChangeFeed<LiveJob>,
    /// The view that was sent last.
    sent: Vec<u8>,
    /// The next event is sent no earlier than this.
    rested: Instant,
    _place: OwnedSemaphorePermit,
    _counted: C,
}

/// The response with the stream. The first event is the current view.
///
/// # Errors
/// [`ApiError::ServiceUnavailable`] if too many streams are open, and the errors of [`View::new`].
pub(crate) fn stream(app: &App, asked: Asked) -> Result<Response, Refusal> {
    let place = app.streams.clone().try_acquire_owned().map_err(|_| ApiError::ServiceUnavailable)?;
    let snapshot = app.state.readable()?;
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
    /// Waits for the next event; `None` once the service is stopping.
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
                // An empty comment, which browsers ignore. It shows both ends that the connection is alive.
                () = sleep_until(silent_until) => return Some(Bytes::from_static(b":\n\n")),
                () = app.stopping() => return None,
            }
        }
    }

    /// Waits until [`rested`](Self::rested), and then for a write.
    async fn something_written(&mut self) {
        sleep_until(self.rested).await;
        // The changes themselves do not matter, even if the feed skips some: the view is built from the latest
        // snapshot.
        drop(poll_fn(|context| self.feed.poll_next(context)).await);
    }

    /// The current view as an event; `None` if it equals the view that was sent last.
    fn news(&mut self) -> Option<Bytes> {
        let snapshot = self.feed.catch_up();
        self.rested = Instant::now() + NEWS_LAPSE;
        // The same query was valid when the stream began, and its validity does not depend on the jobs.
        let view = json(&View::new(&snapshot, &self.asked).ok()?);
        if view == self.sent {
            return None;
        }
        self.sent = view;
        Some(event(&self.sent))
    }
}
