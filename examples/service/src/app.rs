//! The state that every request handler gets: the jobs, the metrics, and a signal that the service is stopping.

use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Arc;

use tokio::sync::{Semaphore, watch};

use crate::access::Access;
use crate::limits::STREAMS_MAX;
use crate::metrics::Metrics;
use crate::offload::Lane;
use crate::state::State;
use crate::throttle::Throttle;

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
    /// The views of event streams, and those that were asked for once.
    pub(crate) news: Lane,
    pub(crate) views: Lane,
    pub(crate) faults: Faults,
    /// The lines of the log on requests that the service was not able to answer.
    pub(crate) unable: Throttle,
    phase: watch::Receiver<Phase>,
}

/// Whether the service serves, or is about to end, or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Serving,
    /// Still answers, and says that it stops: health is 503, and each answer is the last of its connection.
    Draining,
    /// Accepts no more connections.
    Stopped,
}

/// Whether a request may ask the service to panic. Used to test clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Faults {
    Never,
    OnRequest,
}

/// Tells the service to stop.
#[derive(Debug)]
pub(crate) struct Stop(watch::Sender<Phase>);

impl App {
    pub(crate) fn new(state: State, access: Access, address: SocketAddr, faults: Faults) -> (Self, Stop) {
        let (stop, phase) = watch::channel(Phase::Serving);
        let service = Service {
            state,
            metrics: Arc::default(),
            access,
            host_id: address.to_string(),
            is_local: address.ip().is_loopback(),
            streams: Arc::new(Semaphore::new(STREAMS_MAX)),
            news: Lane::default(),
            views: Lane::default(),
            faults,
            unable: Throttle::default(),
            phase,
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
    /// Whether the service is about to end.
    pub(crate) fn is_stopping(&self) -> bool {
        *self.phase.borrow() > Phase::Serving
    }

    /// Waits until the service is about to end.
    pub(crate) async fn stopping(&self) {
        self.reached(Phase::Draining).await;
    }

    /// Waits until the service ends.
    pub(crate) async fn stopped(&self) {
        self.reached(Phase::Stopped).await;
    }

    async fn reached(&self, phase: Phase) {
        // An error means that the sender is gone. Nobody can stop the service any more, so it stops now.
        let _ = self.phase.clone().wait_for(|&current| current >= phase).await;
    }
}

impl Stop {
    /// Tells every part of the service that it is about to end. It still answers.
    pub(crate) fn drain(&self) {
        self.0.send_replace(Phase::Draining);
    }

    /// Tells every part of the service to end.
    pub(crate) fn now(&self) {
        self.0.send_replace(Phase::Stopped);
    }
}
