//! The bytes around a record, and the header of the file.
//!
//! ```text
//! stored record: format u16 | record | CRC-32 of key, format and record
//! header:        file version u16 | record format u16 | count u64 | version u64 | codec name | CRC-32 of all before
//! ```
//! Numbers are little-endian. The key is part of the checksum, so a record under a wrong key is found out.

use super::codec::AnyCodec;
use super::error::{DecodeError, OpenError};

/// The newest version of the file: its tables, the header, and the bytes around a record.
pub(super) const FILE_VERSION: u16 = 1;

const FORMAT_LEN: usize = size_of::<u16>();
/// Bytes of a checksum.
pub(super) const CHECKSUM_LEN: usize = size_of::<u32>();
const HEADER_LEN_MIN: usize = 2 + 2 + 8 + 8;

/// The checksum of a stored record without its checksum.
pub(super) fn record_checksum(key: u64, format_and_record: &[u8]) -> [u8; CHECKSUM_LEN] {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&key.to_le_bytes());
    hasher.update(format_and_record);
    hasher.finalize().to_le_bytes()
}

/// The format and the record of a stored record, if its checksum is right.
pub(super) fn opened(key: u64, stored: &[u8]) -> Result<(u16, &[u8]), DecodeError> {
    let at = stored.len().checked_sub(CHECKSUM_LEN).ok_or(DecodeError::Checksum)?;
    let (body, checksum) = stored.split_at(at);
    if record_checksum(key, body) != checksum {
        return Err(DecodeError::Checksum);
    }
    let (format, record) = body.split_first_chunk::<FORMAT_LEN>().ok_or(DecodeError::Checksum)?;
    Ok((u16::from_le_bytes(*format), record))
}

/// Decodes a stored record.
pub(super) fn decoded<J>(codec: &dyn AnyCodec<J>, key: u64, stored: &[u8]) -> Result<J, DecodeError> {
    let (format, record) = opened(key, stored)?;
    codec.decode(record, format)
}

/// The header of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FileHeader {
    /// The number of records.
    pub(super) count: u64,
    /// The version of the store after the newest commit, or a later one that no publish has reached.
    pub(super) version: u64,
    /// The newest format of a record.
    pub(super) format: u16,
    pub(super) codec: String,
}

impl FileHeader {
    /// The header of a file without a record.
    pub(super) fn new<J>(codec: &dyn AnyCodec<J>) -> Self {
        Self { count: 0, version: 0, format: codec.format(), codec: codec.name().to_owned() }
    }

    pub(super) fn encoded(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER_LEN_MIN + self.codec.len() + CHECKSUM_LEN);
        bytes.extend(FILE_VERSION.to_le_bytes());
        bytes.extend(self.format.to_le_bytes());
        bytes.extend(self.count.to_le_bytes());
        bytes.extend(self.version.to_le_bytes());
        bytes.extend(self.codec.as_bytes());
        let checksum = crc32fast::hash(&bytes);
        bytes.extend(checksum.to_le_bytes());
        bytes
    }

    /// Reads a header of this version of the file or of an older one.
    pub(super) fn decoded(bytes: Option<&[u8]>) -> Result<Self, OpenError> {
        let not_whole = || OpenError::damaged("the header is not whole");
        let bytes = bytes.ok_or_else(|| OpenError::damaged("the file has no header of a store"))?;
        let (version, _) = bytes.split_first_chunk().ok_or_else(not_whole)?;
        // Before the checksum, which a newer version may keep elsewhere.
        let file_version = u16::from_le_bytes(*version);
        if file_version > FILE_VERSION {
            return Err(OpenError::Newer { format: file_version, known: FILE_VERSION });
        }
        let (rest, checksum) = bytes.split_last_chunk().ok_or_else(not_whole)?;
        if crc32fast::hash(rest).to_le_bytes() != *checksum {
            return Err(not_whole());
        }
        let (format, rest) = rest[FORMAT_LEN..].split_first_chunk().ok_or_else(not_whole)?;
        let (count, rest) = rest.split_first_chunk().ok_or_else(not_whole)?;
        let (version, codec) = rest.split_first_chunk().ok_or_else(not_whole)?;
        Ok(Self {
            count: u64::from_le_bytes(*count),
            version: u64::from_le_bytes(*version),
            format: u16::from_le_bytes(*format),
            codec: String::from_utf8(codec.to_vec()).map_err(|_| not_whole())?,
        })
    }

    /// Checks that a codec can read the records.
    pub(super) fn check<J>(&self, codec: &dyn AnyCodec<J>) -> Result<(), OpenError> {
        if self.codec != codec.name() {
            return Err(OpenError::OtherCodec { found: self.codec.clone(), expected: codec.name() });
        }
        if self.format > codec.format() {
            return Err(OpenError::Newer { format: self.format, known: codec.format() });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_under_another_key_or_with_a_flipped_bit_is_no_record() {
        let mut stored = vec![1, 0, b'x', b'y'];
        stored.extend(record_checksum(7, &stored));
        assert_eq!(opened(7, &stored), Ok((1, b"xy".as_slice())));
        assert_eq!(opened(8, &stored), Err(DecodeError::Checksum));
        for bit in 0..stored.len() * 8 {
            let mut flipped = stored.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(opened(7, &flipped), Err(DecodeError::Checksum), "bit {bit}");
        }
        for len in 0..stored.len() {
            assert_eq!(opened(7, &stored[..len]), Err(DecodeError::Checksum), "{len} bytes");
        }
    }

    #[test]
    fn a_header_is_read_as_it_was_written_and_a_newer_one_is_named() {
        let header = FileHeader { count: 3, version: 9, format: 2, codec: "json".to_owned() };
        let bytes = header.encoded();
        assert_eq!(FileHeader::decoded(Some(&bytes)).expect("it is whole"), header);
        for at in 2..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1;
            assert!(matches!(FileHeader::decoded(Some(&flipped)), Err(OpenError::Damaged { .. })), "byte {at}");
        }
        let newer = [&[2, 0], &bytes[2..]].concat();
        assert!(matches!(FileHeader::decoded(Some(&newer)), Err(OpenError::Newer { format: 2, known: 1 })));
        assert!(matches!(FileHeader::decoded(Some(&[1])), Err(OpenError::Damaged { .. })));
        assert!(matches!(FileHeader::decoded(None), Err(OpenError::Damaged { .. })));
    }
}
