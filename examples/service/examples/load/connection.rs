//! A connection that stays open and carries one request at a time. It understands only the HTTP that the service sends.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// The longest time for an answer. A slower answer ends the run with an error.
const ANSWER_LAPSE_MAX: Duration = Duration::from_secs(30);

pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
    head: Vec<u8>,
    body: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::with_capacity(64 << 10, stream), head: Vec::new(), body: Vec::new() })
    }

    /// Sends a request, reads the whole answer and returns its status.
    pub(crate) async fn send(&mut self, request: &[u8]) -> io::Result<u16> {
        timeout(ANSWER_LAPSE_MAX, self.exchange(request)).await?
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
