//! Server-sent events: a view of the list, sent again whenever it has changed.
//!
//! A stream looks at the store's version a few times a second, which is one atomic load, and makes the view anew only
//! where something was written. However many writes there were in between, the console gets the last state of it, once.

use std::convert::Infallible;

use axum::body::{Body, Bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use jobdex::wire::ApiError;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, sleep};

use crate::actions::json;
use crate::app::App;
use crate::console::{Asked, View};
use crate::errors::Refusal;
use crate::limits::{NEWS_LAPSE, SILENCE_LAPSE_MAX};

/// One console that is told of changes.
struct Listener<C> {
    app: App,
    asked: Asked,
    /// The version that the last view was made of.
    version: Option<u64>,
    /// The view that was sent last.
    sent: Vec<u8>,
    _place: OwnedSemaphorePermit,
    _counted: C,
}

/// The stream's response.
///
/// # Errors
/// [`ApiError::ServiceUnavailable`] where there is no place for one more console, and what the query is refused for.
pub(crate) fn stream(app: &App, asked: Asked) -> Result<Response, Refusal> {
    let place = app.streams.clone().try_acquire_owned().map_err(|_| ApiError::ServiceUnavailable)?;
    View::new(&app.state.snapshot(), &asked)?;
    let counted = app.metrics.clone().stream();
    let listener =
        Listener { app: app.clone(), asked, version: None, sent: Vec::new(), _place: place, _counted: counted };
    let events = stream::unfold(listener, |mut listener| async move {
        let event = listener.next().await?;
        Some((Ok::<_, Infallible>(event), listener))
    });
    let headers = [(CONTENT_TYPE, "text/event-stream"), (CACHE_CONTROL, "no-store")];
    Ok((headers, Body::from_stream(events)).into_response())
}

impl<C> Listener<C> {
    /// The next event; `None` when the service stops.
    async fn next(&mut self) -> Option<Bytes> {
        let silent_until = Instant::now() + SILENCE_LAPSE_MAX;
        loop {
            if let Some(event) = self.news() {
                return Some(event);
            }
            if Instant::now() >= silent_until {
                // A comment, which the other end ignores.
                return Some(Bytes::from_static(b":\n\n"));
            }
            tokio::select! {
                () = sleep(NEWS_LAPSE) => {}
                () = self.app.stopping() => return None,
            }
        }
    }

    /// The view as an event, if it is another than the one sent last.
    fn news(&mut self) -> Option<Bytes> {
        if self.version == Some(self.app.state.shared().version()) {
            return None;
        }
        let snapshot = self.app.state.snapshot();
        self.version = Some(snapshot.version());
        // It was made before the stream began, and what it is refused for does not depend on the jobs.
        let view = json(&View::new(&snapshot, &self.asked).ok()?);
        if view == self.sent {
            return None;
        }
        let event = [b"event: view\ndata: ".as_slice(), &view, b"\n\n"].concat();
        self.sent = view;
        Some(event.into())
    }
}
