//! Positions in the write-ahead log of a server.

use std::error::Error;
use std::fmt;
use std::str::FromStr;

/// A position in the write-ahead log of a server, as `pg_current_wal_insert_lsn()` returns it. Later positions are greater.
///
/// ```
/// use jobdex::follow::Lsn;
///
/// let lsn: Lsn = "16/B374D848".parse()?;
/// assert!(lsn > "16/B374D847".parse()?);
/// assert_eq!(lsn.to_string(), "16/B374D848");
/// # Ok::<(), jobdex::follow::LsnError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lsn(u64);

impl Lsn {
    /// The position after so many bytes of the log.
    pub const fn from_u64(bytes: u64) -> Self {
        Self(bytes)
    }

    /// The number of bytes of the log before this position.
    pub const fn as_u64(self) -> u64 {
        self.0
    }

    /// The bytes from an earlier position to this one; 0 if that position is not earlier.
    pub(super) fn bytes_since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for Lsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:X}/{:X}", self.0 >> 32, self.0 & 0xFFFF_FFFF)
    }
}

/// A text that is not a position in a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LsnError;

impl fmt::Display for LsnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("log position must be two hexadecimal numbers of up to 8 digits, such as 16/B374D848")
    }
}

impl Error for LsnError {}

impl FromStr for Lsn {
    type Err = LsnError;

    fn from_str(text: &str) -> Result<Self, LsnError> {
        let half = |digits: &str| {
            let is_hex = (1..=8).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
            is_hex.then(|| u64::from_str_radix(digits, 16).ok()).flatten().ok_or(LsnError)
        };
        let (high, low) = text.split_once('/').ok_or(LsnError)?;
        Ok(Self(half(high)? << 32 | half(low)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_read_as_it_is_written() {
        for bytes in [0, 1, u64::from(u32::MAX), 1 << 32, u64::MAX, 0x16_B374_D848] {
            let lsn = Lsn::from_u64(bytes);
            assert_eq!(lsn.to_string().parse(), Ok(lsn));
        }
        for refused in ["", "/", "1", "1/", "/1", "1/+2", "1/123456789", "g/0", "1/2/3", " 1/2"] {
            assert_eq!(refused.parse::<Lsn>(), Err(LsnError), "{refused:?}");
        }
    }
}
