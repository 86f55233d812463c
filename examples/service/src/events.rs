//! Server-sent events: a stream sends a view of the list, and sends it again whenever the view has changed.
//!
//! A stream follows the change feed of the store and builds the view again only after a write. After each event the
//! stream waits for [`NEWS_LAPSE`], or longer if its view takes long, so that many writes in a short time lead to one event
//! with the latest view. All streams together build one view at a time, off the threads that answer requests.

use std::convert::Infallible;
use std::future::poll_fn;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};
use jobdex::wire::ApiError;
use jobdex::{ChangeFeed, Snapshot};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, sleep_until};

use crate::actions::json;
use crate::app::App;
use crate::console::{Asked, View};
use crate::errors::Refusal;
use crate::job::LiveJob;
use crate::limits::{NEWS_LAPSE, NEWS_REST, SILENCE_LAPSE_MAX};

/// One open event stream.
struct Listener<C> {
    app: App,
    asked: Asked,
    feed: ChangeFeed<LiveJob>,
    /// The view that was sent last.
    sent: Vec<u8>,
    /// Whether something was written after that view.
    is_stale: bool,
    /// The next event is sent no earlier than this.
    rested: Instant,
    _place: OwnedSemaphorePermit,
    _counted: C,
}

/// The response with the stream. The first event is the current view.
///
/// # Errors
/// [`ApiError::ServiceUnavailable`] if too many streams are open, and the errors of [`View::new`].
pub(crate) async fn stream(app: &App, asked: Asked) -> Result<Response, Refusal> {
    let place = app.streams.clone().try_acquire_owned().map_err(|_| ApiError::ServiceUnavailable)?;
    let snapshot = app.state.readable()?;
    let version = snapshot.version();
    let (sent, lapse) = view(app, &asked, snapshot).await?;
    let sent = sent?;
    let first = event(&sent);
    let listener = Listener {
        app: app.clone(),
        asked,
        feed: app.state.feed_since(version),
        sent,
        is_stale: false,
        rested: Instant::now() + rest(lapse),
        _place: place,
        _counted: app.metrics.clone().stream(),
    };
    let later = stream::unfold(listener, |mut listener| async move { Some((listener.next().await?, listener)) });
    let events = stream::iter([first]).chain(later).map(Ok::<_, Infallible>);
    let headers = [(CONTENT_TYPE, "text/event-stream"), (CACHE_CONTROL, "no-store")];
    Ok((headers, Body::from_stream(events)).into_response())
}

/// The view in its turn, with the time that it took.
async fn view(
    app: &App,
    asked: &Asked,
    snapshot: Snapshot<LiveJob>,
) -> Result<(Result<Vec<u8>, Refusal>, Duration), Refusal> {
    let asked = asked.clone();
    app.news.run(move || Ok(json(&View::new(&snapshot, &asked)?))).await
}

/// The time between a view that took so long and the next one.
fn rest(lapse: Duration) -> Duration {
    NEWS_LAPSE.max(lapse * NEWS_REST)
}

fn event(view: &[u8]) -> Bytes {
    [b"event: view\ndata: ".as_slice(), view, b"\n\n"].concat().into()
}

impl<C> Listener<C> {
    /// Waits for the next event; `None` once the service is stopping.
    async fn next(&mut self) -> Option<Bytes> {
        let silent_until = Instant::now() + SILENCE_LAPSE_MAX;
        let app = self.app.clone();
        tokio::select! {
            event = self.news() => Some(event),
            // An empty comment, which browsers ignore. It shows both ends that the connection is alive.
            () = sleep_until(silent_until) => Some(Bytes::from_static(b":\n\n")),
            () = app.stopping() => None,
        }
    }

    /// Waits until the view has changed, and returns it as an event. If nobody waits any more, nothing is lost.
    async fn news(&mut self) -> Bytes {
        loop {
            self.something_written().await;
            let snapshot = self.feed.catch_up();
            // The query was valid when the stream began, and its validity does not depend on the jobs. If the turn of
            // this view does not come, the stream tries again.
            let built = view(&self.app, &self.asked, snapshot).await;
            self.rested = Instant::now() + rest(built.as_ref().map_or(NEWS_LAPSE, |(_, lapse)| *lapse));
            let Ok((Ok(view), _)) = built else { continue };
            self.is_stale = false;
            if view != self.sent {
                self.sent = view;
                return event(&self.sent);
            }
        }
    }

    /// Waits until [`rested`](Self::rested), and then for a write, unless one came after the last view.
    async fn something_written(&mut self) {
        sleep_until(self.rested).await;
        if !self.is_stale {
            // The changes themselves do not matter, even if the feed skips some: the view is built from the latest
            // snapshot.
            drop(poll_fn(|context| self.feed.poll_next(context)).await);
            self.is_stale = true;
        }
    }
}
