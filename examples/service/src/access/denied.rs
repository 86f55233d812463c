//! The refusals of a request whose sender may not ask. Codes, statuses and messages are those of the API's gateway.

use std::fmt;

/// Why a request is refused before its action runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Denied {
    /// No key has the ID; 404.
    UnknownKey,
    /// The key's secret did not make the signature of this request; 400.
    WrongSignature,
    /// The nonce was used before; 400.
    UsedNonce,
    /// The time of the request is not near the service's time; 400.
    Expired,
    /// The time of the request can't be read; 400.
    MalformedTime,
    /// The key's policy does not allow the action; 403.
    ByPolicy,
    /// The console, or the metrics, are asked for without a key; 403. The code is the service's own.
    NotSignedIn,
}

impl Denied {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::UnknownKey => "InvalidAccessKeyId.NotFound",
            Self::WrongSignature => "SignatureDoesNotMatch",
            Self::UsedNonce => "SignatureNonceUsed",
            Self::Expired => "InvalidTimeStamp.Expired",
            Self::MalformedTime => "InvalidTimeStamp.Format",
            Self::ByPolicy => "Forbidden.RAM",
            Self::NotSignedIn => "NotSignedIn",
        }
    }

    pub(crate) fn http_status(self) -> u16 {
        match self {
            Self::UnknownKey => 404,
            Self::WrongSignature | Self::UsedNonce | Self::Expired | Self::MalformedTime => 400,
            Self::ByPolicy | Self::NotSignedIn => 403,
        }
    }

    /// The way out, if the message does not name it; otherwise empty.
    pub(crate) fn advice(self) -> &'static str {
        match self {
            Self::WrongSignature => "check the secret, and that nothing changes the request on its way",
            Self::Expired => "set the clock of the client: it must be within 15 minutes of the service's",
            Self::MalformedTime => "time must be in UTC, such as 2026-03-01T00:00:00Z",
            Self::ByPolicy => "the policy of the access key must allow the action",
            Self::UnknownKey | Self::UsedNonce | Self::NotSignedIn => "",
        }
    }
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownKey => "Specified access key is not found.",
            Self::WrongSignature => "Specified signature is not matched with our calculation.",
            Self::UsedNonce => "Specified signature nonce was used already.",
            Self::Expired => "Specified time stamp or date value is expired.",
            Self::MalformedTime => "Specified time stamp or date value is not well formatted.",
            Self::ByPolicy => "User not authorized to operate on the specified resource.",
            Self::NotSignedIn => "Sign in with an access key first.",
        })
    }
}
