//! The lacks of a server, a role, a publication or a table, each with the statement that mends it.

use std::fmt;

/// The reason why a table can't be followed as the server is. [`statement`](Self::statement) mends it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unfit {
    /// The server is older than `PostgreSQL` 14.
    Version {
        /// The version of the server.
        got: String,
    },
    /// The server writes too little to its log.
    WalLevel {
        /// The setting of the server.
        got: String,
    },
    /// The server is a standby.
    Standby,
    /// The role may not replicate.
    Role {
        /// The role.
        role: String,
    },
    /// No publication has the name.
    PublicationMissing {
        /// The publication.
        publication: String,
        /// The table.
        table: String,
    },
    /// The publication does not publish the table.
    NotPublished {
        /// The publication.
        publication: String,
        /// The table.
        table: String,
    },
    /// The publication leaves out some kinds of change.
    Operations {
        /// The publication.
        publication: String,
        /// The kinds that it publishes.
        got: String,
    },
    /// The table has partitions, and the publication publishes each of them by itself.
    Partitions {
        /// The publication.
        publication: String,
    },
    /// No table has the name.
    TableMissing {
        /// The name.
        table: String,
    },
    /// It is a view, a foreign table or the like, or a table that is not logged.
    NotATable {
        /// The name.
        table: String,
        /// What it is.
        got: &'static str,
    },
    /// The table has no such column.
    ColumnMissing {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// The publication leaves out a column.
    ColumnNotPublished {
        /// The publication.
        publication: String,
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// All columns that the record needs.
        columns: Vec<String>,
    },
    /// The server computes the column, and does not publish it.
    ColumnGenerated {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// The server does not say which row an update or a delete is of: the job ID is not in the replica identity.
    ReplicaIdentity {
        /// The table or its partition.
        table: String,
        /// The column of the job ID.
        column: String,
        /// The setting of the table: default, index or nothing.
        got: &'static str,
    },
    /// The role may not read a column.
    Privilege {
        /// The role.
        role: String,
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// Policies hide rows from the role, but the stream would have them.
    RowSecurity {
        /// The role.
        role: String,
    },
    /// A slot of the name is for something else.
    SlotTaken {
        /// The slot.
        slot: String,
    },
}

impl Unfit {
    /// The SQL statement that mends it, to be run by a role that may. `None` if there is none.
    ///
    /// ```
    /// # use jobdex::follow::Unfit;
    /// # fn mend(unfit: &Unfit) {
    /// if let Some(statement) = unfit.statement() {
    ///     eprintln!("run {statement}");
    /// }
    /// # }
    /// ```
    pub fn statement(&self) -> Option<String> {
        Some(match self {
            Self::NotATable { got: "an unlogged table", table } => format!("alter table {table} set logged"),
            Self::Version { .. } | Self::Standby | Self::TableMissing { .. } | Self::NotATable { .. } => return None,
            Self::WalLevel { .. } => "alter system set wal_level = 'logical'".to_owned(),
            Self::Role { role } => format!("alter role {} replication", quoted_name(role)),
            Self::PublicationMissing { publication, table } => {
                format!("create publication {} for table {table}", quoted_name(publication))
            }
            Self::NotPublished { publication, table } => {
                format!("alter publication {} add table {table}", quoted_name(publication))
            }
            Self::Operations { publication, .. } => format!(
                "alter publication {} set (publish = 'insert, update, delete, truncate')",
                quoted_name(publication)
            ),
            Self::Partitions { publication } => {
                format!("alter publication {} set (publish_via_partition_root = true)", quoted_name(publication))
            }
            Self::ColumnMissing { table, column } => {
                format!("alter table {table} add column {} text", quoted_name(column))
            }
            Self::ColumnNotPublished { publication, table, columns, .. } => {
                let columns: Vec<String> = columns.iter().map(|column| quoted_name(column)).collect();
                format!("alter publication {} set table {table} ({})", quoted_name(publication), columns.join(", "))
            }
            Self::ColumnGenerated { table, column } => {
                format!("alter table {table} alter column {} drop expression", quoted_name(column))
            }
            Self::ReplicaIdentity { table, column, got } => identity_statement(table, column, got),
            Self::Privilege { role, table, .. } => format!("grant select on {table} to {}", quoted_name(role)),
            Self::RowSecurity { role } => format!("alter role {} bypassrls", quoted_name(role)),
            Self::SlotTaken { slot } => format!("select pg_drop_replication_slot({})", quoted_text(slot)),
        })
    }
}

fn identity_statement(table: &str, column: &str, got: &str) -> String {
    match got {
        "default" => format!("alter table {table} add primary key ({})", quoted_name(column)),
        "nothing" => format!("alter table {table} replica identity default"),
        _ => format!("alter table {table} replica identity full"),
    }
}

/// A name as SQL has it in quotes.
pub(super) fn quoted_name(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text as SQL has it, with standard strings, which each session of a follower sets.
pub(super) fn quoted_text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version { got } => write!(f, "server must be PostgreSQL 14 or newer, got {got}")?,
            Self::WalLevel { got } => write!(f, "wal_level must be logical, got {got}")?,
            Self::Standby => {
                f.write_str("server must be a primary, got a standby; name the primary in the connection")?;
            }
            Self::Role { role } => write!(f, "role {role:?} must have the attribute REPLICATION")?,
            Self::PublicationMissing { publication, .. } => write!(f, "no publication has the name {publication:?}")?,
            Self::NotPublished { publication, table } => {
                write!(f, "publication {publication:?} does not publish the table {table}")?;
            }
            Self::Operations { publication, got } => {
                write!(f, "publication {publication:?} must publish insert, update, delete, truncate, got {got}")?;
            }
            Self::Partitions { publication } => {
                write!(f, "publication {publication:?} must publish a table of partitions as one table")?;
            }
            Self::TableMissing { table } => write!(f, "no table has the name {table}; create it")?,
            Self::NotATable { table, got } => write!(f, "{table} must be a logged table, got {got}")?,
            Self::ColumnMissing { table, column } => write!(f, "table {table} must have the column {column:?}")?,
            Self::ColumnNotPublished { publication, table, column, .. } => {
                write!(f, "publication {publication:?} leaves out the column {column:?} of table {table}")?;
            }
            Self::ColumnGenerated { table, column } => {
                write!(f, "column {column:?} of table {table} is generated, so it is not published")?;
            }
            Self::ReplicaIdentity { table, column, got } => write!(
                f,
                "replica identity of table {table} must have the column {column:?}, got one of {got} without it"
            )?,
            Self::Privilege { role, table, column } => {
                write!(f, "role {role:?} must have the privilege to select the column {column:?} of table {table}")?;
            }
            Self::RowSecurity { role } => write!(f, "policies of the table hide rows from the role {role:?}")?,
            Self::SlotTaken { slot } => write!(f, "slot {slot:?} is not a slot of pgoutput in this database")?,
        }
        match (self.statement(), self) {
            (Some(statement), Self::WalLevel { .. }) => write!(f, "; run {statement}; and restart the server"),
            (Some(statement), _) => write!(f, "; run {statement};"),
            (None, _) => Ok(()),
        }
    }
}
