//! Accepts connections, keeps them within their limits, and shuts down without breaking open requests.

use std::convert::Infallible;
use std::io;
use std::pin::pin;
use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use hyper::Request;
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

use crate::app::App;
use crate::body::Held;
use crate::brisk::Brisk;
use crate::connections::{Connections, Place, Taken};
use crate::guard::OnlyHealth;
use crate::limits::{
    HEAD_BYTES_MAX, HEAD_LAPSE_MAX, HEALTH_CONNECTIONS_MAX, REST_LAPSE, SEND_LAPSE_MAX, SHUTDOWN_LAPSE_MAX,
    SIDE_LAPSE_MAX,
};
use crate::routes::Routes;
use crate::throttle::Throttle;
use crate::unread::Worded;

/// Serves until the service is told to stop. Then open requests have [`SHUTDOWN_LAPSE_MAX`] to end.
pub(crate) async fn serve(listener: TcpListener, routes: Routes, app: &App, connections_max: usize) {
    let open = GracefulShutdown::new();
    let connections = Connections::new(connections_max, HEALTH_CONNECTIONS_MAX);
    let failures = Throttle::default();
    let routes = Arc::new(routes);
    let mut stopped = pin!(app.stopped());
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &connections) => accepted,
            () = &mut stopped => break,
        };
        match accepted {
            Ok((stream, taken)) => start(stream, taken, &connections, Arc::clone(&routes), app, &open),
            // The connection broke, or the process has too many open files. Neither ends the service. If the limit on
            // files is the lower one, an idle connection gives way here too.
            Err(error) => {
                connections.make_room();
                if let Some(unsaid) = failures.pass() {
                    tracing::warn!(%error, unsaid, "a connection was not accepted");
                }
                sleep(REST_LAPSE).await;
            }
        }
    }
    drop(listener);
    if timeout(SHUTDOWN_LAPSE_MAX, open.shutdown()).await.is_err() {
        tracing::warn!("requests were still open when the service stopped");
    }
}

async fn accept(listener: &TcpListener, connections: &Arc<Connections>) -> io::Result<(TcpStream, Taken)> {
    let (stream, _) = listener.accept().await?;
    // An answer is written in one piece, so waiting for more bytes to fill a packet would only delay it.
    stream.set_nodelay(true)?;
    Ok((stream, connections.enter().await))
}

/// Spawns a task that serves the connection.
fn start(
    stream: TcpStream,
    taken: Taken,
    connections: &Arc<Connections>,
    routes: Arc<Routes>,
    app: &App,
    open: &GracefulShutdown,
) {
    let place = Arc::clone(&taken.place);
    let stream = Worded::new(Brisk::new(stream, Arc::clone(&place), SEND_LAPSE_MAX, SIDE_LAPSE_MAX), app.clone());
    let is_spare = taken.is_spare();
    // A request clones one pointer that only this connection has, so that the cores share no count.
    let shared = Arc::new((taken, Arc::clone(connections), routes));
    let service = service_fn(move |request: Request<Incoming>| {
        // Now and not in the future: the library reads on before it polls the future, and may find the end of the input.
        shared.0.place.begin();
        let shared = Arc::clone(&shared);
        async move {
            let (taken, connections, routes) = &*shared;
            let response = routes.answer(with_body(request, is_spare)).await;
            taken.place.answered();
            Ok::<_, Infallible>(idle_after(response, &taken.place, connections))
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_LAPSE_MAX)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service);
    let connection = open.watch(connection);
    let counted = Arc::clone(&app.metrics).connection();
    tokio::spawn(async move {
        tokio::select! {
            ended = connection => if let Err(error) = ended {
                tracing::debug!(%error, "a connection broke");
            },
            () = place.shed() => tracing::debug!("an idle connection was closed to make room for another"),
        }
        drop(counted);
    });
}

/// The request with a body of the handlers' type. Most requests have no body, and theirs takes no allocation.
fn with_body(request: Request<Incoming>, is_spare: bool) -> Request<Body> {
    let mut request = request.map(|body| if body.is_end_stream() { Body::empty() } else { Body::new(body) });
    if is_spare {
        request.extensions_mut().insert(OnlyHealth);
    }
    request
}

/// Marks the place as idle when the response has been sent. A body in one piece counts as sent, so that only streams pay
/// for this.
fn idle_after(response: Response, place: &Arc<Place>, connections: &Arc<Connections>) -> Response {
    if response.body().size_hint().exact().is_some() {
        connections.idle(place);
        return response;
    }
    let (place, connections) = (Arc::clone(place), Arc::clone(connections));
    response.map(|body| Body::new(Held::new(body, move || connections.idle(&place))))
}
