//! The serial form of commits, for a replica in another process: `{"Version":7,"Changes":[{"Inserted":{…}}]}`.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::store::changes::{Change, Commit};

/// The serial form of a [`Change`]: `T` is a borrowed record to write, or an owned record that was read.
#[derive(Serialize, Deserialize)]
#[serde(rename = "Change", rename_all_fields = "PascalCase")]
enum SerialChange<T> {
    Inserted(T),
    Updated { before: T, after: T },
    Removed(T),
}

impl<J: Serialize> Serialize for Change<J> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let serial: SerialChange<&J> = match self {
            Self::Inserted(job) => SerialChange::Inserted(job),
            Self::Updated { before, after } => SerialChange::Updated { before, after },
            Self::Removed(job) => SerialChange::Removed(job),
        };
        serial.serialize(serializer)
    }
}

impl<'de, J: Deserialize<'de>> Deserialize<'de> for Change<J> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match SerialChange::<J>::deserialize(deserializer)? {
            SerialChange::Inserted(job) => Self::Inserted(Arc::new(job)),
            SerialChange::Updated { before, after } => {
                Self::Updated { before: Arc::new(before), after: Arc::new(after) }
            }
            SerialChange::Removed(job) => Self::Removed(Arc::new(job)),
        })
    }
}

/// The serial form of a [`Commit`]: `C` is its changes, borrowed or owned.
#[derive(Serialize, Deserialize)]
#[serde(rename = "Commit", rename_all = "PascalCase")]
struct SerialCommit<C> {
    version: u64,
    changes: C,
}

impl<J: Serialize> Serialize for Commit<J> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        SerialCommit { version: self.version, changes: &self.changes }.serialize(serializer)
    }
}

impl<'de, J: Deserialize<'de>> Deserialize<'de> for Commit<J> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let SerialCommit { version, changes } = SerialCommit::<Vec<Change<J>>>::deserialize(deserializer)?;
        Ok(Self { version, changes: changes.into() })
    }
}
