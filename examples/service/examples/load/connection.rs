//! A connection that stays open and carries one request at a time. It understands only the HTTP that the service sends.

use std::io;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::Options;

/// The longest time for an answer. A slower answer ends the run with an error.
const ANSWER_LAPSE_MAX: Duration = Duration::from_secs(30);

pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
    /// The line of every request that says who asks; empty if the service answers everybody.
    cookie: String,
    sent: Vec<u8>,
    head: Vec<u8>,
    body: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(options: &Options) -> io::Result<Self> {
        let stream = TcpStream::connect(options.address).await?;
        stream.set_nodelay(true)?;
        let stream = BufReader::with_capacity(64 << 10, stream);
        Ok(Self { stream, cookie: options.cookie.clone(), sent: Vec::new(), head: Vec::new(), body: Vec::new() })
    }

    /// Signs in with an access key, and returns the line that the requests of all connections need.
    pub(crate) async fn sign_in(&mut self, id: &str, secret: &str) -> io::Result<String> {
        let form = format!("id={}&secret={}", escaped(id), escaped(secret));
        let head = format!("POST /console/session HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}", form.len());
        let request = format!("{head}\r\ncontent-type: application/x-www-form-urlencoded\r\n\r\n{form}");
        self.exchange(request.as_bytes()).await?;
        let head = std::str::from_utf8(&self.head).map_err(io::Error::other)?;
        let set = head.lines().find_map(|line| line.strip_prefix("set-cookie: ")?.split(';').next());
        let cookie = set.ok_or_else(|| io::Error::other("the service has no access key with this ID and secret"))?;
        Ok(format!("cookie: {cookie}\r\n"))
    }

    /// Sends a request, reads the whole answer and returns its status.
    pub(crate) async fn send(&mut self, request: &[u8]) -> io::Result<u16> {
        const END: &[u8] = b"\r\n";
        let mut sent = std::mem::take(&mut self.sent);
        sent.clear();
        sent.extend(request.strip_suffix(END).unwrap_or(request));
        sent.extend(self.cookie.bytes());
        sent.extend(END);
        let status = timeout(ANSWER_LAPSE_MAX, self.exchange(&sent)).await?;
        self.sent = sent;
        status
    }

    async fn exchange(&mut self, request: &[u8]) -> io::Result<u16> {
        self.stream.get_mut().write_all(request).await?;
        self.head.clear();
        while !self.head.ends_with(b"\r\n\r\n") {
            if self.stream.read_until(b'\n', &mut self.head).await? == 0 {
                return Err(io::Error::other("the service closed the connection"));
            }
        }
        let head = std::str::from_utf8(&self.head).map_err(io::Error::other)?;
        let status = head.get(9..12).and_then(|status| status.parse().ok());
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        let (Some(status), Some(length)) = (status, length) else {
            return Err(io::Error::other(format!("not an answer: {head}")));
        };
        self.body.resize(length, 0);
        self.stream.read_exact(&mut self.body).await?;
        Ok(status)
    }

    /// The length of the body of the last answer, in bytes.
    pub(crate) fn body_len(&self) -> usize {
        self.body.len()
    }

    /// The body of the last answer, as JSON.
    pub(crate) fn json(&self) -> io::Result<Value> {
        serde_json::from_slice(&self.body).map_err(io::Error::other)
    }
}

/// A request in the form of the official clients.
pub(crate) fn request(action: &str, params: &[(&str, &str)]) -> Vec<u8> {
    let pairs: Vec<String> = params.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
    format!(
        "POST /?{} HTTP/1.1\r\nhost: localhost\r\nx-acs-action: {action}\r\nx-acs-version: 2020-11-09\r\n\
         accept: application/json\r\ncontent-length: 0\r\n\r\n",
        pairs.join("&")
    )
    .into_bytes()
}

fn escaped(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect()
}
