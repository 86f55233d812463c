//! What every request handler is given: the jobs, the counts, and whether the service is about to stop.

use std::sync::Arc;

use tokio::sync::{Semaphore, watch};

use crate::limits::STREAMS_MAX;
use crate::metrics::Metrics;
use crate::state::State;

/// The service, shared by all of its requests.
#[derive(Clone, Debug)]
pub(crate) struct App {
    pub(crate) state: Arc<State>,
    pub(crate) metrics: Arc<Metrics>,
    /// The host's name in the bodies of errors.
    pub(crate) host_id: Arc<str>,
    /// Places for consoles that are told of changes.
    pub(crate) streams: Arc<Semaphore>,
    /// Whether a request may ask to fail.
    pub(crate) has_faults: bool,
    stopping: watch::Receiver<bool>,
}

/// The one that tells the service to stop.
#[derive(Debug)]
pub(crate) struct Stop(watch::Sender<bool>);

impl App {
    pub(crate) fn new(state: State, host_id: impl Into<Arc<str>>) -> (Self, Stop) {
        let (stop, stopping) = watch::channel(false);
        let app = Self {
            state: Arc::new(state),
            metrics: Arc::default(),
            host_id: host_id.into(),
            streams: Arc::new(Semaphore::new(STREAMS_MAX)),
            has_faults: false,
            stopping,
        };
        (app, Stop(stop))
    }

    /// A service to try clients with: a request may ask to fail.
    pub(crate) fn with_faults(self, has_faults: bool) -> Self {
        Self { has_faults, ..self }
    }

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
