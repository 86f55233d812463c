//! Connections: taking them in, bounds on them, and a shutdown that lets open requests end.

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

/// Serves until the service is told to stop and every open request has ended, or its time is over.
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
            // Of this connection, or too many open files: neither ends the service, and the second passes.
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                sleep(REST_LAPSE).await;
            }
        }
    }
    drop(listener);
    if timeout(SHUTDOWN_LAPSE_MAX, open.shutdown()).await.is_err() {
        tracing::warn!("requests were still open at the end");
    }
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> io::Result<(TcpStream, Option<OwnedSemaphorePermit>)> {
    // It is never closed, so there is always a place in the end.
    let place = Arc::clone(places).acquire_owned().await.ok();
    let (stream, _) = listener.accept().await?;
    // Answers are whole when they are sent; waiting to fill a packet would only delay them.
    stream.set_nodelay(true)?;
    Ok((stream, place))
}

/// Serves one connection in a task of its own.
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
            tracing::debug!(%error, "a connection broke off");
        }
        drop((place, counted));
    });
}
