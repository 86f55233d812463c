//! The checks of a record before a write: its ID and the lengths of its texts.

use crate::error::{InsertError, LengthUnit, TooLong};
use crate::job::JobRecord;
use crate::limits::{JOB_ID_BYTES_MAX, NAME_BYTES_MAX, NAME_FOLDED_CHARS_MAX};
use crate::text::fold::fold;

/// Most characters to which a text folds for each of its bytes: `ﷺ` has 3 bytes and folds to 18.
const FOLDED_CHARS_PER_BYTE_MAX: usize = 6;

pub(super) fn check_new<J: JobRecord>(job: &J) -> Result<(), InsertError> {
    if job.job_id().is_empty() {
        return Err(InsertError::JobIdEmpty);
    }
    Ok(check_lengths(job)?)
}

pub(super) fn check_lengths<J: JobRecord>(job: &J) -> Result<(), TooLong> {
    check_length("job_id", job.job_id(), JOB_ID_BYTES_MAX)?;
    check_length("name", job.name(), NAME_BYTES_MAX)?;
    check_folded("name", job.name())
}

/// Checks the length after folding. Costs nothing for ASCII and for short names, which is nearly every name; the others are
/// folded.
fn check_folded(field: &'static str, text: &str) -> Result<(), TooLong> {
    let limit = NAME_FOLDED_CHARS_MAX;
    if text.len() <= limit / FOLDED_CHARS_PER_BYTE_MAX || text.is_ascii() {
        return Ok(());
    }
    let got = fold(text).chars().count();
    if got > limit {
        return Err(TooLong { field, unit: LengthUnit::FoldedChars, got, limit });
    }
    Ok(())
}

fn check_length(field: &'static str, text: &str, limit: usize) -> Result<(), TooLong> {
    if text.len() > limit {
        return Err(TooLong { field, unit: LengthUnit::Bytes, got: text.len(), limit });
    }
    Ok(())
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
        assert_eq!(check_folded("name", &"\u{FDFA}".repeat(113)), Ok(()));
        assert_eq!(check_folded("name", &"新".repeat(341)), Ok(()));
        let refused = check_folded("name", &"\u{FDFA}".repeat(114)).expect_err("over the limit");
        assert_eq!((refused.unit, refused.got, refused.limit), (LengthUnit::FoldedChars, 114 * 18, 2_048));
        let text = "name of 2052 characters after folding is over the limit of 2048";
        assert_eq!(refused.to_string(), text);
    }
}
