//! The limits of the service, each with its reason. The limits of IDs, names, keywords and pages are in
//! [`jobdex::limits`].

use std::time::Duration;

use chrono::TimeDelta;

/// Longest path with its query, in bytes. A submission with a fully escaped name of 1,024 bytes and three JSON texts
/// has less than 12,000 bytes. The HTTP library refuses URLs over 65,534 bytes; the client gets the same error for
/// these.
pub(crate) const URL_BYTES_MAX: usize = 16 << 10;

/// Longest body, in bytes. A form holds the same parameters as a query, so it has the same limit.
pub(crate) const BODY_BYTES_MAX: usize = 16 << 10;

/// Longest head of a request, in bytes: 16 KiB for the URL and 48 KiB for the headers.
pub(crate) const HEAD_BYTES_MAX: usize = 64 << 10;

/// Most headers of a request; the HTTP library sets this limit. The official client sends 15 headers, a browser 20.
pub(crate) const HEADERS_MAX: usize = 100;

/// Most parameters of a request. An action has at most 6 parameters, and signature V2 adds about 12.
pub(crate) const PARAMETERS_MAX: usize = 64;

/// Longest time until the head of a request has arrived, including the time that a connection is idle before it.
pub(crate) const HEAD_LAPSE_MAX: Duration = Duration::from_secs(30);

/// Longest time until the body of a request has arrived.
pub(crate) const RECEIVE_LAPSE_MAX: Duration = Duration::from_secs(10);

/// Longest time in which a client reads nothing of its answer. Event streams send a comment more often than that.
pub(crate) const SEND_LAPSE_MAX: Duration = Duration::from_secs(30);

/// How long a connection stays open after one side has ended. A client that has sent everything still waits for its
/// answer. A client that still sends reads its answer only after that.
pub(crate) const SIDE_LAPSE_MAX: Duration = Duration::from_secs(1);

/// Most open connections. Further connections wait to be accepted.
pub(crate) const CONNECTIONS_MAX: usize = 4096;

/// Most open event streams. A page over the limit tries again later.
pub(crate) const STREAMS_MAX: usize = 256;

/// Most charts of the console that are drawn at the same time. Further ones wait.
pub(crate) const CHARTS_MAX: usize = 1;

/// How long the service waits after it failed to accept a connection.
pub(crate) const REST_LAPSE: Duration = Duration::from_millis(50);

/// Shortest time between two events of a stream. All writes in between are one event.
pub(crate) const NEWS_LAPSE: Duration = Duration::from_millis(200);

/// Longest silence of an event stream. The comment after it shows each end whether the other is still there.
pub(crate) const SILENCE_LAPSE_MAX: Duration = Duration::from_secs(15);

/// How long open requests may take to end at a shutdown.
pub(crate) const SHUTDOWN_LAPSE_MAX: Duration = Duration::from_secs(10);

/// How far in the future the times of a job may be.
pub(crate) const AHEAD_MAX: TimeDelta = TimeDelta::days(7);

/// Longest stream address, in bytes.
pub(crate) const ADDRESS_BYTES_MAX: usize = 1024;

/// Longest domain name, in bytes; the domain name system sets this limit.
pub(crate) const DOMAIN_BYTES_MAX: usize = 253;

/// Longest advice on an error, in characters. The advice may quote the request, so it needs a limit.
pub(crate) const ADVICE_CHARS_MAX: usize = 200;
