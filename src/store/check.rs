//! The checks of a record before a write: its ID, the lengths of its texts, its labels and its facets.

use crate::error::{FacetError, InsertError, LengthUnit, TooLong, UpdateError};
use crate::index::cell::Cell;
use crate::job::{FacetNumbers, Record};
use crate::limits::{
    JOB_ID_BYTES_MAX, JOBS_MAX, LABEL_KEY_BYTES_MAX, LABEL_VALUE_BYTES_MAX, LABELS_MAX, NAME_BYTES_MAX,
    NAME_FOLDED_CHARS_MAX,
};
use crate::store::root::Root;
use crate::text::fold::fold;

/// Most characters to which a text folds for each of its bytes: `ﷺ` has 3 bytes and folds to 18.
const FOLDED_CHARS_PER_BYTE_MAX: usize = 6;

/// The reason why a record can be in no store with its schema.
pub(super) enum UnfitRecord {
    TooLong(TooLong),
    TooManyLabels { got: usize },
    Facet(FacetError),
}

/// Checks a record that is to be added, and returns its cell.
///
/// # Errors
/// [`InsertError`] for the first field that is refused.
pub(super) fn check_new<J: Record>(job: &J, root: &Root<J>) -> Result<Cell, InsertError> {
    if job.job_id().is_empty() {
        return Err(InsertError::JobIdEmpty);
    }
    Ok(check_fields(job, root)?)
}

/// Checks a record whose ID is in the store, and returns its cell. The facets are read here and nowhere else: a record that
/// answers otherwise the next time is stored under the answer that was checked.
///
/// # Errors
/// [`UnfitRecord`] for the first field that is refused.
pub(super) fn check_fields<J: Record>(job: &J, root: &Root<J>) -> Result<Cell, UnfitRecord> {
    check_length("job_id", job.job_id(), JOB_ID_BYTES_MAX)?;
    check_length("name", job.name(), NAME_BYTES_MAX)?;
    check_folded("name", job.name())?;
    let ordinals = job.facets().ordinals(root.schema()).map_err(UnfitRecord::Facet)?;
    check_labels(job)?;
    Ok(root.cell(&ordinals))
}

/// Checks that a store with so many jobs has room for more.
///
/// # Errors
/// [`InsertError::StoreFull`].
pub(super) fn check_room(jobs: usize, more: usize) -> Result<(), InsertError> {
    if more > JOBS_MAX.saturating_sub(jobs) {
        return Err(InsertError::StoreFull { limit: JOBS_MAX });
    }
    Ok(())
}

fn check_labels<J: Record>(job: &J) -> Result<(), UnfitRecord> {
    let mut got = 0;
    for (key, value) in job.labels() {
        check_length("label key", key, LABEL_KEY_BYTES_MAX)?;
        check_length("label value", value, LABEL_VALUE_BYTES_MAX)?;
        got += 1;
    }
    if got > LABELS_MAX { Err(UnfitRecord::TooManyLabels { got }) } else { Ok(()) }
}

/// Checks the length after folding. Costs nothing for ASCII and for short names, which is nearly every name; the others are
/// folded.
fn check_folded(field: &'static str, text: &str) -> Result<(), UnfitRecord> {
    let limit = NAME_FOLDED_CHARS_MAX;
    if text.len() <= limit / FOLDED_CHARS_PER_BYTE_MAX || text.is_ascii() {
        return Ok(());
    }
    let got = fold(text).chars().count();
    if got > limit {
        return Err(UnfitRecord::TooLong(TooLong { field, unit: LengthUnit::FoldedChars, got, limit }));
    }
    Ok(())
}

fn check_length(field: &'static str, text: &str, limit: usize) -> Result<(), UnfitRecord> {
    if text.len() > limit {
        return Err(UnfitRecord::TooLong(TooLong { field, unit: LengthUnit::Bytes, got: text.len(), limit }));
    }
    Ok(())
}

impl From<UnfitRecord> for InsertError {
    fn from(unfit: UnfitRecord) -> Self {
        match unfit {
            UnfitRecord::TooLong(too_long) => Self::TooLong(too_long),
            UnfitRecord::TooManyLabels { got } => Self::TooManyLabels { got, limit: LABELS_MAX },
            UnfitRecord::Facet(error) => Self::Facet(error),
        }
    }
}

impl From<UnfitRecord> for UpdateError {
    fn from(unfit: UnfitRecord) -> Self {
        match unfit {
            UnfitRecord::TooLong(too_long) => Self::TooLong(too_long),
            UnfitRecord::TooManyLabels { got } => Self::TooManyLabels { got, limit: LABELS_MAX },
            UnfitRecord::Facet(error) => Self::Facet(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use unicode_normalization::UnicodeNormalization;

    use super::*;

    /// Folding decomposes, replaces letters by at most two, drops and composes. So no text folds to more characters than this.
    #[test]
    fn no_character_folds_to_more_characters_than_its_bytes_allow() {
        for c in char::MIN..=char::MAX {
            let text = c.to_string();
            let decomposed = text.nfkd().count();
            let folded = fold(&text).chars().count();
            assert!(decomposed.max(folded) <= FOLDED_CHARS_PER_BYTE_MAX * text.len(), "{c:?}: {decomposed}, {folded}");
        }
    }

    #[test]
    fn a_name_that_folds_to_too_many_characters_is_refused_with_both_numbers() {
        assert!(check_folded("name", &"\u{FDFA}".repeat(113)).is_ok());
        assert!(check_folded("name", &"新".repeat(341)).is_ok());
        let Err(UnfitRecord::TooLong(refused)) = check_folded("name", &"\u{FDFA}".repeat(114)) else {
            panic!("the name is over the limit");
        };
        assert_eq!((refused.unit, refused.got, refused.limit), (LengthUnit::FoldedChars, 114 * 18, 2_048));
        let text = "name of 2052 characters after folding is over the limit of 2048";
        assert_eq!(refused.to_string(), text);
    }

    /// No test fills a store of half a billion jobs.
    #[test]
    fn a_store_takes_exactly_as_many_jobs_as_the_limit() {
        let full = Err(InsertError::StoreFull { limit: JOBS_MAX });
        for (jobs, more, expected) in [
            (0, 0, Ok(())),
            (0, JOBS_MAX, Ok(())),
            (JOBS_MAX - 1, 1, Ok(())),
            (JOBS_MAX, 0, Ok(())),
            (JOBS_MAX, 1, full.clone()),
            (JOBS_MAX - 1, 2, full.clone()),
            (1, usize::MAX, full),
        ] {
            assert_eq!(check_room(jobs, more), expected, "{jobs} jobs and {more} more");
        }
    }
}
