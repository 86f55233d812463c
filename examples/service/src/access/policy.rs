//! Policies in the form of RAM: statements that allow or deny actions.
//!
//! A statement has `Effect`, `Action` and `Resource`. `Action` may have the wildcards `*` and `?`, and upper and lower
//! case are the same, as in RAM. `Resource` must be `*`, because the actions of the API have no resources of their own.
//! Anything else, such as `Condition` or `NotAction`, is an error when the file is read: a policy that is half
//! understood is worse than none.

use std::fmt;

use serde::Deserialize;

use crate::actions::Action;
use crate::limits::{POLICY_ACTIONS_MAX, POLICY_PATTERN_BYTES_MAX, POLICY_STATEMENTS_MAX};

/// The version of the policy language.
const VERSION: &str = "1";

/// The service that the actions belong to.
const SERVICE: &str = "ice";

/// The actions that a policy allows. The API has six actions, so the service evaluates a policy for each when it reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Allowed([bool; Action::ALL.len()]);

impl Allowed {
    /// Every action.
    pub(crate) const ALL: Self = Self([true; Action::ALL.len()]);

    /// Whether the action is allowed.
    pub(crate) fn has(self, action: Action) -> bool {
        self.0[action as usize]
    }
}

/// A policy as it is written.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, expecting = "an object with Version and Statement")]
pub(super) struct Policy {
    version: String,
    statement: Vec<Statement>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, expecting = "an object with Effect, Action and Resource")]
struct Statement {
    effect: Effect,
    action: OneOrMany,
    resource: OneOrMany,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
enum Effect {
    Allow,
    Deny,
}

/// A text, or a list of texts. Both forms mean the same.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "expected a text or a list of texts")]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    fn each(&self) -> &[String] {
        match self {
            Self::One(text) => std::slice::from_ref(text),
            Self::Many(texts) => texts,
        }
    }
}

/// The reason why a policy can't be used.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum PolicyError {
    Version { got: String },
    Statements { got: usize },
    Actions { got: usize },
    Action { got: String },
    Resource { got: String },
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version { got } => write!(f, "Version must be \"{VERSION}\", got {got:?}"),
            Self::Statements { got } => write!(f, "Statement must have 1 to {POLICY_STATEMENTS_MAX} items, got {got}"),
            Self::Actions { got } => write!(f, "Action must have 1 to {POLICY_ACTIONS_MAX} items, got {got}"),
            Self::Action { got } => {
                write!(
                    f,
                    "Action must be * or service:action, such as {SERVICE}:ListLiveTranscodeJobs or {SERVICE}:*, "
                )?;
                write!(f, "in at most {POLICY_PATTERN_BYTES_MAX} bytes, got {got:?}")
            }
            Self::Resource { got } => {
                write!(f, "Resource must be *, since no action of the API has resources of its own; got {got:?}")
            }
        }
    }
}

impl Policy {
    /// Checks the policy and evaluates it for every action: an action is allowed if a statement allows it and none
    /// denies it.
    ///
    /// # Errors
    /// The first part of the policy that is not supported.
    pub(super) fn allowed(&self) -> Result<Allowed, PolicyError> {
        if self.version != VERSION {
            return Err(PolicyError::Version { got: self.version.clone() });
        }
        if !(1..=POLICY_STATEMENTS_MAX).contains(&self.statement.len()) {
            return Err(PolicyError::Statements { got: self.statement.len() });
        }
        self.statement.iter().try_for_each(Statement::check)?;
        let any = |effect, name: &str| self.statement.iter().any(|s| s.effect == effect && s.matches(name));
        Ok(Allowed(Action::ALL.map(|action| {
            let name = format!("{SERVICE}:{}", action.as_str());
            any(Effect::Allow, &name) && !any(Effect::Deny, &name)
        })))
    }
}

impl Statement {
    fn check(&self) -> Result<(), PolicyError> {
        let actions = self.action.each();
        if !(1..=POLICY_ACTIONS_MAX).contains(&actions.len()) {
            return Err(PolicyError::Actions { got: actions.len() });
        }
        if let Some(got) = actions.iter().find(|action| !is_pattern(action)) {
            return Err(PolicyError::Action { got: got.clone() });
        }
        match self.resource.each() {
            [all] if all == "*" => Ok(()),
            other => Err(PolicyError::Resource { got: other.join(", ") }),
        }
    }

    fn matches(&self, name: &str) -> bool {
        self.action.each().iter().any(|pattern| matches(pattern.as_bytes(), name.as_bytes()))
    }
}

/// Whether a text has the form of an action with wildcards.
fn is_pattern(text: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"*?-_".contains(&byte))
    };
    let has_form =
        text == "*" || text.split_once(':').is_some_and(|(service, action)| is_part(service) && is_part(action));
    has_form && text.len() <= POLICY_PATTERN_BYTES_MAX
}

/// Whether a text matches a pattern: `*` stands for any bytes and `?` for one. Letters are compared without case.
///
/// Costs O(pattern · text): after a mismatch the last `*` takes one more byte, and no earlier one needs to.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut from) = (0, 0);
    let mut last_star = None;
    while from < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                last_star = Some((at, from));
                at += 1;
            }
            Some(&byte) if byte == b'?' || byte.eq_ignore_ascii_case(&text[from]) => {
                at += 1;
                from += 1;
            }
            _ => {
                let Some((star, taken)) = last_star else { return false };
                last_star = Some((star, taken + 1));
                at = star + 1;
                from = taken + 1;
            }
        }
    }
    pattern[at..].iter().all(|&byte| byte == b'*')
}
