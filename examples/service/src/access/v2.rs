//! Signature V2, `HMAC-SHA1`: the signature is the parameter `Signature`, and signs the method and all other parameters.
//!
//! ```text
//! text to sign = method & %2F & the encoded query, encoded once more
//! ```
//! Parameters of a form body count like those of the query. Headers are not signed, so the action must be a parameter.

use axum::http::Method;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::claim::{Algorithm, Claim, Proof, canonical_query, encode};
use super::denied::Denied;
use crate::errors::{Refusal, invalid};
use crate::params::Params;

const SIGNATURE: &str = "Signature";
const NONCE: &str = "SignatureNonce";

/// Reads the claim of a request; `None` if it has no such parameter.
///
/// # Errors
/// A part of the signature that is missing or malformed.
pub(super) fn claim(method: &Method, params: &Params<'_>) -> Result<Option<Claim>, Refusal> {
    let Some(signature) = params.get(SIGNATURE)? else { return Ok(None) };
    let key_id = params.need("AccessKeyId")?;
    let nonce = params.need(NONCE)?;
    let time = params.need("Timestamp")?;
    params.need("Action")?;
    for (name, known) in [("SignatureMethod", "HMAC-SHA1"), ("SignatureVersion", "1.0")] {
        if params.need(name)? != known {
            return Err(invalid(name, format!("value must be {known}")).into());
        }
    }
    let query = canonical_query(params.encoded(), |name| name != SIGNATURE)?;
    let mut to_sign = format!("{method}&%2F&");
    encode(&query, &mut to_sign);
    let signature = STANDARD.decode(signature.as_bytes()).map_err(|_| Denied::WrongSignature)?;
    let proof = Proof { algorithm: Algorithm::V2, text: to_sign.into_bytes(), signature };
    Claim::new(&key_id, &time, (NONCE, &nonce), proof).map(Some)
}
