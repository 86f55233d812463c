//! Accepts connections, keeps them within their limits, and shuts down without breaking open requests.

use std::io;
use std::pin::pin;
use std::sync::Arc;

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tower_service::Service as _;

use crate::app::App;
use crate::brisk::{Brisk, Busy};
use crate::limits::{
    CONNECTIONS_MAX, HEAD_BYTES_MAX, HEAD_LAPSE_MAX, REST_LAPSE, SEND_LAPSE_MAX, SHUTDOWN_LAPSE_MAX, SIDE_LAPSE_MAX,
};
use crate::unread::Worded;

/// Serves until the service is told to stop. Then open requests have [`SHUTDOWN_LAPSE_MAX`] to end.
pub(crate) async fn serve(listener: TcpListener, routes: Router, app: &App) {
    let open = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut stopping = pin!(app.stopping());
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            () = &mut stopping => break,
        };
        match accepted {
            Ok((stream, place)) => start(stream, place, routes.clone(), app, &open),
            // The connection broke, or the process has too many open files. Neither ends the service; the latter
            // passes.
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                sleep(REST_LAPSE).await;
            }
        }
    }
    drop(listener);
    if timeout(SHUTDOWN_LAPSE_MAX, open.shutdown()).await.is_err() {
        tracing::warn!("requests were still open when the service stopped");
    }
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> io::Result<(TcpStream, Option<OwnedSemaphorePermit>)> {
    // The semaphore is never closed, so a permit comes sooner or later.
    let place = Arc::clone(places).acquire_owned().await.ok();
    let (stream, _) = listener.accept().await?;
    // An answer is written in one piece, so waiting for more bytes to fill a packet would only delay it.
    stream.set_nodelay(true)?;
    Ok((stream, place))
}

/// Spawns a task that serves the connection.
fn start(stream: TcpStream, place: Option<OwnedSemaphorePermit>, routes: Router, app: &App, open: &GracefulShutdown) {
    let busy = Busy::default();
    let stream = Worded::new(Brisk::new(stream, busy.clone(), SEND_LAPSE_MAX, SIDE_LAPSE_MAX), app.clone());
    let service = service_fn(move |request: Request<Incoming>| {
        busy.begin();
        let (busy, answer) = (busy.clone(), routes.clone().call(request));
        async move { answer.await.inspect(|_| busy.end()) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_LAPSE_MAX)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service);
    let connection = open.watch(connection);
    let counted = Arc::clone(&app.metrics).connection();
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection broke");
        }
        drop((place, counted));
    });
}
