//! Every limit of the service, each with its reason. Those of job IDs, names, keywords and pages are the crate's.

use std::time::Duration;

use chrono::TimeDelta;

/// Longest path with its query, in bytes. A submission with a name of 1,024 bytes, all of them escaped, and three JSON
/// texts stays under 12,000. The HTTP library itself ends at 65,534, which is answered in the same words.
pub(crate) const URL_BYTES_MAX: usize = 16 << 10;

/// Longest body, in bytes: a form holds nothing that the query cannot.
pub(crate) const BODY_BYTES_MAX: usize = 16 << 10;

/// Longest head of a request, in bytes: the URL, and as much again three times for headers.
pub(crate) const HEAD_BYTES_MAX: usize = 64 << 10;

/// Most headers of a request, as the HTTP library has it. The official client sends fifteen, a browser twenty.
pub(crate) const HEADERS_MAX: usize = 100;

/// Most parameters of a request. An action has six at most; the older signature brings a dozen more.
pub(crate) const PARAMETERS_MAX: usize = 64;

/// How long the head of a request may take to arrive, and a connection may rest before it.
pub(crate) const HEAD_LAPSE_MAX: Duration = Duration::from_secs(30);

/// How long the body of a request may take to arrive.
pub(crate) const RECEIVE_LAPSE_MAX: Duration = Duration::from_secs(10);

/// How long the other end may take nothing of an answer. An event stream says something more often than that.
pub(crate) const SEND_LAPSE_MAX: Duration = Duration::from_secs(30);

/// How long a connection of which one side is done waits for the other: a client that sent all, for an answer; the service
/// that answered, for a client that still sends and would read the answer after that.
pub(crate) const SIDE_LAPSE_MAX: Duration = Duration::from_secs(1);

/// Most connections at once; another one waits to be accepted.
pub(crate) const CONNECTIONS_MAX: usize = 4096;

/// Most consoles that are told of changes at once; a page that is one too many asks again later.
pub(crate) const STREAMS_MAX: usize = 256;

/// How long the service waits after a connection that it could not take in.
pub(crate) const REST_LAPSE: Duration = Duration::from_millis(50);

/// How often a console is told of changes at most. Many writes in between are one change to it.
pub(crate) const NEWS_LAPSE: Duration = Duration::from_millis(200);

/// How long an event stream may be silent, so that both ends notice when the other is gone.
pub(crate) const SILENCE_LAPSE_MAX: Duration = Duration::from_secs(15);

/// How long open requests have at a shutdown.
pub(crate) const SHUTDOWN_LAPSE_MAX: Duration = Duration::from_secs(10);

/// How far ahead a job's times may lie.
pub(crate) const AHEAD_MAX: TimeDelta = TimeDelta::days(7);

/// Longest stream address, in bytes.
pub(crate) const ADDRESS_BYTES_MAX: usize = 1024;

/// Longest domain name, in bytes, as the domain name system has it.
pub(crate) const DOMAIN_BYTES_MAX: usize = 253;

/// Longest piece of advice on an error, in characters: it may quote what was sent.
pub(crate) const ADVICE_CHARS_MAX: usize = 200;
