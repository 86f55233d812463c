//! The requests of the console: a list, with several values per filter, and optionally its plan.
//!
//! The parameters have the same names as in the address of the page.

use jobdex::error::QueryError;
use jobdex::limits::{PAGE_NO_MIN, PAGE_SIZE_DEFAULT};
use jobdex::wire::ApiError;
use jobdex::{Facet, ListQuery, SortOrder, StartMode, Status, TemplateType};

use crate::errors::{Refusal, invalid};
use crate::params::Params;

/// A checked request for a view.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(super) query: ListQuery,
    pub(super) page: u64,
    pub(super) size: u32,
    pub(super) with_plan: bool,
}

impl Asked {
    /// Reads `type`, `start`, `status` (values separated by commas), `q`, `sort`, `page`, `size` and `plan`.
    ///
    /// # Errors
    /// An invalid value; the error names the parameter.
    pub(super) fn read(params: &Params<'_>) -> Result<Self, Refusal> {
        let keyword = params.get("q")?.unwrap_or_default();
        let page = number(params, "page")?.unwrap_or(PAGE_NO_MIN);
        let size = number(params, "size")?.map_or(Ok(PAGE_SIZE_DEFAULT), |size| {
            u32::try_from(size).map_err(|_| invalid("size", "page size must be 1 to 100"))
        })?;
        let query = ListQuery::new()
            .template_type(values(params, "type", TemplateType::from_name)?)
            .start_mode(values(params, "start", |code| StartMode::from_code(code.parse().ok()?))?)
            .status(values(params, "status", |code| Status::from_code(code.parse().ok()?))?)
            .keyword(keyword)
            .sort(sort(params)?)
            .page_no(page)
            .page_size(size);
        let with_plan = params.get("plan")?.is_some_and(|plan| plan == "1");
        Ok(Self { query, page, size, with_plan })
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
