//! Access keys with policies, the signatures of requests, and the sessions of the console.
//!
//! ```text
//! request ─→ Claim (v3, v2) ─┐
//! cookie  ─→ Sessions ───────┼─→ Key ─→ Asker ─→ may it do this action?
//! Basic   ─→ (metrics only) ─┘
//! ```
//! A request is refused before its action runs. The checks come in this order: the time, the key, the signature, the
//! nonce, and the policy. A nonce is taken only after the signature was found to be right, so a stranger can neither use
//! up nonces nor the room for them.
//!
//! Without access keys everybody may ask everything.

mod claim;
mod denied;
mod gate;
mod hex;
mod keys;
mod nonces;
mod policy;
mod sessions;
mod signin;
mod v2;
mod v3;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use jobdex::wire::ApiError;
use subtle::ConstantTimeEq;

use crate::actions::Action;
use crate::errors::{Refusal, internal, missing};
use crate::limits::CLOCK_SKEW_MAX;
use crate::params::Params;
use claim::Claim;
use keys::{Key, Keys};
use nonces::{Nonces, Taken};
use policy::Allowed;
use sessions::{Session, Sessions, hash};

pub(crate) use denied::Denied;
pub(crate) use gate::{gated, metrics_gate};
pub(crate) use keys::KeysError;
pub(crate) use signin::{page, routes};

/// The access keys, or nothing if everybody may ask.
pub(crate) struct Access(Option<Keyed>);

struct Keyed {
    path: PathBuf,
    keys: RwLock<Arc<Keys>>,
    nonces: Nonces,
    sessions: Sessions,
}

/// The sender of a request, with the actions that it may do.
#[derive(Clone, Debug)]
pub(crate) struct Asker {
    /// The ID of its key; `None` if there are no keys.
    pub(crate) key_id: Option<Arc<str>>,
    allowed: Allowed,
}

impl Asker {
    /// Somebody, where there are no keys.
    const ANYBODY: Self = Self { key_id: None, allowed: Allowed::ALL };

    fn of(key_id: &str, key: &Key) -> Self {
        Self { key_id: Some(key_id.into()), allowed: key.allowed }
    }

    /// Whether it may do the action.
    pub(crate) fn may(&self, action: Action) -> bool {
        self.allowed.has(action)
    }

    /// Checks that it may do the action.
    ///
    /// # Errors
    /// [`Denied::ByPolicy`] if it may not.
    pub(crate) fn check(&self, action: Action) -> Result<(), Denied> {
        if self.may(action) { Ok(()) } else { Err(Denied::ByPolicy) }
    }
}

impl Access {
    /// Everybody may ask.
    pub(crate) fn everybody() -> Self {
        Self(None)
    }

    /// Only the keys of a file may ask.
    ///
    /// # Errors
    /// [`KeysError`] if the file can't be used.
    pub(crate) fn with_keys(path: &Path) -> Result<Self, KeysError> {
        let keys = RwLock::new(Arc::new(read(path)?));
        Ok(Self(Some(Keyed { path: path.to_owned(), keys, nonces: Nonces::default(), sessions: Sessions::default() })))
    }

    /// Reads the file of keys again, and returns how many keys there are now. Sessions whose key or secret is gone end.
    ///
    /// # Errors
    /// [`KeysError`] if the file can't be used. Then the keys stay as they were.
    pub(crate) fn reload(&self) -> Result<usize, KeysError> {
        let Some(keyed) = &self.0 else { return Ok(0) };
        let keys = Arc::new(read(&keyed.path)?);
        let count = keys.len();
        *keyed.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(count)
    }

    /// Whether a key is needed.
    pub(crate) fn needs_key(&self) -> bool {
        self.0.is_some()
    }

    /// The sender of a request to the API. A signature counts first, then the session of the console.
    ///
    /// # Errors
    /// The first reason why the sender may not ask, or an error of the signature's form.
    pub(crate) fn asker(
        &self,
        head: &Parts,
        params: &Params<'_>,
        body: &[u8],
        now: DateTime<Utc>,
    ) -> Result<Asker, Refusal> {
        let Some(keyed) = &self.0 else { return Ok(Asker::ANYBODY) };
        match Claim::read(head, params, body)? {
            Some(claim) => keyed.verified(&claim, now),
            None => self.session(&head.headers, now).ok_or_else(|| missing("AccessKeyId").into()),
        }
    }

    /// The key that has signed in with the browser that sends these headers.
    pub(crate) fn session(&self, headers: &HeaderMap, now: DateTime<Utc>) -> Option<Asker> {
        let Some(keyed) = &self.0 else { return Some(Asker::ANYBODY) };
        let Session { key_id, secret, .. } = keyed.sessions.of(headers, now)?;
        let keys = keyed.keys();
        let key = keys.get(&key_id).filter(|key| hash(key.secret.as_bytes()) == secret)?;
        Some(Asker::of(&key_id, key))
    }

    /// Opens a session for a key, and returns its token; `None` if there is no such key with this secret.
    ///
    /// # Errors
    /// [`ApiError::InternalError`] if the system gives no random bytes.
    fn sign_in(&self, key_id: &str, secret: &str, now: DateTime<Utc>) -> Result<Option<String>, Refusal> {
        let Some(keyed) = &self.0 else { return Ok(None) };
        if keyed.named(key_id, secret).is_none() {
            return Ok(None);
        }
        let token = keyed.sessions.open(key_id, hash(secret.as_bytes()), now);
        token.map(Some).map_err(|error| internal(&error))
    }

    /// Ends the session of the browser that sends these headers.
    fn sign_out(&self, headers: &HeaderMap) {
        if let Some(keyed) = &self.0 {
            keyed.sessions.end(headers);
        }
    }

    /// The key in the header `Authorization: Basic`, which collectors of metrics send.
    fn basic(&self, headers: &HeaderMap) -> Option<Asker> {
        let keyed = self.0.as_ref()?;
        let encoded = headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Basic ")?;
        let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
        let (key_id, secret) = text.split_once(':')?;
        keyed.named(key_id, secret)
    }
}

impl Keyed {
    fn keys(&self) -> Arc<Keys> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn verified(&self, claim: &Claim, now: DateTime<Utc>) -> Result<Asker, Refusal> {
        if (claim.time - now).abs() > CLOCK_SKEW_MAX {
            return Err(Denied::Expired.into());
        }
        let keys = self.keys();
        let key = keys.get(&claim.key_id).ok_or(Denied::UnknownKey)?;
        if !claim.proof.is_by(&key.secret) {
            return Err(Denied::WrongSignature.into());
        }
        match self.nonces.take(&claim.key_id, &claim.nonce, claim.time, now) {
            Taken::New => Ok(Asker::of(&claim.key_id, key)),
            Taken::Used => Err(Denied::UsedNonce.into()),
            Taken::Full => Err(ApiError::ServiceUnavailable.into()),
        }
    }

    /// The key with this ID, if this is its secret. Takes the same time wherever the secrets differ.
    fn named(&self, key_id: &str, secret: &str) -> Option<Asker> {
        let keys = self.keys();
        let key = keys.get(key_id)?;
        let is_secret = hash(key.secret.as_bytes()).ct_eq(&hash(secret.as_bytes()));
        bool::from(is_secret).then(|| Asker::of(key_id, key))
    }
}

/// Reads a file of keys, and warns of what makes it weak.
fn read(path: &Path) -> Result<Keys, KeysError> {
    let keys = Keys::read(path)?;
    for id in keys.weak() {
        tracing::warn!(id, "the secret of this access key is short, and so is easy to guess");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if std::fs::metadata(path).is_ok_and(|meta| meta.permissions().mode() & 0o077 != 0) {
            tracing::warn!(path = %path.display(), "other users of this machine may read the access keys; chmod 600");
        }
    }
    Ok(keys)
}

impl fmt::Debug for Access {
    /// Shows no secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access").field("keys", &self.0.as_ref().map(|keyed| keyed.keys().len())).finish()
    }
}
