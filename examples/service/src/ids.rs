//! IDs that the service gives out: of requests, in the API's form, and of jobs.

/// A new one for each request: a random UUID in capital letters.
pub(crate) fn request_id() -> String {
    uuid().to_uppercase()
}

/// A new one for each job: a random UUID.
pub(crate) fn job_id() -> String {
    uuid()
}

/// A random UUID of version 4. 122 random bits: a second one alike is not to be expected, and the store refuses it.
fn uuid() -> String {
    let digits = format!("{:032x}", fastrand::u128(..) & !(0xf << 76) & !(0b11 << 62) | 0x4 << 76 | 0b10 << 62);
    [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-")
}
