//! The state that every request handler gets: the jobs, the metrics, and a signal that the service is stopping.

use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Arc;

use tokio::sync::{Semaphore, watch};

use crate::access::Access;
use crate::limits::STREAMS_MAX;
use crate::metrics::Metrics;
use crate::state::State;

/// A shared pointer to the service. All cores write to its reference count, so a request clones it as seldom as it can.
#[derive(Clone, Debug)]
pub(crate) struct App(Arc<Service>);

/// The state that all requests share.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) state: State,
    pub(crate) metrics: Arc<Metrics>,
    /// Who may ask.
    pub(crate) access: Access,
    /// The host name in the bodies of errors.
    pub(crate) host_id: String,
    /// Whether only this machine can reach the service.
    pub(crate) is_local: bool,
    /// One permit for each open event stream.
    pub(crate) streams: Arc<Semaphore>,
    pub(crate) faults: Faults,
    stopping: watch::Receiver<bool>,
}

/// Whether a request may ask the service to panic. Used to test clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Faults {
    Never,
    OnRequest,
}

/// Tells the service to stop.
#[derive(Debug)]
pub(crate) struct Stop(watch::Sender<bool>);

impl App {
    pub(crate) fn new(state: State, access: Access, address: SocketAddr, faults: Faults) -> (Self, Stop) {
        let (stop, stopping) = watch::channel(false);
        let service = Service {
            state,
            metrics: Arc::default(),
            access,
            host_id: address.to_string(),
            is_local: address.ip().is_loopback(),
            streams: Arc::new(Semaphore::new(STREAMS_MAX)),
            faults,
            stopping,
        };
        (Self(Arc::new(service)), Stop(stop))
    }
}

impl Deref for App {
    type Target = Service;

    fn deref(&self) -> &Service {
        &self.0
    }
}

impl Service {
    /// Whether the service is stopping and takes no new work.
    pub(crate) fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// Waits until the service is to stop.
    pub(crate) async fn stopping(&self) {
        // An error means that the sender is gone. Nobody can stop the service any more, so it stops now.
        let _ = self.stopping.clone().wait_for(|&stopping| stopping).await;
    }
}

impl Stop {
    /// Tells every part of the service to stop.
    pub(crate) fn now(&self) {
        self.0.send_replace(true);
    }
}
