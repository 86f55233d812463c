//! Reads the lines of a file or of standard input, plain or compressed, one at a time into one buffer.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use indicatif::ProgressBar;

/// Longest line, in bytes. A job has about 700 bytes. A file without line ends must not fill the memory.
const LINE_BYTES_MAX: u64 = 1 << 20;
/// The first two bytes of every gzip file.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
const BUFFER_BYTES: usize = 1 << 16;

/// A source of lines that counts the lines.
pub(crate) struct Lines {
    reader: Box<dyn BufRead>,
    buffer: Vec<u8>,
    number: u64,
}

/// The content of a line.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Line<'a> {
    /// The bytes of the line without its end.
    Bytes(&'a [u8]),
    /// More than [`LINE_BYTES_MAX`] bytes; the rest of the line was skipped.
    TooLong,
}

impl Lines {
    /// The lines of a file. `bar` gets the size of the file, and moves by the bytes that were read.
    pub(crate) fn of_file(path: &Path, bar: &ProgressBar) -> io::Result<Self> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a directory, not a file"));
        }
        if metadata.is_file() {
            bar.set_length(metadata.len());
        }
        Self::new(bar.wrap_read(file))
    }

    /// The lines of standard input.
    pub(crate) fn of_stdin(bar: &ProgressBar) -> io::Result<Self> {
        Self::new(bar.wrap_read(io::stdin()))
    }

    /// Detects compressed input by its first bytes, so compressed input may also come through a pipe.
    fn new(mut source: impl Read + 'static) -> io::Result<Self> {
        let mut head = Vec::with_capacity(GZIP_MAGIC.len());
        source.by_ref().take(GZIP_MAGIC.len() as u64).read_to_end(&mut head)?;
        let is_gzip = head == GZIP_MAGIC;
        let whole = BufReader::with_capacity(BUFFER_BYTES, io::Cursor::new(head).chain(source));
        let reader: Box<dyn BufRead> = if is_gzip {
            Box::new(BufReader::with_capacity(BUFFER_BYTES, MultiGzDecoder::new(whole)))
        } else {
            Box::new(whole)
        };
        Ok(Self { reader, buffer: Vec::new(), number: 0 })
    }

    /// The next line with its number, counted from 1; `None` at the end.
    pub(crate) fn next(&mut self) -> io::Result<Option<(u64, Line<'_>)>> {
        self.buffer.clear();
        self.reader.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut self.buffer)?;
        if self.buffer.is_empty() {
            return Ok(None);
        }
        self.number += 1;
        if self.buffer.len() as u64 == LINE_BYTES_MAX && !self.buffer.ends_with(b"\n") {
            self.reader.skip_until(b'\n')?;
            return Ok(Some((self.number, Line::TooLong)));
        }
        Ok(Some((self.number, Line::Bytes(trimmed(&self.buffer, self.number)))))
    }

    /// The number of the last line that was read.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }
}

/// The line without white space around it. The first line is also without its byte order mark.
fn trimmed(line: &[u8], number: u64) -> &[u8] {
    let line = if number == 1 { line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line) } else { line };
    line.trim_ascii()
}

/// The message for a line that is [`Line::TooLong`].
pub(crate) fn too_long() -> String {
    format!("line is over the limit of {LINE_BYTES_MAX} bytes")
}
