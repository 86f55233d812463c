//! New IDs for requests, in the form of the API, and for jobs.

const UPPER: &[u8; 16] = b"0123456789ABCDEF";
const LOWER: &[u8; 16] = b"0123456789abcdef";

/// A new request ID: a random UUID in capital letters.
pub(crate) fn request_id() -> String {
    uuid(UPPER)
}

/// A new job ID: a random UUID.
pub(crate) fn job_id() -> String {
    uuid(LOWER)
}

/// A random UUID of version 4. It has 122 random bits, so a collision is very unlikely; the store would refuse it.
fn uuid(digits: &[u8; 16]) -> String {
    let number = fastrand::u128(..) & !(0xf << 76) & !(0b11 << 62) | 0x4 << 76 | 0b10 << 62;
    let mut text = String::with_capacity(36);
    for (place, byte) in number.to_be_bytes().into_iter().enumerate() {
        if matches!(place, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push(char::from(digits[usize::from(byte >> 4)]));
        text.push(char::from(digits[usize::from(byte & 0xf)]));
    }
    text
}
