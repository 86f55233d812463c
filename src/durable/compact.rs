//! A compact numbered form of a [`Job`].
//!
//! ```text
//! record: field*      field: head (number << 2 | kind), then the value of that kind
//! kind 0: varint      kind 1: length, bytes      kind 2: a UUID in 16 bytes      kind 3: length, hexadecimal digits in pairs
//! ```
//! Empty texts and zeros have no field. A reader passes over numbers that it does not know, since the kind says how long a
//! field is. A number is never used again for another field.

use chrono::DateTime;

use super::codec::Codec;
use super::error::{DecodeError, EncodeError};
use crate::job::{Facet, Job, OutputStream, StartMode, Status, StreamInfo, StreamInput, TemplateType};

/// The compact form of [`Job`]: fields by number, and IDs that are UUIDs or hexadecimal digits in half their length.
///
/// A job of a record that a newer program has given more fields loses them when this program writes the job.
#[derive(Clone, Copy, Debug, Default)]
pub struct CompactJob;

const NAME: u8 = 1;
const JOB_ID: u8 = 2;
const TEMPLATE_TYPE: u8 = 3;
const TEMPLATE_ID: u8 = 4;
const TEMPLATE_NAME: u8 = 5;
const START_MODE: u8 = 6;
const STATUS: u8 = 7;
const INPUT_TYPE: u8 = 8;
const INPUT_URL: u8 = 9;
const OUTPUT: u8 = 10;
const SECONDS: u8 = 11;
const NANOSECONDS: u8 = 12;
/// The fields of an output.
const OUTPUT_TYPE: u8 = 1;
const OUTPUT_URL: u8 = 2;

const VARINT: u8 = 0;
const BYTES: u8 = 1;
const UUID: u8 = 2;
const HEX: u8 = 3;

/// The places of the dashes in the text of a UUID.
const DASHES: [usize; 4] = [8, 13, 18, 23];
const UUID_LEN: usize = 36;

impl Codec<Job> for CompactJob {
    const NAME: &'static str = "compact job";
    const FORMAT: u16 = 1;

    fn encode(&self, job: &Job, to: &mut Vec<u8>) -> Result<(), EncodeError> {
        put_text(to, NAME, &job.name);
        put_text(to, JOB_ID, &job.job_id);
        put_number(to, TEMPLATE_TYPE, job.template_type.ordinal() as u64);
        put_text(to, TEMPLATE_ID, &job.template_id);
        put_text(to, TEMPLATE_NAME, &job.template_name);
        put_number(to, START_MODE, job.start_mode.ordinal() as u64);
        put_number(to, STATUS, job.status.ordinal() as u64);
        put_text(to, INPUT_TYPE, &job.stream_input.r#type);
        put_text(to, INPUT_URL, &job.stream_input.input_url);
        for stream in &job.output_stream.stream_infos {
            let mut output = Vec::with_capacity(64);
            put_text(&mut output, OUTPUT_TYPE, &stream.r#type);
            put_text(&mut output, OUTPUT_URL, &stream.output_url);
            put_bytes(to, OUTPUT, BYTES, &output);
        }
        put_number(to, SECONDS, zigzag(job.create_time.timestamp()));
        put_number(to, NANOSECONDS, job.create_time.timestamp_subsec_nanos().into());
        Ok(())
    }

    fn decode(&self, bytes: &[u8], _format: u16) -> Result<Job, DecodeError> {
        let mut job = Job {
            name: String::new(),
            job_id: String::new(),
            template_type: TemplateType::Normal,
            template_id: String::new(),
            template_name: String::new(),
            start_mode: StartMode::Immediate,
            status: Status::Pending,
            stream_input: StreamInput::default(),
            output_stream: OutputStream::default(),
            create_time: DateTime::UNIX_EPOCH,
        };
        let (mut seconds, mut nanoseconds) = (0, 0);
        let mut fields = Fields { bytes };
        while let Some(field) = fields.next()? {
            match field.number {
                NAME => job.name = field.text()?,
                JOB_ID => job.job_id = field.text()?,
                TEMPLATE_TYPE => job.template_type = field.facet()?,
                TEMPLATE_ID => job.template_id = field.text()?,
                TEMPLATE_NAME => job.template_name = field.text()?,
                START_MODE => job.start_mode = field.facet()?,
                STATUS => job.status = field.facet()?,
                INPUT_TYPE => job.stream_input.r#type = field.text()?,
                INPUT_URL => job.stream_input.input_url = field.text()?,
                OUTPUT => job.output_stream.stream_infos.push(output(field.bytes()?)?),
                SECONDS => seconds = unzigzag(field.varint()?),
                NANOSECONDS => nanoseconds = u32::try_from(field.varint()?).map_err(DecodeError::malformed)?,
                _ => {}
            }
        }
        let time = DateTime::from_timestamp(seconds, nanoseconds);
        job.create_time = time.ok_or_else(|| DecodeError::malformed("creation time is out of the calendar"))?;
        Ok(job)
    }
}

fn output(bytes: &[u8]) -> Result<StreamInfo, DecodeError> {
    let mut stream = StreamInfo::default();
    let mut fields = Fields { bytes };
    while let Some(field) = fields.next()? {
        match field.number {
            OUTPUT_TYPE => stream.r#type = field.text()?,
            OUTPUT_URL => stream.output_url = field.text()?,
            _ => {}
        }
    }
    Ok(stream)
}

fn put_number(to: &mut Vec<u8>, number: u8, value: u64) {
    if value != 0 {
        to.push(number << 2 | VARINT);
        put_varint(to, value);
    }
}

fn put_text(to: &mut Vec<u8>, number: u8, text: &str) {
    if text.is_empty() {
        return;
    }
    let bytes = text.as_bytes();
    if let Some(packed) = packed_uuid(bytes) {
        to.push(number << 2 | UUID);
        to.extend_from_slice(&packed);
    } else if let Some(packed) = packed_hex(bytes) {
        put_bytes(to, number, HEX, &packed);
    } else {
        put_bytes(to, number, BYTES, bytes);
    }
}

fn put_bytes(to: &mut Vec<u8>, number: u8, kind: u8, bytes: &[u8]) {
    to.push(number << 2 | kind);
    put_varint(to, bytes.len() as u64);
    to.extend_from_slice(bytes);
}

/// Seven bits a byte, the lowest first; the highest bit says that more follow.
fn put_varint(to: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        to.push(low_byte(value) | 0x80);
        value >>= 7;
    }
    to.push(low_byte(value));
}

fn low_byte(value: u64) -> u8 {
    value.to_le_bytes()[0]
}

/// Small numbers of either sign become small numbers.
fn zigzag(value: i64) -> u64 {
    (value << 1 ^ value >> 63).cast_unsigned()
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}

fn packed_uuid(text: &[u8]) -> Option<[u8; 16]> {
    if text.len() != UUID_LEN || DASHES.iter().any(|&at| text[at] != b'-') {
        return None;
    }
    let digits = text.iter().copied().enumerate().filter(|(at, _)| !DASHES.contains(at)).map(|(_, digit)| digit);
    let (mut packed, mut at) = ([0; 16], 0);
    for digit in digits {
        packed[at / 2] = packed[at / 2] << 4 | digit_value(digit)?;
        at += 1;
    }
    Some(packed)
}

/// `None` unless the text is pairs of lower-case digits and shorter so.
fn packed_hex(text: &[u8]) -> Option<Vec<u8>> {
    if text.len() < 4 || !text.len().is_multiple_of(2) {
        return None;
    }
    text.chunks_exact(2).map(|pair| Some(digit_value(pair[0])? << 4 | digit_value(pair[1])?)).collect()
}

fn digit_value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

fn digit(value: u8) -> char {
    char::from_digit(u32::from(value & 0xf), 16).expect("four bits are a digit")
}

fn unpacked(packed: &[u8]) -> String {
    packed.iter().flat_map(|&pair| [digit(pair >> 4), digit(pair)]).collect()
}

/// A field of a record.
struct Field<'b> {
    number: u8,
    value: FieldValue<'b>,
}

enum FieldValue<'b> {
    Varint(u64),
    Bytes(&'b [u8]),
    Uuid(&'b [u8]),
    Hex(&'b [u8]),
}

impl<'b> Field<'b> {
    fn varint(&self) -> Result<u64, DecodeError> {
        match self.value {
            FieldValue::Varint(value) => Ok(value),
            _ => Err(self.wrong_kind()),
        }
    }

    fn bytes(&self) -> Result<&'b [u8], DecodeError> {
        match self.value {
            FieldValue::Bytes(bytes) => Ok(bytes),
            _ => Err(self.wrong_kind()),
        }
    }

    fn text(&self) -> Result<String, DecodeError> {
        match self.value {
            FieldValue::Varint(_) => Err(self.wrong_kind()),
            FieldValue::Bytes(bytes) => Ok(std::str::from_utf8(bytes).map_err(DecodeError::malformed)?.to_owned()),
            FieldValue::Hex(packed) => Ok(unpacked(packed)),
            FieldValue::Uuid(packed) => {
                let mut text = unpacked(packed);
                for at in DASHES {
                    text.insert(at, '-');
                }
                Ok(text)
            }
        }
    }

    fn facet<F: Facet>(&self) -> Result<F, DecodeError> {
        let ordinal = usize::try_from(self.varint()?).ok().filter(|&ordinal| ordinal < F::LEN);
        let ordinal = ordinal.ok_or_else(|| DecodeError::malformed(format!("{} has no such value", F::NAME)))?;
        Ok(F::from_ordinal(ordinal))
    }

    fn wrong_kind(&self) -> DecodeError {
        DecodeError::malformed(format!("field {} is of another kind", self.number))
    }
}

/// The fields of a record, one after another.
struct Fields<'b> {
    bytes: &'b [u8],
}

impl<'b> Fields<'b> {
    fn next(&mut self) -> Result<Option<Field<'b>>, DecodeError> {
        let Some((&head, rest)) = self.bytes.split_first() else { return Ok(None) };
        self.bytes = rest;
        let value = match head & 0b11 {
            VARINT => FieldValue::Varint(self.varint()?),
            UUID => FieldValue::Uuid(self.take(16)?),
            kind => {
                let len = usize::try_from(self.varint()?).map_err(DecodeError::malformed)?;
                let bytes = self.take(len)?;
                if kind == BYTES { FieldValue::Bytes(bytes) } else { FieldValue::Hex(bytes) }
            }
        };
        Ok(Some(Field { number: head >> 2, value }))
    }

    fn varint(&mut self) -> Result<u64, DecodeError> {
        let mut value = 0;
        // Ten bytes hold 64 bits.
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(DecodeError::malformed("a number is longer than 64 bits"))
    }

    fn take(&mut self, len: usize) -> Result<&'b [u8], DecodeError> {
        let (taken, rest) =
            self.bytes.split_at_checked(len).ok_or_else(|| DecodeError::malformed("the record ends within a field"))?;
        self.bytes = rest;
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn job(texts: [String; 6], streams: Vec<(String, String)>, seconds: i64, nanoseconds: u32, facets: usize) -> Job {
        let [name, job_id, template_id, template_name, r#type, input_url] = texts;
        let streams = streams.into_iter().map(|(r#type, output_url)| StreamInfo { r#type, output_url });
        Job {
            name,
            job_id,
            template_type: TemplateType::from_ordinal(facets % 4),
            template_id,
            template_name,
            start_mode: StartMode::from_ordinal(facets / 4 % 2),
            status: Status::from_ordinal(facets / 8 % 3),
            stream_input: StreamInput { r#type, input_url },
            output_stream: OutputStream { stream_infos: streams.collect() },
            create_time: DateTime::from_timestamp(seconds, nanoseconds).expect("it is in the calendar"),
        }
    }

    fn encoded(job: &Job) -> Vec<u8> {
        let mut bytes = Vec::new();
        Codec::encode(&CompactJob, job, &mut bytes).expect("every job has a compact form");
        bytes
    }

    fn text() -> impl Strategy<Value = String> {
        let uuid = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
        prop_oneof!["\\PC{0,12}", "[0-9a-f]{0,40}", "[0-9a-fA-F-]{36}", uuid, Just(String::new())]
    }

    proptest! {
        #[test]
        fn a_job_is_read_as_it_was_written(
            texts in prop::array::uniform6(text()),
            streams in prop::collection::vec((text(), text()), 0..4),
            seconds in -8_000_000_000_000_i64..8_000_000_000_000,
            nanoseconds in 0..1_000_000_000_u32,
            facets in 0..24_usize,
        ) {
            let job = job(texts, streams, seconds, nanoseconds, facets);
            prop_assert_eq!(Codec::decode(&CompactJob, &encoded(&job), 1), Ok(job));
        }

        #[test]
        fn any_bytes_are_a_job_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(job) = Codec::decode(&CompactJob, &bytes, 1) {
                prop_assert_eq!(Codec::decode(&CompactJob, &encoded(&job), 1), Ok(job));
            }
        }
    }

    #[test]
    fn fields_of_unknown_numbers_are_passed_over() {
        let job = job(Default::default(), Vec::new(), -1, 5, 23);
        let mut bytes = vec![40 << 2 | VARINT, 0xff, 1, 41 << 2 | BYTES, 2, 7, 7, 43 << 2 | HEX, 1, 9, 42 << 2 | UUID];
        bytes.extend([3; 16]);
        bytes.extend(encoded(&job));
        assert_eq!(Codec::decode(&CompactJob, &bytes, 1), Ok(job));
    }

    #[test]
    fn a_uuid_takes_half_of_its_text() {
        let job_id = "0bf1c3a2-7d8e-4f00-9abc-0123456789ab".to_owned();
        let job =
            job([String::new(), job_id, String::new(), String::new(), String::new(), String::new()], vec![], 0, 0, 0);
        assert_eq!(encoded(&job).len(), 17);
    }
}
