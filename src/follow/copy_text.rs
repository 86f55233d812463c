//! Lines of `COPY … TO STDOUT` in the text format: cells between tabs, `\N` for null, and escapes after a backslash.

use std::ops::Range;

use super::row::{Cell, RowError};

/// Splits lines into cells. The memory of one line serves the next one.
#[derive(Default)]
pub(super) struct LineReader {
    /// The values of the line without escapes, one after another.
    bytes: Vec<u8>,
    /// Where each value stands; `None` is null.
    ranges: Vec<Option<Range<usize>>>,
}

/// A line that does not have the form of `COPY`, or not as many cells as columns were asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MalformedLine;

impl LineReader {
    /// Takes a line apart. A line feed at its end does not count.
    pub(super) fn split(&mut self, line: &[u8], columns_len: usize) -> Result<(), MalformedLine> {
        self.bytes.clear();
        self.ranges.clear();
        for field in line.strip_suffix(b"\n").unwrap_or(line).split(|&byte| byte == b'\t') {
            if field == b"\\N" {
                self.ranges.push(None);
                continue;
            }
            let start = self.bytes.len();
            self.unescape(field)?;
            self.ranges.push(Some(start..self.bytes.len()));
        }
        if self.ranges.len() == columns_len { Ok(()) } else { Err(MalformedLine) }
    }

    fn unescape(&mut self, mut field: &[u8]) -> Result<(), MalformedLine> {
        // Ends: each round takes at least the two bytes of an escape from `field`.
        while let Some(at) = field.iter().position(|&byte| byte == b'\\') {
            self.bytes.extend_from_slice(&field[..at]);
            let &escaped = field.get(at + 1).ok_or(MalformedLine)?;
            self.bytes.push(match escaped {
                b'b' => 8,
                b't' => b'\t',
                b'n' => b'\n',
                b'v' => 11,
                b'f' => 12,
                b'r' => b'\r',
                // The server writes no numbers after a backslash, and each other byte stands for itself.
                other => other,
            });
            field = &field[at + 2..];
        }
        self.bytes.extend_from_slice(field);
        Ok(())
    }

    /// The cells of the line.
    pub(super) fn cells(&self, columns: &'static [&'static str]) -> Result<Vec<Cell<'_>>, RowError> {
        let cell = |(range, column): (&Option<Range<usize>>, &&'static str)| match range {
            None => Ok(Cell::Null),
            Some(range) => text_cell(&self.bytes[range.clone()], column),
        };
        self.ranges.iter().zip(columns).map(cell).collect()
    }

    /// The text of the first cell, for an error about the line.
    pub(super) fn first(&self) -> Option<String> {
        let range = self.ranges.first()?.clone()?;
        Some(String::from_utf8_lossy(&self.bytes[range]).into_owned())
    }
}

/// A cell of a text.
pub(super) fn text_cell<'a>(bytes: &'a [u8], column: &'static str) -> Result<Cell<'a>, RowError> {
    str::from_utf8(bytes).map(Cell::Text).map_err(|_| RowError::NotUtf8 { column })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const COLUMNS: &[&str] = &["a", "b", "c"];

    fn cells(line: &[u8]) -> Option<Vec<Option<String>>> {
        let mut reader = LineReader::default();
        reader.split(line, COLUMNS.len()).ok()?;
        let cells = reader.cells(COLUMNS).ok()?;
        let owned = cells.iter().map(|cell| match cell {
            Cell::Text(text) => Some((*text).to_owned()),
            _ => None,
        });
        Some(owned.collect())
    }

    #[test]
    fn a_line_has_its_cells() {
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(cells(b"x\t\\N\t\n"), Some(vec![text("x"), None, text("")]));
        assert_eq!(
            cells(b"a\\tb\\nc\\\\\\N\t\\\\N\t\\r\\b\\f\\v\n"),
            Some(vec![text("a\tb\nc\\N"), text("\\N"), text("\r\u{8}\u{c}\u{b}")])
        );
        for refused in [&b"x\ty\n"[..], b"x\ty\tz\t\n", b"x\ty\tz\\", b"", b"x\t\xff\ty"] {
            assert_eq!(cells(refused), None);
        }
    }

    proptest! {
        #[test]
        fn any_texts_are_read_back(texts in prop::collection::vec(prop::option::of(".*"), 3)) {
            let escape = |text: &Option<String>| text.as_ref().map_or_else(|| "\\N".to_owned(), |text| {
                text.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n").replace('\r', "\\r")
            });
            let line = texts.iter().map(escape).collect::<Vec<_>>().join("\t") + "\n";
            prop_assert_eq!(cells(line.as_bytes()), Some(texts));
        }

        #[test]
        fn no_bytes_panic(line in prop::collection::vec(any::<u8>(), 0..60)) {
            cells(&line);
        }
    }
}
