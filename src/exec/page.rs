//! The answer to a query: a page of a list.

use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::corrections::Correction;
use crate::job::{Job, Record};
use crate::query::{AnsweredRung, Cursor, MatchLevel, SortOrder, ValidQuery};
use crate::rows::row::Row;

/// One page of a list. It serializes as an object with the names of the fields here, in this order.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(bound = "J: Serialize")]
#[non_exhaustive]
pub struct Page<J = Job> {
    /// The jobs of this page in the order asked for, shared with the store, not copied.
    #[serde(serialize_with = "serialize_shared")]
    pub jobs: Vec<Arc<J>>,
    /// How many jobs match in all, before paging. Always exact.
    pub total_count: u64,
    /// The rung at which the keyword matched in this store, under any filter; `None` without a keyword, and if the keyword
    /// matches no job at all.
    pub match_level: Option<MatchLevel>,
    /// The words that stood in for words of the keyword, on a rung that allows typos; empty on the literal rung. Each
    /// correction is for a word that no matching name has as typed, in the keyword's order, with its stand-ins, the best
    /// first. So a console can say "showing results for `national`". Like the rung, corrections depend on the keyword and
    /// the store, and not on the page or the filters.
    ///
    /// ```
    /// use jobdex::{Job, JobStore, ListQuery};
    /// # let job: Job = serde_json::from_str(r#"{"Name":"","JobId":"a046","TemplateType":"normal","TemplateId":"t1",
    /// #     "TemplateName":"HD","StartMode":0,"Status":1,"StreamInput":{"Type":"rtmp","InputUrl":""},
    /// #     "OutputStream":{"StreamInfos":[]},"CreateTime":"2022-07-20T02:48:58Z"}"#)?;
    ///
    /// let mut store = JobStore::new();
    /// store.insert(Job { name: "National Geographic".into(), ..job })?;
    /// let page = store.list(&ListQuery::new().keyword("Natoinal geo"))?;
    /// let correction = &page.corrections[0];
    /// assert_eq!((correction.typed.as_str(), &*correction.words[0]), ("Natoinal", "national"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub corrections: Vec<Correction>,
    /// The cursor of the next page; `None` on the last page.
    pub next: Option<Cursor>,
}

/// Takes the rows of a page, in time order, whatever the order of the query. A page is cut for records of any type, so it has
/// no vector of jobs to put them into; and a vector of rows would cost an allocation.
pub(crate) trait RowSink {
    /// So many rows will come.
    fn reserve(&mut self, len: usize);

    fn push(&mut self, row: Row);
}

impl RowSink for Vec<Row> {
    fn reserve(&mut self, len: usize) {
        Self::reserve_exact(self, len);
    }

    fn push(&mut self, row: Row) {
        Self::push(self, row);
    }
}

/// Everything of a page but its jobs.
pub(crate) struct PageFrame {
    pub(crate) total_count: u64,
    pub(crate) rung: AnsweredRung,
    pub(crate) corrections: Vec<Correction>,
    /// Whether no match follows in the order of the query.
    pub(crate) is_last: bool,
}

impl<J: Record> Page<J> {
    /// The page of a query, with its jobs in time order.
    pub(crate) fn new(frame: PageFrame, mut jobs: Vec<Arc<J>>, query: &ValidQuery<'_>) -> Self {
        let PageFrame { total_count, rung, corrections, is_last } = frame;
        if query.sort == SortOrder::Desc {
            jobs.reverse();
        }
        let last = jobs.last().filter(|_| !is_last);
        let next = last.map(|job| query.cursor_after(job.create_time(), job.job_id(), rung));
        Self { jobs, total_count, match_level: rung.level, corrections, next }
    }
}

fn serialize_shared<J: Serialize, S: Serializer>(jobs: &[Arc<J>], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(jobs.iter().map(Arc::as_ref))
}

impl<J> Clone for Page<J> {
    /// Shares the jobs again; they need not be `Clone`.
    fn clone(&self) -> Self {
        Self {
            jobs: self.jobs.clone(),
            total_count: self.total_count,
            match_level: self.match_level,
            corrections: self.corrections.clone(),
            next: self.next.clone(),
        }
    }
}
