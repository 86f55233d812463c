//! The request of `ListLiveTranscodeJobs`.
//!
//! A request becomes a query in two steps, and each step has its type. Reading returns a
//! [`ListLiveTranscodeJobsRequest`], which has numbers and texts as they were sent.
//! [`to_query`](ListLiveTranscodeJobsRequest::to_query) checks the values and returns a [`ListQuery`].

use serde::{Deserialize, Deserializer, Serialize};

use super::request_error::RequestError;
use crate::job::{StartMode, Status, TemplateType};
use crate::limits::{PAGE_NO_MIN, PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX};
use crate::query::query_string::{decoded, encoded_pairs};
use crate::query::{ListQuery, SortOrder, check_limits};

pub(super) const TYPE: &str = "Type";
pub(super) const START_MODE: &str = "StartMode";
pub(super) const STATUS: &str = "Status";
pub(super) const PAGE_NO: &str = "PageNo";
pub(super) const PAGE_SIZE: &str = "PageSize";
pub(super) const SORT_BY: &str = "SortBy";
pub(super) const KEY_WORD: &str = "KeyWord";

/// Every parameter of the request, by its name on the wire. Names are compared exactly.
const PARAMETERS: [&str; 7] = [TYPE, START_MODE, STATUS, PAGE_NO, PAGE_SIZE, SORT_BY, KEY_WORD];

/// A request for one page of jobs, as it was sent. Every parameter is optional. Reading checks only its form.
///
/// An empty text means that the parameter is absent. In JSON, numbers are integers, `null` means absent, and unknown
/// fields are ignored. A text in place of an integer is an error. The request serializes to that JSON, without the
/// absent fields.
///
/// ```
/// use jobdex::wire::ListLiveTranscodeJobsRequest;
///
/// let text = r#"{"Status":1,"KeyWord":"","PageNo":2}"#;
/// let request: ListLiveTranscodeJobsRequest = serde_json::from_str(text)?;
/// let expected =
///     ListLiveTranscodeJobsRequest { status: Some(1), page_no: Some(2), ..Default::default() };
/// assert_eq!(request, expected);
/// assert_eq!(serde_json::to_string(&request)?, r#"{"Status":1,"PageNo":2}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ListLiveTranscodeJobsRequest {
    /// The template type: `normal`, `narrow-band`, `audio-only` or `origin`.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "text")]
    pub r#type: Option<String>,
    /// The start mode: 0 immediate, 1 scheduled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_mode: Option<u64>,
    /// The status: 0 not started, 1 in progress, 2 stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u64>,
    /// The page number, counted from 1; 1 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page_no: Option<u64>,
    /// The most jobs on a page, 1 to 100; 10 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page_size: Option<u64>,
    /// The order by creation time, `asc` or `desc`; `desc` by default.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "text")]
    pub sort_by: Option<String>,
    /// The keyword that a job's ID or name must match.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "text")]
    pub key_word: Option<String>,
}

impl ListLiveTranscodeJobsRequest {
    /// Reads decoded names with their decoded values. They come from a query string, from a form body, or from both in
    /// a chain.
    ///
    /// Names are compared exactly, and unknown names are ignored. A pair with an empty value is ignored too. Numbers
    /// are decimal digits, without sign or white space. Costs **O(n)** for n bytes.
    ///
    /// ```
    /// use jobdex::wire::ListLiveTranscodeJobsRequest;
    ///
    /// let pairs = [
    ///     ("Action", "ListLiveTranscodeJobs"),
    ///     ("Status", "1"),
    ///     ("KeyWord", "al jazeera"),
    ///     ("SortBy", ""),
    /// ];
    /// let request = ListLiveTranscodeJobsRequest::from_pairs(pairs)?;
    /// assert_eq!((request.status, request.key_word.as_deref()), (Some(1), Some("al jazeera")));
    /// assert_eq!(request.sort_by, None);
    ///
    /// let twice = [("PageNo", "1"), ("PageNo", "2")];
    /// let refusal = ListLiveTranscodeJobsRequest::from_pairs(twice).unwrap_err();
    /// assert_eq!(refusal.to_string(), "parameter PageNo must be given only once");
    /// # Ok::<(), jobdex::wire::RequestError>(())
    /// ```
    ///
    /// # Errors
    /// [`RequestError::Number`] for a value that is not a number or is over `u64::MAX`. [`RequestError::Repeated`] for
    /// a known name with two values.
    pub fn from_pairs(
        pairs: impl IntoIterator<Item = (impl AsRef<str>, impl AsRef<str>)>,
    ) -> Result<Self, RequestError> {
        let mut request = Self::default();
        for (name, value) in pairs {
            if let Some(parameter) = known(name.as_ref()) {
                request.set(parameter, value.as_ref())?;
            }
        }
        Ok(request)
    }

    /// Reads a query string without its `?`, or the body of a form. Both have percent escapes, and `+` for a space.
    ///
    /// Names and values have the same rules as in [`from_pairs`](Self::from_pairs). An unknown parameter is ignored
    /// with any value. A name that cannot be decoded is unknown. Costs **O(n)** for n bytes.
    ///
    /// ```
    /// use jobdex::wire::ListLiveTranscodeJobsRequest;
    ///
    /// let text = "KeyWord=%E7%94%B5%E5%BD%B1+1&PageNo=2";
    /// let request = ListLiveTranscodeJobsRequest::from_query_string(text)?;
    /// assert_eq!((request.key_word.as_deref(), request.page_no), (Some("电影 1"), Some(2)));
    ///
    /// let refusal = ListLiveTranscodeJobsRequest::from_query_string("KeyWord=100%").unwrap_err();
    /// assert_eq!(refusal.parameter(), "KeyWord");
    /// # Ok::<(), jobdex::wire::RequestError>(())
    /// ```
    ///
    /// # Errors
    /// The errors of [`from_pairs`](Self::from_pairs). [`RequestError::Encoding`] if the value of a known parameter has
    /// a malformed escape or bytes that are not UTF-8.
    pub fn from_query_string(query_string: &str) -> Result<Self, RequestError> {
        let mut request = Self::default();
        for (name, value) in encoded_pairs(query_string) {
            if let Some(parameter) = decoded(name).and_then(|name| known(&name)) {
                let value = decoded(value).ok_or(RequestError::Encoding { parameter })?;
                request.set(parameter, &value)?;
            }
        }
        Ok(request)
    }

    /// Checks every value and returns the query, which the store then accepts.
    ///
    /// Values are compared exactly, so `Normal` and `ASC` are refused. Costs **O(k)** for a keyword of k bytes.
    ///
    /// ```
    /// use jobdex::wire::ListLiveTranscodeJobsRequest;
    /// use jobdex::{ListQuery, SortOrder, Status};
    ///
    /// let text = "Status=1&KeyWord=news&SortBy=asc&PageNo=3";
    /// let request = ListLiveTranscodeJobsRequest::from_query_string(text)?;
    /// let query =
    ///     ListQuery::new().status(Status::Running).keyword("news").sort(SortOrder::Asc).page_no(3);
    /// assert_eq!(request.to_query()?, query);
    ///
    /// let request = ListLiveTranscodeJobsRequest { page_size: Some(101), ..Default::default() };
    /// let refusal = request.to_query().unwrap_err();
    /// assert_eq!(refusal.to_string(), "page size 101 is over the limit of 100");
    /// assert_eq!(refusal.parameter(), "PageSize");
    /// # Ok::<(), jobdex::wire::RequestError>(())
    /// ```
    ///
    /// # Errors
    /// [`RequestError::Value`] for a value that the parameter does not have. [`RequestError::Query`] for a page number,
    /// a page size or a keyword outside its limits.
    pub fn to_query(&self) -> Result<ListQuery, RequestError> {
        let query = ListQuery::new()
            .template_type(self.template_type()?)
            .start_mode(self.start_mode()?)
            .status(self.status()?)
            .sort(self.sort()?)
            .page_no(self.page_no.unwrap_or(PAGE_NO_MIN))
            .page_size(self.page_size()?);
        let query = match present(self.key_word.as_deref()) {
            Some(keyword) => query.keyword(keyword),
            None => query,
        };
        check_limits(query.asked(), PAGE_SIZE_MAX)?;
        Ok(query)
    }

    /// Sets a known parameter to this value.
    fn set(&mut self, parameter: &'static str, value: &str) -> Result<(), RequestError> {
        if value.is_empty() {
            return Ok(());
        }
        match parameter {
            TYPE => set_once(&mut self.r#type, parameter, value.to_owned()),
            START_MODE => set_once(&mut self.start_mode, parameter, number(parameter, value)?),
            STATUS => set_once(&mut self.status, parameter, number(parameter, value)?),
            PAGE_NO => set_once(&mut self.page_no, parameter, number(parameter, value)?),
            PAGE_SIZE => set_once(&mut self.page_size, parameter, number(parameter, value)?),
            SORT_BY => set_once(&mut self.sort_by, parameter, value.to_owned()),
            KEY_WORD => set_once(&mut self.key_word, parameter, value.to_owned()),
            _ => unreachable!("{parameter} is not of PARAMETERS"),
        }
    }

    fn template_type(&self) -> Result<Option<TemplateType>, RequestError> {
        let expected = "normal, narrow-band, audio-only or origin";
        present(self.r#type.as_deref())
            .map(|name| TemplateType::from_name(name).ok_or(RequestError::Value { parameter: TYPE, expected }))
            .transpose()
    }

    fn start_mode(&self) -> Result<Option<StartMode>, RequestError> {
        let expected = "0 (immediate) or 1 (scheduled)";
        self.start_mode
            .map(|code| StartMode::from_code(code).ok_or(RequestError::Value { parameter: START_MODE, expected }))
            .transpose()
    }

    fn status(&self) -> Result<Option<Status>, RequestError> {
        let expected = "0 (not started), 1 (in progress) or 2 (stopped)";
        self.status
            .map(|code| Status::from_code(code).ok_or(RequestError::Value { parameter: STATUS, expected }))
            .transpose()
    }

    fn sort(&self) -> Result<SortOrder, RequestError> {
        match present(self.sort_by.as_deref()) {
            None => Ok(SortOrder::default()),
            Some("asc") => Ok(SortOrder::Asc),
            Some("desc") => Ok(SortOrder::Desc),
            Some(_) => Err(RequestError::Value { parameter: SORT_BY, expected: "asc or desc" }),
        }
    }

    /// The page size in the type of the query. The query checks its limits.
    fn page_size(&self) -> Result<u32, RequestError> {
        let page_size = self.page_size.unwrap_or(PAGE_SIZE_DEFAULT.into());
        u32::try_from(page_size).map_err(|_| RequestError::Value { parameter: PAGE_SIZE, expected: "1 to 100" })
    }
}

fn known(name: &str) -> Option<&'static str> {
    PARAMETERS.into_iter().find(|&parameter| parameter == name)
}

fn set_once<T>(slot: &mut Option<T>, parameter: &'static str, value: T) -> Result<(), RequestError> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(RequestError::Repeated { parameter }),
    }
}

/// Reads decimal digits only. `u64::from_str` also reads a plus sign.
fn number(parameter: &'static str, value: &str) -> Result<u64, RequestError> {
    let refusal = RequestError::Number { parameter };
    if value.bytes().all(|byte| byte.is_ascii_digit()) { value.parse().map_err(|_| refusal) } else { Err(refusal) }
}

fn present(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.filter(|text| !text.is_empty()))
}
