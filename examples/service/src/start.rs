//! The start of the service, with all that must be right before any job is made, and the signals that end it.

use std::error::Error;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::time::sleep;

use crate::access::{Access, KeysError};
use crate::app::{App, Stop};
use crate::options::Options;

/// The reason why the service does not start.
#[derive(Debug)]
pub(crate) enum StartError {
    /// Other machines could ask, and nothing says who may.
    Open(SocketAddr),
    /// The address can't be had.
    Address(SocketAddr, io::Error),
    Keys(KeysError),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open(address) => write!(
                f,
                "--listen {address}: other machines can reach this address, and anybody could change the jobs; \
                 --access-keys FILE says who may ask, --insecure answers everybody"
            ),
            Self::Address(address, error) => write!(
                f,
                "--listen {address}: {error}; choose another address or port with --listen, port 0 takes a free one"
            ),
            Self::Keys(error) => write!(f, "--access-keys {error}"),
        }
    }
}

impl Error for StartError {}

/// Who may ask.
///
/// # Errors
/// The file of keys can't be used, or other machines could ask and nothing says who may.
pub(crate) fn access(options: &Options) -> Result<Access, StartError> {
    if let Some(path) = &options.access_keys {
        return Access::with_keys(path).map_err(StartError::Keys);
    }
    if !options.listen.ip().is_loopback() {
        if !options.insecure {
            return Err(StartError::Open(options.listen));
        }
        tracing::warn!(address = %options.listen, "other machines can reach this address, and everybody may ask");
    }
    Ok(Access::everybody())
}

/// Takes the address. Clients that connect from now on wait until the service is ready.
///
/// # Errors
/// [`StartError::Address`], for example if another program has the port.
pub(crate) async fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|error| StartError::Address(address, error))
}

/// Reads the access keys again at each SIGHUP. A file that can't be used changes nothing.
#[cfg(unix)]
pub(crate) async fn reload_keys(app: App) {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut hangups) = signal(SignalKind::hangup()) else { return };
    while hangups.recv().await.is_some() {
        match app.access.reload() {
            Ok(keys) => tracing::info!(keys, "the access keys were read again"),
            Err(error) => tracing::error!(%error, "the access keys stay as they were"),
        }
    }
}

/// Ends the service at SIGTERM, after it has said so for `drain`. SIGINT, as from a terminal, ends it at once.
pub(crate) async fn stop_on_signal(stop: Stop, drain: Duration) {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminated.recv() => {
                    tracing::info!(seconds = drain.as_secs(), "stopping: still answering, and saying so");
                    stop.drain();
                    tokio::select! {
                        _ = tokio::signal::ctrl_c() => {}
                        () = sleep(drain) => {}
                    }
                }
            }
            return end(&stop);
        }
    }
    let _ = tokio::signal::ctrl_c().await;
    end(&stop);
}

fn end(stop: &Stop) {
    tracing::info!("stopping: no new connections, open requests may end");
    stop.now();
}
