//! Reads the lines of a file or of standard input, plain or compressed, in blocks of whole lines.
//!
//! A block is handed to the thread that reads its jobs. Its size bounds the memory beside the jobs.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::ops::Range;
use std::path::Path;

use flate2::read::MultiGzDecoder;
use indicatif::ProgressBar;

/// Longest line, in bytes. A job has about 700 bytes. A file without line ends must not fill the memory.
const LINE_BYTES_MAX: u64 = 1 << 20;
/// The first two bytes of every gzip file.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
const BUFFER_BYTES: usize = 1 << 16;
/// A block ends with the line that reaches this size. It has about 500 jobs, so handing it over costs little a job.
const BLOCK_BYTES: usize = 1 << 18;
/// A block also ends with this many lines. So many short lines take no more memory than few long ones.
const BLOCK_LINES: usize = 1 << 12;
/// The bytes of the input's beginning that are kept. They tell what the input is if it has no job.
const HEAD_BYTES: usize = 4096;

/// A source of lines that counts the lines.
pub(crate) struct Lines {
    reader: Box<dyn BufRead>,
    number: u64,
    head: Vec<u8>,
    is_gzip: bool,
}

/// Some lines that follow each other.
#[derive(Debug, Default)]
pub(crate) struct Block {
    bytes: Vec<u8>,
    lines: Vec<(u64, Content)>,
}

/// The place of a line in its block.
#[derive(Debug)]
enum Content {
    Bytes(Range<usize>),
    TooLong,
}

/// The content of a line.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Line<'a> {
    /// The bytes of the line without its end and without white space around it.
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
            return Err(io::Error::new(
                io::ErrorKind::IsADirectory,
                "it is a directory; name a file in it, or send several through a pipe: cat DIR/*.jsonl | list",
            ));
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
        Ok(Self { reader, number: 0, head: Vec::new(), is_gzip })
    }

    /// The next lines, at least one; `None` at the end.
    pub(crate) fn block(&mut self) -> io::Result<Option<Block>> {
        let mut block = Block::default();
        while block.has_room() && self.read_line(&mut block)? {}
        Ok((!block.lines.is_empty()).then_some(block))
    }

    /// Adds the next line to a block; false at the end.
    fn read_line(&mut self, block: &mut Block) -> io::Result<bool> {
        let start = block.bytes.len();
        self.reader.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut block.bytes)?;
        let line = &block.bytes[start..];
        if line.is_empty() {
            return Ok(false);
        }
        self.number += 1;
        self.head.extend(line.iter().take(HEAD_BYTES - self.head.len()));
        let is_too_long = line.len() as u64 == LINE_BYTES_MAX && !line.ends_with(b"\n");
        let content = if is_too_long {
            block.bytes.truncate(start);
            self.reader.skip_until(b'\n')?;
            Content::TooLong
        } else {
            Content::Bytes(start..block.bytes.len())
        };
        block.lines.push((self.number, content));
        Ok(true)
    }

    /// The number of the last line that was read.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// The first bytes of the lines that were read.
    pub(crate) fn head(&self) -> &[u8] {
        &self.head
    }

    pub(crate) fn is_gzip(&self) -> bool {
        self.is_gzip
    }
}

impl Block {
    fn has_room(&self) -> bool {
        self.bytes.len() < BLOCK_BYTES && self.lines.len() < BLOCK_LINES
    }

    /// The lines with their numbers, counted from 1 in the whole input.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (u64, Line<'_>)> {
        self.lines.iter().map(|(number, content)| match content {
            Content::Bytes(range) => (*number, Line::Bytes(trimmed(&self.bytes[range.clone()], *number))),
            Content::TooLong => (*number, Line::TooLong),
        })
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
