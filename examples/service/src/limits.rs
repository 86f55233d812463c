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

/// Most open connections where `--connections-max` says nothing else. One more takes the place of the one that has been idle for longest.
pub(crate) const CONNECTIONS_MAX: usize = 4096;

/// Most connections beyond them, when none is idle. They may ask only for health and metrics. Further ones wait to be
/// accepted.
pub(crate) const HEALTH_CONNECTIONS_MAX: usize = 32;

/// Shortest time between two lines of the log of one kind that strangers can cause.
pub(crate) const LOG_LAPSE_MIN: Duration = Duration::from_secs(10);

/// Most open event streams. A page over the limit tries again later.
pub(crate) const STREAMS_MAX: usize = 256;

/// How long the service waits after it failed to accept a connection.
pub(crate) const REST_LAPSE: Duration = Duration::from_millis(50);

/// Shortest time between two events of a stream. All writes in between are one event.
pub(crate) const NEWS_LAPSE: Duration = Duration::from_millis(200);

/// An event stream rests for this many times the time that its last view took, so it takes at most a tenth of a core.
pub(crate) const NEWS_REST: u32 = 9;

/// Longest time that a view waits for the views before it.
pub(crate) const VIEW_LAPSE_MAX: Duration = Duration::from_secs(10);

/// Longest silence of an event stream. The comment after it shows each end whether the other is still there.
pub(crate) const SILENCE_LAPSE_MAX: Duration = Duration::from_secs(15);

/// How long open requests may take to end at a shutdown.
pub(crate) const SHUTDOWN_LAPSE_MAX: Duration = Duration::from_secs(10);

/// Most jobs whose JSON is kept, a power of two, and the longest JSON that is. A job with usual texts has 450 bytes.
pub(crate) const SHOWN_MAX: usize = 16 << 10;
pub(crate) const SHOWN_BYTES_MAX: usize = 2048;

/// How far in the future the times of a job may be.
pub(crate) const AHEAD_MAX: TimeDelta = TimeDelta::days(7);

/// Longest stream address, in bytes.
pub(crate) const ADDRESS_BYTES_MAX: usize = 1024;

/// Longest domain name, in bytes; the domain name system sets this limit.
pub(crate) const DOMAIN_BYTES_MAX: usize = 253;

/// Longest advice on an error, in characters. The advice may quote the request, so it needs a limit.
pub(crate) const ADVICE_CHARS_MAX: usize = 200;

/// How far the time of a signed request may be from the service's time. The API's gateway has the same limit.
pub(crate) const CLOCK_SKEW_MAX: TimeDelta = TimeDelta::minutes(15);

/// Most nonces in the window, about 24 bytes each. Further signed requests are answered with 503 until the oldest nonces
/// leave the window, so that none is answered twice. In 15 minutes, that is 9,300 signed requests a second.
pub(crate) const NONCES_MAX: usize = 8 << 20;

/// Longest nonce, in bytes. The official clients send 32 or 36.
pub(crate) const NONCE_BYTES_MAX: usize = 256;

/// Longest file of access keys, in bytes.
pub(crate) const KEY_FILE_BYTES_MAX: u64 = 4 << 20;

/// Most access keys.
pub(crate) const KEYS_MAX: usize = 10_000;

/// Longest ID and longest secret of an access key, in bytes. RAM's have 24 and 30.
pub(crate) const KEY_TEXT_BYTES_MAX: usize = 128;

/// Most statements of a policy, most actions of a statement, and the longest action, in bytes.
pub(crate) const POLICY_STATEMENTS_MAX: usize = 64;
pub(crate) const POLICY_ACTIONS_MAX: usize = 64;
pub(crate) const POLICY_PATTERN_BYTES_MAX: usize = 128;

/// How long a session of the console lasts.
pub(crate) const SESSION_LAPSE: TimeDelta = TimeDelta::hours(12);

/// Most sessions of the console. One more ends the one that would end first.
pub(crate) const SESSIONS_MAX: usize = 4096;
