//! The response of `ListLiveTranscodeJobs`.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::exec::Page;
use crate::job::Job;

/// One page of jobs as the API shows it: `{"RequestId":…,"TotalCount":…,"JobList":[…]}`.
///
/// The response shares the jobs of its [`Page`] with the store, so no record is copied. A client reads the same type
/// back. Reading ignores unknown fields, and a missing field is an error.
///
/// ```
/// use jobdex::wire::ListLiveTranscodeJobsResponse;
///
/// let response: ListLiveTranscodeJobsResponse =
///     serde_json::from_str(r#"{"RequestId":"4E84BE44-58A7","TotalCount":12,"JobList":[]}"#)?;
/// assert_eq!(response.total_count, 12);
/// assert_eq!(
///     serde_json::to_string(&response)?,
///     r#"{"RequestId":"4E84BE44-58A7","TotalCount":12,"JobList":[]}"#,
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", bound(serialize = "J: Serialize", deserialize = "J: Deserialize<'de>"))]
pub struct ListLiveTranscodeJobsResponse<J = Job> {
    /// The ID of the request that the response answers.
    pub request_id: String,
    /// How many jobs match in all, before paging.
    pub total_count: u64,
    /// The jobs of the page, in the order asked for.
    #[serde(serialize_with = "serialize_shared", deserialize_with = "deserialize_shared")]
    pub job_list: Vec<Arc<J>>,
}

impl<J> ListLiveTranscodeJobsResponse<J> {
    /// The response for this page.
    ///
    /// The API has no field for [`Page::match_level`] and [`Page::next`]. A caller that needs them reads them from the
    /// page first. Costs **O(1)**.
    ///
    /// ```
    /// use jobdex::wire::ListLiveTranscodeJobsResponse;
    /// use jobdex::{JobStore, ListQuery};
    ///
    /// let store: JobStore = JobStore::new();
    /// let page = store.list(&ListQuery::new())?;
    /// let response = ListLiveTranscodeJobsResponse::new(page, "4E84BE44-58A7");
    /// assert_eq!(response.total_count, 0);
    /// # Ok::<(), jobdex::error::QueryError>(())
    /// ```
    pub fn new(page: Page<J>, request_id: impl Into<String>) -> Self {
        Self { request_id: request_id.into(), total_count: page.total_count, job_list: page.jobs }
    }
}

fn serialize_shared<J: Serialize, S: Serializer>(jobs: &[Arc<J>], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(jobs.iter().map(Arc::as_ref))
}

fn deserialize_shared<'de, J: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<Arc<J>>, D::Error> {
    Ok(Vec::<J>::deserialize(deserializer)?.into_iter().map(Arc::new).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Own(&'static str);

    #[test]
    fn a_page_becomes_a_response_that_shares_its_records() {
        let jobs = vec![Arc::new(Own("b")), Arc::new(Own("a"))];
        let page = Page { jobs: jobs.clone(), total_count: 12, match_level: None, corrections: vec![], next: None };
        let response = ListLiveTranscodeJobsResponse::new(page, "4E84BE44-58A7");
        assert!(response.job_list.iter().zip(&jobs).all(|(shown, stored)| Arc::ptr_eq(shown, stored)));
        assert_eq!(
            serde_json::to_string(&response).expect("plain JSON"),
            r#"{"RequestId":"4E84BE44-58A7","TotalCount":12,"JobList":["b","a"]}"#,
        );
    }

    #[test]
    fn a_page_past_the_end_is_an_empty_list_with_the_right_total() {
        let page: Page =
            Page { jobs: vec![], total_count: u64::MAX, match_level: None, corrections: vec![], next: None };
        assert_eq!(
            serde_json::to_string(&ListLiveTranscodeJobsResponse::new(page, "")).expect("plain JSON"),
            r#"{"RequestId":"","TotalCount":18446744073709551615,"JobList":[]}"#,
        );
    }
}
