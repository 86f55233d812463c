//! A connection to a server: entering a database, statements with their rows, and the frames of copies.
//!
//! Both kinds of session use it: plain ones for checks, copies and marks, and replication sessions. It is small, because a
//! follower needs only the simple protocol. The proofs of passwords are those of `postgres-protocol`.
//!
//! ```text
//! connect ──> TLS ──> startup ──> password ──> ready
//! query ──> rows                                  copy, stream ──> frames
//! ```
//! A frame is a byte of kind, a length and a body. No frame is over the limit of the options, and none is copied on its
//! way.

mod enter;
mod settings;
mod tls;

use std::io;

use bytes::BytesMut;
use postgres_protocol::message::frontend;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

pub(super) use settings::{Host, Settings};

use super::error::FollowError;

/// A socket of any kind.
trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

pub(super) struct Connection {
    stream: Box<dyn Duplex>,
    /// The bytes that have come. They begin with the frame that was given out last.
    input: BytesMut,
    /// The length of the frame that was given out last.
    given_len: usize,
    output: BytesMut,
    frame_bytes_max: usize,
    /// The host that answered.
    host: Host,
}

/// A message of the server.
#[derive(Clone, Copy)]
pub(super) struct Frame<'a> {
    pub(super) kind: u8,
    pub(super) body: &'a [u8],
}

impl Frame<'_> {
    /// The error of a frame of kind `E`.
    pub(super) fn error(&self) -> FollowError {
        server_error(self.body)
    }
}

/// The kinds of session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Session {
    Plain,
    Replication,
}

/// A row of a statement's result. `None` is null.
pub(super) type TextRow = Vec<Option<String>>;

/// The text of a column in the first row; `None` for null, and where there is no row.
pub(super) fn field(rows: &[TextRow], column: usize) -> Option<&str> {
    rows.first()?.get(column)?.as_deref()
}

/// The statements of a follower return a few rows, or one for each column of a table.
const ROWS_MAX: usize = 10_000;
/// An error keeps this much of the server's message.
const MESSAGE_CHARS_MAX: usize = 1_000;
/// The kind of a frame and its length, which counts itself but not the kind.
const HEAD_LEN: usize = 5;
/// The socket is read in pieces of this length. Larger pieces cost a copy no fewer calls.
const READ_LEN: usize = 64 << 10;

impl Connection {
    fn new(stream: impl Duplex + 'static, host: &Host, frame_bytes_max: usize) -> Self {
        Self {
            stream: Box::new(stream),
            input: BytesMut::with_capacity(READ_LEN),
            given_len: 0,
            output: BytesMut::new(),
            frame_bytes_max,
            host: host.clone(),
        }
    }

    pub(super) fn host(&self) -> &Host {
        &self.host
    }

    /// Waits until a whole frame has come. It may be dropped at any time without a loss.
    pub(super) async fn ready(&mut self) -> Result<(), FollowError> {
        self.consume();
        while self.frame_len()?.is_none() {
            self.input.reserve(READ_LEN);
            if self.stream.read_buf(&mut self.input).await? == 0 {
                return Err(FollowError::closed());
            }
        }
        Ok(())
    }

    /// The next frame, if the whole of it has come.
    pub(super) fn next_frame(&mut self) -> Result<Option<Frame<'_>>, FollowError> {
        self.consume();
        let Some(len) = self.frame_len()? else { return Ok(None) };
        self.given_len = len;
        Ok(Some(Frame { kind: self.input[0], body: &self.input[HEAD_LEN..len] }))
    }

    /// Waits for the next frame that is not a note: an error of the server is an error.
    pub(super) async fn frame(&mut self) -> Result<Frame<'_>, FollowError> {
        loop {
            self.ready().await?;
            // The kind is looked at first: a frame that is returned from a loop can't be borrowed in it.
            match self.input[0] {
                b'E' => {
                    let error = self.next_frame()?.map(|frame| frame.error());
                    return Err(error.unwrap_or_else(FollowError::closed));
                }
                // Notices, settings and notifications.
                b'N' | b'S' | b'A' => drop(self.next_frame()?),
                _ => break,
            }
        }
        self.next_frame()?.ok_or_else(FollowError::closed)
    }

    fn consume(&mut self) {
        drop(self.input.split_to(std::mem::take(&mut self.given_len)));
    }

    /// The length of the frame at the beginning of the input, with its head, if all of it is there.
    fn frame_len(&self) -> Result<Option<usize>, FollowError> {
        let Some(&[_, a, b, c, d]) = self.input.first_chunk::<HEAD_LEN>() else { return Ok(None) };
        let len = 1 + usize::try_from(u32::from_be_bytes([a, b, c, d])).unwrap_or(usize::MAX - 1);
        if len < HEAD_LEN {
            return Err(FollowError::Malformed { reason: "frame that is shorter than its head" });
        }
        // A little more than a row, for the heads around it.
        if len > self.frame_bytes_max + 1024 {
            return Err(FollowError::TooLarge { bytes: len as u64, limit: self.frame_bytes_max as u64 });
        }
        Ok((self.input.len() >= len).then_some(len))
    }

    /// Sends what was written to the output.
    async fn flush(&mut self) -> io::Result<()> {
        self.stream.write_all(&self.output).await?;
        self.output.clear();
        self.stream.flush().await
    }

    async fn begin_query(&mut self, sql: &str) -> Result<(), FollowError> {
        frontend::query(sql, &mut self.output)?;
        Ok(self.flush().await?)
    }

    /// Runs statements and returns all of their rows.
    pub(super) async fn query(&mut self, sql: &str) -> Result<Vec<TextRow>, FollowError> {
        self.begin_query(sql).await?;
        let mut rows = Vec::new();
        let mut failed = None;
        loop {
            match self.frame().await {
                Ok(Frame { kind: b'Z', .. }) => return failed.map_or(Ok(rows), Err),
                Ok(Frame { kind: b'D', body }) if rows.len() < ROWS_MAX => rows.push(text_row(body)?),
                Ok(Frame { kind: b'D', .. }) => {
                    return Err(FollowError::Malformed { reason: "result of too many rows" });
                }
                Ok(_) => {}
                // The server is ready for the next statement after an error.
                Err(error @ FollowError::Server { .. }) if failed.is_none() => failed = Some(error),
                Err(error) => return Err(error),
            }
        }
    }

    /// Begins a statement that copies rows out. Its rows are the frames of kind `d`, up to one of kind `Z`.
    pub(super) async fn begin_copy(&mut self, sql: &str) -> Result<(), FollowError> {
        self.begin_query(sql).await?;
        match self.frame().await?.kind {
            b'H' => Ok(()),
            _ => Err(FollowError::Malformed { reason: "answer to a copy that is none" }),
        }
    }

    /// Begins a stream of changes, which come in frames of kind `d`.
    pub(super) async fn begin_stream(&mut self, sql: &str) -> Result<(), FollowError> {
        self.begin_query(sql).await?;
        match self.frame().await?.kind {
            b'W' => Ok(()),
            _ => Err(FollowError::Malformed { reason: "answer to a start of replication that is none" }),
        }
    }

    /// Sends bytes within a stream.
    pub(super) async fn send_copy_data(&mut self, bytes: &[u8]) -> Result<(), FollowError> {
        frontend::CopyData::new(bytes)?.write(&mut self.output);
        Ok(self.flush().await?)
    }

    /// Ends a stream, and waits until the server has ended it, too.
    pub(super) async fn end_stream(&mut self) -> Result<(), FollowError> {
        frontend::copy_done(&mut self.output);
        self.flush().await?;
        // Ends: the server sends what it has begun, and is then ready for a statement.
        while self.frame().await?.kind != b'Z' {}
        Ok(())
    }

    /// Says that the session is over, and waits until the server has ended it: a temporary slot is gone then.
    pub(super) async fn terminate(mut self) {
        frontend::terminate(&mut self.output);
        // The server ends the session also if it does not hear this.
        if self.flush().await.is_ok() {
            // Ends: the server closes the connection.
            while matches!(self.stream.read_buf(&mut self.input).await, Ok(1..)) {}
        }
    }
}

/// Reads a row of a result.
fn text_row(mut body: &[u8]) -> Result<TextRow, FollowError> {
    const SHORT: FollowError = FollowError::Malformed { reason: "row that ends too early" };
    fn taken<const N: usize>(body: &mut &[u8]) -> Result<[u8; N], FollowError> {
        let (head, rest) = body.split_first_chunk().ok_or(SHORT)?;
        *body = rest;
        Ok(*head)
    }
    let len = u16::from_be_bytes(taken(&mut body)?);
    let mut row = Vec::with_capacity(usize::from(len).min(body.len()));
    for _ in 0..len {
        // A negative length is null.
        let Ok(len) = usize::try_from(i32::from_be_bytes(taken(&mut body)?)) else {
            row.push(None);
            continue;
        };
        let (text, rest) = body.split_at_checked(len).ok_or(SHORT)?;
        row.push(Some(String::from_utf8_lossy(text).into_owned()));
        body = rest;
    }
    Ok(row)
}

/// Reads an error: fields of a byte of kind and a text, each with a zero byte at its end.
fn server_error(body: &[u8]) -> FollowError {
    let (mut sqlstate, mut message) = (String::new(), String::new());
    for field in body.split(|&byte| byte == 0) {
        let Some((kind, text)) = field.split_first() else { continue };
        match kind {
            b'C' => sqlstate = String::from_utf8_lossy(text).into_owned(),
            b'M' => message = String::from_utf8_lossy(text).chars().take(MESSAGE_CHARS_MAX).collect(),
            _ => {}
        }
    }
    FollowError::Server { sqlstate, message }
}

#[cfg(test)]
mod tests;
