//! A client that signs its requests, as the official clients do. It shares no code with the service.

use std::fmt::Write;

use axum::body::Body;
use axum::http::Request;
use base64::Engine;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// The key that may do everything.
pub(crate) const KEY: Signer = Signer { id: "LTAI5tTest", secret: "secret-of-the-test-0123456789" };

/// The name of the file of access keys.
pub(crate) const KEYS: &str = "keys.jsonl";

/// A file with one key that may do everything.
pub(crate) fn key_line(key: &Signer, statements: &str) -> String {
    let Signer { id, secret } = key;
    format!(r#"{{"id":"{id}","secret":"{secret}","policy":{{"Version":"1","Statement":[{statements}]}}}}"#)
}

/// The statement that allows everything.
pub(crate) const ALL: &str = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;

/// An access key and its secret.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signer {
    pub(crate) id: &'static str,
    pub(crate) secret: &'static str,
}

impl Signer {
    /// Signs a request by V3. Its query is a list of names and values, and each of its headers counts.
    pub(crate) fn v3(&self, call: &Call<'_>, time: &str, nonce: &str) -> Request<Body> {
        let hash = hex(&Sha256::digest(call.body));
        let mut headers = vec![
            ("host", "localhost"),
            ("x-acs-date", time),
            ("x-acs-signature-nonce", nonce),
            ("x-acs-content-sha256", &hash),
        ];
        headers.extend(call.headers);
        headers.sort_unstable();
        let lines = headers.iter().fold(String::new(), |lines, (name, value)| lines + name + ":" + value + "\n");
        let names = headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
        let whole = format!("{}\n/\n{}\n{lines}\n{names}\n{hash}", call.method, canonical(call.query.to_vec()));
        let text = format!("ACS3-HMAC-SHA256\n{}", hex(&Sha256::digest(&whole)));
        let mac = Hmac::<Sha256>::new_from_slice(self.secret.as_bytes()).unwrap().chain_update(text);
        let signature = hex(&mac.finalize().into_bytes());
        let authorization =
            format!("ACS3-HMAC-SHA256 Credential={},SignedHeaders={names},Signature={signature}", self.id);
        let mut request = Request::builder().method(call.method).uri(format!("/?{}", canonical(call.query.to_vec())));
        for (name, value) in headers {
            request = request.header(name, value);
        }
        request.header("authorization", authorization).body(Body::from(call.body.to_owned())).unwrap()
    }

    /// Signs a request by V2. The first parameters are in the query, the `in_body` last ones in a form.
    pub(crate) fn v2(&self, call: &Call<'_>, in_body: &[(&str, &str)], time: &str, nonce: &str) -> Request<Body> {
        let mut query = call.query.to_vec();
        query.extend([
            ("Version", "2020-11-09"),
            ("Format", "json"),
            ("Timestamp", time),
            ("SignatureNonce", nonce),
            ("SignatureMethod", "HMAC-SHA1"),
            ("SignatureVersion", "1.0"),
            ("AccessKeyId", self.id),
        ]);
        let text = format!("{}&%2F&{}", call.method, percent(&canonical([&query, in_body].concat())));
        let mac = Hmac::<Sha1>::new_from_slice(format!("{}&", self.secret).as_bytes()).unwrap().chain_update(text);
        let signature = base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes());
        query.push(("Signature", &signature));
        let mut request = Request::builder().method(call.method).uri(format!("/?{}", canonical(query)));
        request = request.header("host", "localhost");
        for (name, value) in call.headers {
            request = request.header(*name, *value);
        }
        if !in_body.is_empty() {
            request = request.header("content-type", "application/x-www-form-urlencoded");
        }
        request.body(Body::from(canonical(in_body.to_vec()))).unwrap()
    }
}

/// A request without its signature.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call<'a> {
    pub(crate) method: &'a str,
    pub(crate) query: &'a [(&'a str, &'a str)],
    pub(crate) headers: &'a [(&'a str, &'a str)],
    pub(crate) body: &'a str,
}

fn canonical(mut pairs: Vec<(&str, &str)>) -> String {
    pairs.sort_by_key(|(name, _)| *name);
    pairs.iter().map(|(name, value)| format!("{}={}", percent(name), percent(value))).collect::<Vec<_>>().join("&")
}

fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |mut escaped, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => escaped.push(char::from(byte)),
            _ => write!(escaped, "%{byte:02X}").unwrap(),
        }
        escaped
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}
