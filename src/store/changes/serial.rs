//! Commits as text, for a replica in another process: `{"Version":7,"Changes":[{"Inserted":{…}}]}`.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::store::changes::{Change, Commit};

/// A change as it is written: of borrowed records, or, when read, of records of its own.
#[derive(Serialize, Deserialize)]
#[serde(rename = "Change", rename_all_fields = "PascalCase")]
enum Told<T> {
    Inserted(T),
    Updated { before: T, after: T },
    Removed(T),
}

impl<J: Serialize> Serialize for Change<J> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let told: Told<&J> = match self {
            Self::Inserted(job) => Told::Inserted(job),
            Self::Updated { before, after } => Told::Updated { before, after },
            Self::Removed(job) => Told::Removed(job),
        };
        told.serialize(serializer)
    }
}

impl<'de, J: Deserialize<'de>> Deserialize<'de> for Change<J> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Told::<J>::deserialize(deserializer)? {
            Told::Inserted(job) => Self::Inserted(Arc::new(job)),
            Told::Updated { before, after } => Self::Updated { before: Arc::new(before), after: Arc::new(after) },
            Told::Removed(job) => Self::Removed(Arc::new(job)),
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename = "Commit", rename_all = "PascalCase")]
struct ToldCommit<C> {
    version: u64,
    changes: C,
}

impl<J: Serialize> Serialize for Commit<J> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        ToldCommit { version: self.version, changes: &self.changes }.serialize(serializer)
    }
}

impl<'de, J: Deserialize<'de>> Deserialize<'de> for Commit<J> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let ToldCommit { version, changes } = ToldCommit::<Vec<Change<J>>>::deserialize(deserializer)?;
        Ok(Self { version, changes: changes.into() })
    }
}
