//! The reasons why the example stops early, with their exit codes.

use std::fmt;
use std::io;
use std::process::ExitCode;

/// The reason why a run ends early.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line is wrong: exit code 2.
    Usage(String),
    /// The jobs could not be read: exit code 1.
    Input(String),
    /// The answer could not be written: exit code 1, or 0 without a message if the reader closed the pipe.
    Output(io::Error),
}

impl Failure {
    /// Whether the reader of the output closed the pipe, as `head` does. A closed pipe is not an error.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Usage(_) => ExitCode::from(2),
            Self::Input(_) | Self::Output(_) => ExitCode::FAILURE,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(reason) | Self::Input(reason) => f.write_str(reason),
            Self::Output(error) => write!(f, "cannot write the answer: {error}"),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}
