//! The messages of `pgoutput`, the server's plugin that writes changes: protocol version 1, values as text.
//!
//! Text in, borrowed parts out. Each length is checked before it is used, so no message panics and none allocates more than
//! its own length times a constant. The file names nothing else of the crate, so the fuzz target compiles it by itself.
//!
//! ```text
//! Begin  (Relation | Insert | Update | Delete | Truncate | Note | …)*  Commit
//! ```
//! A relation is told before its first change in a session, and again after each change of its columns.

use std::fmt;

/// A message. Numbers are as the server sends them: positions in bytes of the log, times in microseconds since 2000.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Message<'a> {
    Begin,
    Commit {
        end_lsn: u64,
        time_micros: i64,
    },
    Relation(Relation<'a>),
    Insert {
        relation: u32,
        new: Tuple<'a>,
    },
    Update {
        relation: u32,
        old: Option<Tuple<'a>>,
        new: Tuple<'a>,
    },
    Delete {
        relation: u32,
        old: Tuple<'a>,
    },
    Truncate {
        relations: Vec<u32>,
    },
    /// A message that a program wrote to the log, the name of a type, or the origin of a transaction: nothing to apply.
    Note,
}

/// The columns of a table, in the order of the cells of its rows.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Relation<'a> {
    pub(crate) id: u32,
    pub(crate) columns: Vec<Column<'a>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Column<'a> {
    pub(crate) name: &'a str,
    pub(crate) type_id: u32,
    pub(crate) type_modifier: i32,
}

/// The cells of a row. A row of a key has null in the other columns.
pub(crate) type Tuple<'a> = Vec<RawCell<'a>>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RawCell<'a> {
    Null,
    /// A value that the server keeps apart from its row, and that the update left alone.
    Unchanged,
    Text(&'a [u8]),
}

/// The reason why a message was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed(pub(crate) &'static str);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Reads one message, to its last byte.
pub(crate) fn parse(bytes: &[u8]) -> Result<Message<'_>, Malformed> {
    let mut from = Reader { rest: bytes };
    let message = match from.u8()? {
        b'B' => from.begin()?,
        b'C' => from.commit()?,
        b'R' => Message::Relation(from.relation()?),
        b'I' => Message::Insert { relation: from.u32()?, new: from.tuple_after(b'N')? },
        b'U' => from.update()?,
        b'D' => {
            Message::Delete { relation: from.u32()?, old: from.old_tuple()?.ok_or(Malformed("delete without a row"))? }
        }
        b'T' => from.truncate()?,
        // Nothing in them is needed, so they are not read further.
        b'M' | b'O' | b'Y' => return Ok(Message::Note),
        _ => return Err(Malformed("message of an unknown kind")),
    };
    if from.rest.is_empty() { Ok(message) } else { Err(Malformed("message with bytes after its end")) }
}

/// The table that a change is of, which stands at the same place in all changes of rows. `None` for other messages.
pub(crate) fn changed_relation(bytes: &[u8]) -> Option<u32> {
    let (kind, rest) = bytes.split_first()?;
    matches!(kind, b'I' | b'U' | b'D' | b'R').then(|| Reader { rest }.u32().ok()).flatten()
}

/// The bytes of a message that are not read yet.
struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.rest.split_at_checked(len).ok_or(Malformed("message that ends too early"))?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or(Malformed("message that ends too early"))?;
        self.rest = rest;
        Ok(*taken)
    }

    fn u8(&mut self) -> Result<u8, Malformed> {
        self.array().map(|[byte]| byte)
    }

    fn u16(&mut self) -> Result<u16, Malformed> {
        self.array().map(u16::from_be_bytes)
    }

    fn u32(&mut self) -> Result<u32, Malformed> {
        self.array().map(u32::from_be_bytes)
    }

    fn u64(&mut self) -> Result<u64, Malformed> {
        self.array().map(u64::from_be_bytes)
    }

    /// A text that ends with a zero byte.
    fn text(&mut self) -> Result<&'a str, Malformed> {
        let len = self.rest.iter().position(|&byte| byte == 0).ok_or(Malformed("text without an end"))?;
        let text = self.take(len)?;
        self.take(1)?;
        str::from_utf8(text).map_err(|_| Malformed("name that is not UTF-8"))
    }

    fn begin(&mut self) -> Result<Message<'a>, Malformed> {
        let (_final_lsn, _time, _transaction) = (self.u64()?, self.u64()?, self.u32()?);
        Ok(Message::Begin)
    }

    fn commit(&mut self) -> Result<Message<'a>, Malformed> {
        let (_flags, _lsn) = (self.u8()?, self.u64()?);
        Ok(Message::Commit { end_lsn: self.u64()?, time_micros: self.u64()?.cast_signed() })
    }

    fn relation(&mut self) -> Result<Relation<'a>, Malformed> {
        let id = self.u32()?;
        let (_schema, _name, _identity) = (self.text()?, self.text()?, self.u8()?);
        let len = usize::from(self.u16()?);
        // A column takes 10 bytes at least.
        let mut columns = Vec::with_capacity(len.min(self.rest.len() / 10));
        for _ in 0..len {
            let _is_key = self.u8()?;
            let (name, type_id, modifier) = (self.text()?, self.u32()?, self.u32()?);
            columns.push(Column { name, type_id, type_modifier: modifier.cast_signed() });
        }
        Ok(Relation { id, columns })
    }

    fn update(&mut self) -> Result<Message<'a>, Malformed> {
        let relation = self.u32()?;
        let old = if self.rest.first() == Some(&b'N') { None } else { self.old_tuple()? };
        Ok(Message::Update { relation, old, new: self.tuple_after(b'N')? })
    }

    /// The old row of an update or a delete: its key, or all of it. `None` if another mark stands here.
    fn old_tuple(&mut self) -> Result<Option<Tuple<'a>>, Malformed> {
        match self.rest.first() {
            Some(&mark @ (b'K' | b'O')) => self.tuple_after(mark).map(Some),
            _ => Ok(None),
        }
    }

    fn tuple_after(&mut self, mark: u8) -> Result<Tuple<'a>, Malformed> {
        if self.u8()? != mark {
            return Err(Malformed("row without its mark"));
        }
        let len = usize::from(self.u16()?);
        // A cell takes a byte at least.
        let mut cells = Vec::with_capacity(len.min(self.rest.len()));
        for _ in 0..len {
            cells.push(self.cell()?);
        }
        Ok(cells)
    }

    fn cell(&mut self) -> Result<RawCell<'a>, Malformed> {
        match self.u8()? {
            b'n' => Ok(RawCell::Null),
            b'u' => Ok(RawCell::Unchanged),
            b't' => {
                let len = usize::try_from(self.u32()?).map_err(|_| Malformed("value that is too long"))?;
                self.take(len).map(RawCell::Text)
            }
            _ => Err(Malformed("value of an unknown kind")),
        }
    }

    fn truncate(&mut self) -> Result<Message<'a>, Malformed> {
        let (len, _options) = (self.u32()?, self.u8()?);
        let bytes = self.take(usize::try_from(len).unwrap_or(usize::MAX).saturating_mul(4))?;
        let relations = bytes.as_chunks().0.iter().map(|&id| u32::from_be_bytes(id)).collect();
        Ok(Message::Truncate { relations })
    }
}

// A path of its own, since a fuzz target reads this file from another folder.
#[cfg(test)]
#[path = "pgoutput/tests.rs"]
mod tests;
