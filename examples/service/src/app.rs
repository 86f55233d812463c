//! What every request handler is given: the jobs, the counts, and whether the service is about to stop.

use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Arc;

use tokio::sync::{Semaphore, watch};

use crate::limits::STREAMS_MAX;
use crate::metrics::Metrics;
use crate::state::State;

/// The service, shared by all of its requests. One pointer: every core writes to its count, so a request copies it seldom.
#[derive(Clone, Debug)]
pub(crate) struct App(Arc<Service>);

/// What the requests share.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) state: State,
    pub(crate) metrics: Arc<Metrics>,
    /// The host's name in the bodies of errors.
    pub(crate) host_id: String,
    /// Whether only this machine can reach it.
    pub(crate) is_local: bool,
    /// Places for consoles that are told of changes.
    pub(crate) streams: Arc<Semaphore>,
    pub(crate) faults: Faults,
    stopping: watch::Receiver<bool>,
}

/// Whether a request may ask to fail, for those who try a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Faults {
    Never,
    OnRequest,
}

/// The one that tells the service to stop.
#[derive(Debug)]
pub(crate) struct Stop(watch::Sender<bool>);

impl App {
    pub(crate) fn new(state: State, address: SocketAddr, faults: Faults) -> (Self, Stop) {
        let (stop, stopping) = watch::channel(false);
        let service = Service {
            state,
            metrics: Arc::default(),
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
    /// Whether the service takes no new work.
    pub(crate) fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// Waits until the service is to stop.
    pub(crate) async fn stopping(&self) {
        // An error says that nobody is left to tell it to stop, which is a stop too.
        let _ = self.stopping.clone().wait_for(|&stopping| stopping).await;
    }
}

impl Stop {
    /// Tells every part of the service to come to an end.
    pub(crate) fn now(&self) {
        self.0.send_replace(true);
    }
}
