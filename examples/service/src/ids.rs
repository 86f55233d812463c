//! New IDs for requests, in the form of the API, and for jobs.

/// A new request ID: a random UUID in capital letters.
pub(crate) fn request_id() -> String {
    uuid().to_uppercase()
}

/// A new job ID: a random UUID.
pub(crate) fn job_id() -> String {
    uuid()
}

/// A random UUID of version 4. It has 122 random bits, so a collision is very unlikely; the store would refuse it.
fn uuid() -> String {
    let digits = format!("{:032x}", fastrand::u128(..) & !(0xf << 76) & !(0b11 << 62) | 0x4 << 76 | 0b10 << 62);
    [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-")
}
