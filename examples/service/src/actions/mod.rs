//! The actions of the API: each turns parameters into the JSON of an answer. They know nothing of HTTP.
//!
//! Each action has its own module. An action reads its parameters in the order of the API reference and refuses the
//! first invalid one.

mod command;
mod delete;
mod get;
mod list;
mod submit;
mod texts;
mod update;

use serde::Serialize;

use crate::errors::{Refusal, invalid};
use crate::params::Params;
use crate::state::State;

/// The version of the API.
pub(crate) const VERSION: &str = "2020-11-09";

/// An action of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    List,
    Submit,
    Get,
    Update,
    SendCommand,
    Delete,
}

impl Action {
    pub(crate) const ALL: [Self; 6] =
        [Self::List, Self::Submit, Self::Get, Self::Update, Self::SendCommand, Self::Delete];

    /// The name of the action in requests.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::List => "ListLiveTranscodeJobs",
            Self::Submit => "SubmitLiveTranscodeJob",
            Self::Get => "GetLiveTranscodeJob",
            Self::Update => "UpdateLiveTranscodeJob",
            Self::SendCommand => "SendLiveTranscodeJobCommand",
            Self::Delete => "DeleteLiveTranscodeJob",
        }
    }

    /// The action with exactly this name.
    ///
    /// # Errors
    /// Any other name is an invalid `Action`.
    pub(crate) fn from_name(name: &str) -> Result<Self, Refusal> {
        Self::ALL.into_iter().find(|action| action.as_str() == name).ok_or_else(|| {
            let names = Self::ALL.map(Self::as_str).join(", ");
            invalid("Action", format!("action must be one of {names}")).into()
        })
    }

    /// Whether the action changes jobs.
    pub(crate) fn writes(self) -> bool {
        !matches!(self, Self::List | Self::Get)
    }

    /// Runs the action and returns the JSON of its answer.
    ///
    /// # Errors The refusal if a parameter is invalid or the state of a job forbids the action. After an error, no job
    /// has changed.
    pub(crate) async fn answer(self, state: &State, params: &Params<'_>, request_id: &str) -> Result<Vec<u8>, Refusal> {
        match self {
            Self::List => list::answer(state, params, request_id),
            Self::Submit => submit::answer(state, params, request_id).await,
            Self::Get => get::answer(state, params, request_id),
            Self::Update => update::answer(state, params, request_id).await,
            Self::SendCommand => command::answer(state, params, request_id).await,
            Self::Delete => delete::answer(state, params, request_id).await,
        }
    }
}

/// The answer of an action that returns only the request ID.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Done<'a> {
    request_id: &'a str,
}

fn done(request_id: &str) -> Vec<u8> {
    json(&Done { request_id })
}

/// Serializes an answer to JSON.
pub(crate) fn json(answer: &impl Serialize) -> Vec<u8> {
    // Room for most answers, so that the buffer does not grow.
    let mut json = Vec::with_capacity(512);
    serde_json::to_writer(&mut json, answer).expect("an answer consists of texts, numbers, lists and objects");
    json
}
