//! The traits of a record: any record, and a record with the facets of the API.

use chrono::{DateTime, Utc};

use super::facets::{Facets, LiveFacets};
use super::{StartMode, Status, TemplateType};

/// A record that a store holds: an ID, a name, a creation time, facets and labels.
///
/// A service implements this trait for its own struct and stores that struct. The answers of a record must not change
/// while it is stored, so they must not depend on interior mutability. The indexes hold each record under these
/// answers. Change a record through `update` or `upsert`.
///
/// ```
/// use chrono::{DateTime, Utc};
/// use jobdex::{JobStore, ListQuery, Record, facet};
///
/// facet! {
///     pub enum State: "state" { Queued = "queued", Running = "running", Failed = "failed" }
/// }
///
/// struct Encode { id: String, title: String, state: State, urgent: bool, queue: String, since: DateTime<Utc> }
///
/// impl Record for Encode {
///     type Facets = (State, bool);
///
///     fn job_id(&self) -> &str { &self.id }
///     fn name(&self) -> &str { &self.title }
///     fn create_time(&self) -> DateTime<Utc> { self.since }
///     fn facets(&self) -> (State, bool) { (self.state, self.urgent) }
///     fn labels(&self) -> impl Iterator<Item = (&str, &str)> { [("queue", self.queue.as_str())].into_iter() }
/// }
///
/// let store = JobStore::<Encode>::new();
/// let query = ListQuery::new().filter([State::Queued, State::Running]).filter(true).keyword("news");
/// assert_eq!(store.list(&query)?.total_count, 0);
/// # Ok::<(), jobdex::error::QueryError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a record",
    label = "this type does not implement `Record`",
    note = "implement `jobdex::Record`, or `jobdex::JobRecord` for a record with the facets of `jobdex::Job`"
)]
pub trait Record {
    /// The facets: a tuple of up to 8 types that are [`Facet`](crate::Facet), [`LiveFacets`], or
    /// [`Dyn`](crate::Dyn) if they are known at run time alone.
    type Facets: Facets;

    /// The unique ID: 1 to [`JOB_ID_BYTES_MAX`](crate::limits::JOB_ID_BYTES_MAX) bytes.
    fn job_id(&self) -> &str;
    /// The name that keywords match: at most [`NAME_BYTES_MAX`](crate::limits::NAME_BYTES_MAX) bytes and
    /// [`NAME_FOLDED_CHARS_MAX`](crate::limits::NAME_FOLDED_CHARS_MAX) characters after folding, empty allowed.
    fn name(&self) -> &str;
    /// The creation time, which orders lists. Equal times are ordered by ID.
    fn create_time(&self) -> DateTime<Utc>;
    /// The value of each facet.
    fn facets(&self) -> Self::Facets;
    /// The labels: keys with values, in any order. A key may have several values. A pair that is given twice counts
    /// once. A record has no labels unless it has this method.
    ///
    /// The [`limits`](crate::limits) bound the number of labels and the lengths of keys and values.
    ///
    /// The labels of a stored record must not differ from call to call. If they do, no write panics, and lists without a
    /// condition on labels stay right. Lists and counts of labels may then be wrong or panic until the store is cleared.
    fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        std::iter::empty()
    }
}

/// A record with the facets of a [`Job`](crate::Job). Every such record is a [`Record`].
///
/// ```
/// use chrono::{DateTime, Utc};
/// use jobdex::{JobRecord, StartMode, Status, TemplateType};
///
/// struct Encoder { id: String, title: String, live: bool, since: DateTime<Utc> }
///
/// impl JobRecord for Encoder {
///     fn job_id(&self) -> &str { &self.id }
///     fn name(&self) -> &str { &self.title }
///     fn template_type(&self) -> TemplateType { TemplateType::Normal }
///     fn start_mode(&self) -> StartMode { StartMode::Immediate }
///     fn status(&self) -> Status { if self.live { Status::Running } else { Status::Stopped } }
///     fn create_time(&self) -> DateTime<Utc> { self.since }
/// }
/// ```
pub trait JobRecord {
    /// The unique ID: 1 to [`JOB_ID_BYTES_MAX`](crate::limits::JOB_ID_BYTES_MAX) bytes.
    fn job_id(&self) -> &str;
    /// The name that keywords match: at most [`NAME_BYTES_MAX`](crate::limits::NAME_BYTES_MAX) bytes and
    /// [`NAME_FOLDED_CHARS_MAX`](crate::limits::NAME_FOLDED_CHARS_MAX) characters after folding, empty allowed.
    fn name(&self) -> &str;
    /// The first facet.
    fn template_type(&self) -> TemplateType;
    /// The second facet.
    fn start_mode(&self) -> StartMode;
    /// The third facet.
    fn status(&self) -> Status;
    /// The creation time, which orders lists. Equal times are ordered by ID.
    fn create_time(&self) -> DateTime<Utc>;
}

#[diagnostic::do_not_recommend]
impl<J: JobRecord> Record for J {
    type Facets = LiveFacets;

    #[inline]
    fn job_id(&self) -> &str {
        JobRecord::job_id(self)
    }

    #[inline]
    fn name(&self) -> &str {
        JobRecord::name(self)
    }

    #[inline]
    fn create_time(&self) -> DateTime<Utc> {
        JobRecord::create_time(self)
    }

    #[inline]
    fn facets(&self) -> LiveFacets {
        LiveFacets { template_type: self.template_type(), start_mode: self.start_mode(), status: self.status() }
    }
}
