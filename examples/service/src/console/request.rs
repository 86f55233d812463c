//! The requests of the console: a list, with several values per filter, and optionally its plan and one job.
//!
//! The parameters have the same names as in the address of the page.

use std::ops::Bound;

use chrono::{DateTime, Utc};
use jobdex::error::QueryError;
use jobdex::limits::{JOB_ID_BYTES_MAX, PAGE_NO_MIN, PAGE_SIZE_DEFAULT};
use jobdex::wire::ApiError;
use jobdex::{Facet, ListQuery, SortOrder, StartMode, Status, TemplateType};

use super::created::{Created, created};
use crate::errors::{Refusal, invalid};
use crate::params::Params;

/// A checked request for a view.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(super) query: ListQuery,
    pub(super) page: u64,
    pub(super) size: u32,
    pub(super) with_plan: bool,
    /// The time range in `query`.
    pub(super) created: Created,
    /// The ID of the job whose details the page shows.
    pub(super) job_id: Option<String>,
    /// The filters that are set, in the order of [`FILTERS`].
    filters: Vec<Filter>,
}

/// A filter of the list, by its name on the page.
type Filter = &'static str;

/// A change that takes a filter off a query.
type TakeOff = fn(ListQuery) -> ListQuery;

/// All filters.
const FILTERS: [(Filter, TakeOff); 5] = [
    ("q", |query| query.keyword("")),
    ("status", |query| query.status([])),
    ("type", |query| query.template_type([])),
    ("start", |query| query.start_mode([])),
    ("created", |query| query.created(..)),
];

impl Asked {
    /// Reads `type`, `start`, `status` (values separated by commas), `last`, `from`, `to`, `q`, `sort`, `page`, `size`,
    /// `plan` and `job`. The time that `last` means ends at `now`.
    ///
    /// # Errors
    /// An invalid value; the error names the parameter.
    pub(super) fn read(params: &Params<'_>, now: DateTime<Utc>) -> Result<Self, Refusal> {
        let keyword = params.get("q")?.unwrap_or_default();
        let page = number(params, "page")?.unwrap_or(PAGE_NO_MIN);
        let size = number(params, "size")?.map_or(Ok(PAGE_SIZE_DEFAULT), |size| {
            u32::try_from(size).map_err(|_| invalid("size", "page size must be 1 to 100"))
        })?;
        let types = values(params, "type", TemplateType::from_name)?;
        let start_modes = values(params, "start", |code| StartMode::from_code(code.parse().ok()?))?;
        let statuses = values(params, "status", |code| Status::from_code(code.parse().ok()?))?;
        let created = created(params, now)?;
        let is_set = |filter: Filter| match filter {
            "q" => !keyword.trim().is_empty(),
            "status" => !statuses.is_empty(),
            "type" => !types.is_empty(),
            "start" => !start_modes.is_empty(),
            _ => created != (Bound::Unbounded, Bound::Unbounded),
        };
        let filters = FILTERS.iter().map(|&(filter, _)| filter).filter(|filter| is_set(filter)).collect();
        let query = ListQuery::new()
            .template_type(types)
            .start_mode(start_modes)
            .status(statuses)
            .created(created)
            .keyword(keyword)
            .sort(sort(params)?)
            .page_no(page)
            .page_size(size);
        let with_plan = params.get("plan")?.is_some_and(|plan| plan == "1");
        Ok(Self { query, page, size, with_plan, created, job_id: job_id(params)?, filters })
    }

    /// The query without each filter that is set in turn, with the name of that filter.
    pub(super) fn without_each(&self) -> impl Iterator<Item = (Filter, ListQuery)> {
        let one = self.query.clone().page_no(PAGE_NO_MIN).page_size(1);
        let set = FILTERS.iter().filter(|(filter, _)| self.filters.contains(filter));
        set.map(move |(filter, take_off)| (*filter, take_off(one.clone())))
    }
}

fn job_id(params: &Params<'_>) -> Result<Option<String>, ApiError> {
    match params.get("job")? {
        Some(job_id) if job_id.len() > JOB_ID_BYTES_MAX => {
            Err(invalid("job", format!("job ID must be at most {JOB_ID_BYTES_MAX} bytes")))
        }
        job_id => Ok(job_id.map(Into::into)),
    }
}

/// The refusal of a query. It names the parameter of the console.
pub(super) fn refusal(error: &QueryError) -> Refusal {
    let parameter = match error {
        QueryError::PageNo { .. } => "page",
        QueryError::PageSizeUnder { .. } | QueryError::PageSizeOver { .. } => "size",
        _ => "q",
    };
    invalid(parameter, error.to_string()).into()
}

/// The values of a filter, at most as many as the filter has.
fn values<F: Facet>(
    params: &Params<'_>,
    name: &'static str,
    read: impl Fn(&str) -> Option<F>,
) -> Result<Vec<F>, ApiError> {
    let Some(text) = params.get(name)? else { return Ok(Vec::new()) };
    let values: Option<Vec<F>> = text.split(',').map(read).take(F::ALL.len() + 1).collect();
    let values = values.filter(|values| values.len() <= F::ALL.len());
    values.ok_or_else(|| invalid(name, "value must be a list of values of this filter, separated by commas"))
}

fn number(params: &Params<'_>, name: &'static str) -> Result<Option<u64>, ApiError> {
    let Some(text) = params.get(name)? else { return Ok(None) };
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|_| is_plain);
    number.map(Some).ok_or_else(|| invalid(name, "value must be a whole number"))
}

fn sort(params: &Params<'_>) -> Result<SortOrder, ApiError> {
    match params.get("sort")?.as_deref() {
        None | Some("desc") => Ok(SortOrder::Desc),
        Some("asc") => Ok(SortOrder::Asc),
        Some(_) => Err(invalid("sort", "sort order must be asc or desc")),
    }
}
