//! The claim of a signed request: which key signed what, when, and with which nonce. A claim is not yet verified.

use std::fmt::Write;

use axum::http::request::Parts;
use chrono::{DateTime, NaiveDateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::Sha256;

use super::denied::Denied;
use super::{v2, v3};
use crate::errors::{Refusal, invalid, missing};
use crate::limits::NONCE_BYTES_MAX;
use crate::params::Params;

/// The signer of a request, as the request names it.
#[derive(Debug)]
pub(super) struct Claim {
    pub(super) key_id: String,
    pub(super) time: DateTime<Utc>,
    pub(super) nonce: String,
    pub(super) proof: Proof,
}

/// The signature, and the text that it signs.
#[derive(Debug)]
pub(super) struct Proof {
    pub(super) algorithm: Algorithm,
    pub(super) text: Vec<u8>,
    pub(super) signature: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    /// Signature V3: ACS3-HMAC-SHA256.
    V3,
    /// Signature V2: HMAC-SHA1, keyed by the secret and `&`.
    V2,
}

impl Claim {
    /// Reads the claim of a request; `None` if the request is not signed.
    ///
    /// # Errors
    /// A part of the signature that is missing or malformed.
    pub(super) fn read(head: &Parts, params: &Params<'_>, body: &[u8]) -> Result<Option<Self>, Refusal> {
        match v3::claim(head, body)? {
            Some(claim) => Ok(Some(claim)),
            None => v2::claim(&head.method, params),
        }
    }

    pub(super) fn new(key_id: &str, time: &str, nonce: (&'static str, &str), proof: Proof) -> Result<Self, Refusal> {
        let (name, nonce) = nonce;
        if nonce.is_empty() {
            return Err(missing(name).into());
        }
        if nonce.len() > NONCE_BYTES_MAX {
            return Err(invalid(name, format!("nonce must be at most {NONCE_BYTES_MAX} bytes")).into());
        }
        let time = NaiveDateTime::parse_from_str(time, "%Y-%m-%dT%H:%M:%SZ").map_err(|_| Denied::MalformedTime)?;
        Ok(Self { key_id: key_id.to_owned(), time: time.and_utc(), nonce: nonce.to_owned(), proof })
    }
}

impl Proof {
    /// Whether the secret made the signature. Takes the same time wherever the signatures differ.
    pub(super) fn is_by(&self, secret: &str) -> bool {
        match self.algorithm {
            Algorithm::V3 => is_mac::<Hmac<Sha256>>(secret.as_bytes(), self),
            Algorithm::V2 => is_mac::<Hmac<Sha1>>([secret, "&"].concat().as_bytes(), self),
        }
    }
}

fn is_mac<M: Mac + KeyInit>(key: &[u8], proof: &Proof) -> bool {
    let mac = <M as KeyInit>::new_from_slice(key).expect("a key of HMAC may have any length");
    mac.chain_update(&proof.text).verify_slice(&proof.signature).is_ok()
}

/// Encodes a text as both signatures do: all but letters, digits and `-_.~` is escaped.
pub(super) fn encode(text: &str, to: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            to.push(char::from(byte));
        } else {
            write!(to, "%{byte:02X}").expect("a String takes any text");
        }
    }
}

/// The parameters in the form that both signatures sign: decoded, sorted by name, and encoded again.
///
/// # Errors
/// [`Denied::WrongSignature`] if a parameter can't be decoded: no client can have signed it.
pub(super) fn canonical_query(encoded: &str, is_signed: impl Fn(&str) -> bool) -> Result<String, Denied> {
    let pairs = Params::pairs_of(encoded).map(|pair| pair.ok_or(Denied::WrongSignature));
    let mut pairs = pairs.collect::<Result<Vec<_>, Denied>>()?;
    pairs.retain(|(name, _)| is_signed(name));
    pairs.sort_unstable();
    let mut query = String::with_capacity(encoded.len() + 16);
    for (name, value) in pairs {
        if !query.is_empty() {
            query.push('&');
        }
        encode(&name, &mut query);
        query.push('=');
        encode(&value, &mut query);
    }
    Ok(query)
}
