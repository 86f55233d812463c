//! Codecs: the stored form of a record. The store puts a format number and a checksum around each record.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::{DecodeError, EncodeError};

/// Turns a record into bytes, and back.
///
/// The bytes of one format never change their meaning. A codec that writes another form takes the next format number and
/// reads the older formats as before, so a newer program opens an older file.
///
/// ```
/// use chrono::{DateTime, Utc};
/// use jobdex::Record;
/// use jobdex::durable::{Codec, DecodeError, EncodeError};
///
/// struct Beat { id: String }
///
/// # impl Record for Beat {
/// #     type Facets = ();
/// #     fn job_id(&self) -> &str { &self.id }
/// #     fn name(&self) -> &str { "" }
/// #     fn create_time(&self) -> DateTime<Utc> { DateTime::UNIX_EPOCH }
/// #     fn facets(&self) {}
/// # }
/// struct BeatText;
///
/// impl Codec<Beat> for BeatText {
///     const NAME: &'static str = "beat text";
///     const FORMAT: u16 = 1;
///
///     fn encode(&self, beat: &Beat, to: &mut Vec<u8>) -> Result<(), EncodeError> {
///         to.extend_from_slice(beat.id.as_bytes());
///         Ok(())
///     }
///
///     fn decode(&self, bytes: &[u8], _format: u16) -> Result<Beat, DecodeError> {
///         let id = std::str::from_utf8(bytes).map_err(DecodeError::malformed)?;
///         Ok(Beat { id: id.to_owned() })
///     }
/// }
/// ```
pub trait Codec<J>: Send + Sync + 'static {
    /// The name of the codec, which the file keeps. A store refuses a file of another codec.
    const NAME: &'static str;
    /// The newest format, in which records are written.
    const FORMAT: u16;

    /// Adds the bytes of a record to `to`.
    ///
    /// # Errors
    /// [`EncodeError`] if the record has no such form. The write that made the record is then refused.
    fn encode(&self, job: &J, to: &mut Vec<u8>) -> Result<(), EncodeError>;

    /// Reads a record that [`encode`](Self::encode) has written in this format or in an older one.
    ///
    /// # Errors
    /// [`DecodeError`] if the bytes are no record.
    fn decode(&self, bytes: &[u8], format: u16) -> Result<J, DecodeError>;
}

/// JSON, for any record with serde. Fields that a record collects by `#[serde(flatten)]` survive, also unknown ones.
#[derive(Clone, Copy, Debug, Default)]
pub struct Json;

impl<J: Serialize + DeserializeOwned> Codec<J> for Json {
    const NAME: &'static str = "json";
    const FORMAT: u16 = 1;

    fn encode(&self, job: &J, to: &mut Vec<u8>) -> Result<(), EncodeError> {
        serde_json::to_writer(to, job).map_err(EncodeError::new)
    }

    fn decode(&self, bytes: &[u8], _format: u16) -> Result<J, DecodeError> {
        serde_json::from_slice(bytes).map_err(DecodeError::malformed)
    }
}

/// A codec whose type is gone: the store keeps it in a box.
pub(super) trait AnyCodec<J>: Send + Sync {
    fn name(&self) -> &'static str;
    fn format(&self) -> u16;
    fn encode(&self, job: &J, to: &mut Vec<u8>) -> Result<(), EncodeError>;

    /// # Errors
    /// [`DecodeError::UnknownFormat`] if the format is newer than the codec; otherwise as [`Codec::decode`].
    fn decode(&self, bytes: &[u8], format: u16) -> Result<J, DecodeError>;
}

impl<J, C: Codec<J>> AnyCodec<J> for C {
    fn name(&self) -> &'static str {
        C::NAME
    }

    fn format(&self) -> u16 {
        C::FORMAT
    }

    fn encode(&self, job: &J, to: &mut Vec<u8>) -> Result<(), EncodeError> {
        Codec::encode(self, job, to)
    }

    fn decode(&self, bytes: &[u8], format: u16) -> Result<J, DecodeError> {
        if format > C::FORMAT {
            return Err(DecodeError::UnknownFormat { got: format, known: C::FORMAT });
        }
        Codec::decode(self, bytes, format)
    }
}
