//! The sessions of people who have signed in to the console.
//!
//! A session is a random token in a cookie. The service keeps only the token's hash, so neither a look at its memory nor
//! the time of a comparison tells a token. A session ends with its time, with its key, or with its key's secret.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::HeaderMap;
use axum::http::header::COOKIE;
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::hex;
use crate::limits::{SESSION_LAPSE, SESSIONS_MAX};

/// The name of the cookie.
const NAME: &str = "jobdex-session";

/// A hash of SHA-256.
pub(super) type Hash = [u8; 32];

/// An open session.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) key_id: Arc<str>,
    /// The hash of the secret that opened the session.
    pub(super) secret: Hash,
    until: DateTime<Utc>,
}

/// All open sessions, by the hash of their token.
#[derive(Debug, Default)]
pub(super) struct Sessions(Mutex<HashMap<Hash, Session>>);

impl Sessions {
    /// Opens a session and returns its token. If there are too many, the one that ends first ends now.
    ///
    /// # Errors
    /// The system gives no random bytes.
    pub(super) fn open(&self, key_id: &str, secret: Hash, now: DateTime<Utc>) -> Result<String, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        let token = hex::encode(&bytes);
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, session| session.until > now);
        if open.len() >= SESSIONS_MAX
            && let Some(first) = open.iter().min_by_key(|(_, session)| session.until).map(|(hash, _)| *hash)
        {
            open.remove(&first);
        }
        let session = Session { key_id: key_id.into(), secret, until: now + SESSION_LAPSE };
        open.insert(hash(token.as_bytes()), session);
        Ok(token)
    }

    /// The session of a request, if it has the cookie of an open one.
    pub(super) fn of(&self, headers: &HeaderMap, now: DateTime<Utc>) -> Option<Session> {
        let token = hash(token(headers)?.as_bytes());
        let open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.get(&token).filter(|session| session.until > now).cloned()
    }

    /// Ends the session of a request.
    pub(super) fn end(&self, headers: &HeaderMap) {
        if let Some(token) = token(headers) {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&hash(token.as_bytes()));
        }
    }
}

/// The cookie that gives a browser its session.
pub(super) fn cookie(token: &str, is_secure: bool) -> String {
    cookie_for(token, SESSION_LAPSE.num_seconds(), is_secure)
}

/// The cookie that takes the session from a browser.
pub(super) fn no_cookie() -> String {
    cookie_for("", 0, false)
}

fn cookie_for(token: &str, seconds: i64, is_secure: bool) -> String {
    let secure = if is_secure { "; Secure" } else { "" };
    format!("{NAME}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}")
}

/// The token in the cookies of a request.
fn token(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|cookies| cookies.to_str().ok());
    let mut pairs = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == NAME).map(|(_, token)| token)
}

pub(super) fn hash(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}
