//! Signature V3, `ACS3-HMAC-SHA256`: the signature is in the header `Authorization`, and signs headers, query and body.
//!
//! ```text
//! canonical request = method \n path \n query \n (name:value \n)* \n names;… \n SHA-256 of the body
//! text to sign      = ACS3-HMAC-SHA256 \n SHA-256 of the canonical request
//! ```
//! The client names the headers that it signs. `host`, every `x-acs-` header and the type of a body must be among them,
//! because they decide the answer.

use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use sha2::{Digest, Sha256};

use super::claim::{Algorithm, Claim, Proof, canonical_query};
use super::denied::Denied;
use super::hex;
use crate::errors::{Refusal, invalid, missing};

const ALGORITHM: &str = "ACS3-HMAC-SHA256";
const FAMILY: &str = "ACS3-";

const BODY_HASH: &str = "x-acs-content-sha256";
const DATE: &str = "x-acs-date";
const NONCE: &str = "x-acs-signature-nonce";

/// The parts of the header `Authorization`.
struct Authorization<'a> {
    key_id: &'a str,
    signed: &'a str,
    signature: &'a str,
}

/// Reads the claim of a request; `None` if no header has a signature of this kind.
///
/// # Errors
/// A part of the signature that is missing or malformed.
pub(super) fn claim(head: &Parts, body: &[u8]) -> Result<Option<Claim>, Refusal> {
    let mut headers = head.headers.get_all(AUTHORIZATION).iter();
    let Some(header) = headers.find(|header| header.as_bytes().starts_with(FAMILY.as_bytes())) else { return Ok(None) };
    let authorization = Authorization::read(header)?;
    check_signed(&head.headers, authorization.signed, !body.is_empty())?;
    let body_hash = hex::encode(&Sha256::digest(body));
    if text(&head.headers, BODY_HASH)? != body_hash {
        return Err(Denied::WrongSignature.into());
    }
    let query = canonical_query(head.uri.query().unwrap_or_default(), |_| true)?;
    let mut request = format!("{}\n{}\n{query}\n", head.method, head.uri.path()).into_bytes();
    write_headers(&head.headers, authorization.signed, &mut request)?;
    request.extend(format!("\n{}\n{body_hash}", authorization.signed).bytes());
    let to_sign = format!("{ALGORITHM}\n{}", hex::encode(&Sha256::digest(&request)));
    let signature = hex::decode(authorization.signature).ok_or(Denied::WrongSignature)?;
    let proof = Proof { algorithm: Algorithm::V3, text: to_sign.into_bytes(), signature };
    let nonce = text(&head.headers, NONCE)?;
    Claim::new(authorization.key_id, text(&head.headers, DATE)?, (NONCE, nonce), proof).map(Some)
}

impl<'a> Authorization<'a> {
    fn read(header: &'a HeaderValue) -> Result<Self, Refusal> {
        let malformed = || {
            let form = "Credential=…,SignedHeaders=…,Signature=…";
            Refusal::from(invalid("Authorization", format!("header must be {ALGORITHM} {form}")))
        };
        let rest = header.to_str().ok().and_then(|text| text.strip_prefix(ALGORITHM)?.strip_prefix(' '));
        let mut found = [None; 3];
        for part in rest.ok_or_else(malformed)?.split(',') {
            let (name, value) = part.trim().split_once('=').ok_or_else(malformed)?;
            let place = ["Credential", "SignedHeaders", "Signature"].iter().position(|&known| known == name);
            if found[place.ok_or_else(malformed)?].replace(value).is_some() {
                return Err(malformed());
            }
        }
        let [Some(key_id), Some(signed), Some(signature)] = found else { return Err(malformed()) };
        Ok(Self { key_id, signed, signature })
    }
}

/// Checks that the client has signed every header that decides the answer.
fn check_signed(headers: &HeaderMap, signed: &str, has_body: bool) -> Result<(), Denied> {
    let is_signed = |name: &str| signed.split(';').any(|known| known == name);
    let must_be = |name: &&str| {
        name.starts_with("x-acs-") || *name == HOST.as_str() || has_body && *name == CONTENT_TYPE.as_str()
    };
    let is_whole = headers.keys().map(axum::http::HeaderName::as_str).filter(must_be).all(is_signed);
    if is_whole { Ok(()) } else { Err(Denied::WrongSignature) }
}

/// Writes the signed headers: each with its values, trimmed, sorted and joined by commas.
fn write_headers(headers: &HeaderMap, signed: &str, to: &mut Vec<u8>) -> Result<(), Denied> {
    for name in signed.split(';') {
        let mut values: Vec<&[u8]> = headers.get_all(name).iter().map(|value| value.as_bytes().trim_ascii()).collect();
        if values.is_empty() {
            return Err(Denied::WrongSignature);
        }
        values.sort_unstable();
        to.extend(name.bytes());
        to.push(b':');
        to.extend(values.join(&b','));
        to.push(b'\n');
    }
    Ok(())
}

/// The text of a header that must be there once.
fn text<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<&'a str, Refusal> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().ok_or_else(|| missing(name))?;
    match (value.to_str(), values.next()) {
        (Ok(text), None) => Ok(text.trim()),
        _ => Err(invalid(name, "header must be text, and given once").into()),
    }
}
