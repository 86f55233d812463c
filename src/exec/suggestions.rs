//! Suggestions: a near spelling that is much more common than the one that was typed.
//!
//! A misspelling that somebody else also wrote matches literally, and hides the right spelling: nobody is told of a typo. So a
//! keyword that matches literally in very few jobs is compared with the words of the dictionary, as on the rungs with typos.
//!
//! ```text
//! keyword  al jazera                 matches 1 job literally
//! words near jazera                  jazeera, of 800 jobs          at least ten times as many
//! suggested                          al jazeera, of 320 jobs       under the query's filters
//! ```

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};
use strsim::osa_distance;

use super::view::View;
use crate::error::QueryError;
use crate::index::words::WordIndex;
use crate::job::Schema;
use crate::limits::SUGGESTIONS_MAX;
use crate::plan::Planner;
use crate::query::{Asked, Needle, ValidQuery, is_within_limits};
use crate::rows::row::Row;
use crate::text::keyword::{Keyword, KeywordWord, id_text};
use crate::text::traced::TracedFold;
use crate::text::words::word_ranges;

/// Jobs that a keyword may match literally at most. A spelling that more jobs have is no misspelling.
const TYPED_JOBS_MAX: u64 = 3;

/// Jobs that have a near spelling, for each job that the keyword matches, at least. Correct words rarely have a neighbour that
/// is so much more common.
const TIMES_AS_MANY: u64 = 10;

/// Words of a keyword for which near spellings are looked for. It bounds the work for keywords of many words.
const WORDS_MAX: usize = 4;

/// A keyword with a near spelling that is much more common. [`Snapshot::suggest`](crate::Snapshot::suggest) makes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Suggestion {
    /// The keyword as it was typed, with one word replaced. The replacement is folded: lower case, no accents.
    pub keyword: String,
    /// How many jobs the query lists with this keyword, if it matches literally.
    pub total_count: u64,
}

/// A near spelling of a word of the keyword.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct NearSpelling {
    edits: usize,
    /// The jobs that have the word. More are better, and the better spelling is the less.
    jobs: Reverse<usize>,
    keyword: String,
}

/// The suggestions for a query with this keyword, the best first.
///
/// Costs a search for the words near each word of the keyword, and a list for each suggestion.
pub(crate) fn suggest(
    view: &View<'_>,
    schema: &Schema,
    query: &Asked,
    keyword: Option<Needle<'_>>,
) -> Result<Vec<Suggestion>, QueryError> {
    let Some(needle) = keyword else { return Ok(Vec::new()) };
    let everything = Asked::new();
    let literal_total = |query: &Asked, keyword: &str| -> Result<u64, QueryError> {
        let query = query.with_literal_keyword(keyword);
        let mut page: Vec<Row> = Vec::new();
        Ok(super::list(view, &ValidQuery::for_total(&query, schema)?, &mut page).total_count)
    };
    let has_id = view.job_ids.find_ignoring_case(view.records, &id_text(needle.text)).next().is_some();
    let Keyword::Words(phrase) = Keyword::parse(needle.text) else { return Ok(Vec::new()) };
    if has_id || phrase.words.iter().all(|word| word.edit_budget == 0) {
        return Ok(Vec::new());
    }
    let typed = literal_total(&everything, needle.text)?;
    if !(1..=TYPED_JOBS_MAX).contains(&typed) {
        return Ok(Vec::new());
    }
    let mut suggestions = Vec::new();
    for near in near_spellings(view.words, needle.text, &phrase.words, typed * TIMES_AS_MANY) {
        if literal_total(&everything, &near.keyword)? < typed * TIMES_AS_MANY {
            continue;
        }
        let total_count = literal_total(query, &near.keyword)?;
        if total_count > 0 {
            suggestions.push(Suggestion { keyword: near.keyword, total_count });
        }
        if suggestions.len() == SUGGESTIONS_MAX {
            break;
        }
    }
    Ok(suggestions)
}

/// The keyword with each near spelling of each of its words, the best first. At least so many jobs have the spelling.
fn near_spellings(index: &WordIndex, text: &str, words: &[KeywordWord], jobs_min: u64) -> Vec<NearSpelling> {
    let typed = TracedFold::new(text);
    let mut all = Vec::new();
    for word in words.iter().filter(|word| word.edit_budget > 0).take(WORDS_MAX) {
        // A word that is given twice would have to be replaced twice, and is no slip.
        let mut ranges = word_ranges(typed.folded()).filter(|range| typed.folded()[range.clone()] == word.text);
        let (Some(range), None) = (ranges.next(), ranges.next()) else { continue };
        let range = typed.origin(range);
        let mut near = near_words(index, word, jobs_min);
        near.sort_unstable();
        near.truncate(SUGGESTIONS_MAX);
        all.extend(near.into_iter().map(|near| NearSpelling {
            keyword: [&text[..range.start], &near.keyword, &text[range.end..]].concat(),
            ..near
        }));
    }
    // A longer word may have replaced a shorter one.
    all.retain(|near| is_within_limits(&near.keyword));
    all.sort_unstable();
    all.dedup();
    all
}

/// The words of the dictionary that are near a word, whole, and that at least so many jobs have.
fn near_words(index: &WordIndex, word: &KeywordWord, jobs_min: u64) -> Vec<NearSpelling> {
    let edits_max = word.edit_budget;
    let compared_max = Planner::compared_words_max(index.len(), edits_max);
    let near = |id| {
        let jobs = index.rows(id).len();
        let text = Some(index.text(id)).filter(|_| jobs as u64 >= jobs_min)?;
        let edits = osa_distance(text, &word.text);
        let is_near = (1..=usize::from(edits_max)).contains(&edits);
        is_near.then(|| NearSpelling { edits, jobs: Reverse(jobs), keyword: text.to_owned() })
    };
    index.typo_words(word, edits_max, compared_max, Vec::new()).into_iter().filter_map(near).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::row::Row;

    /// Only words that may have a typo count among the words that are looked at.
    #[test]
    fn short_words_leave_room_for_a_long_one_behind_them() {
        let mut index = WordIndex::default();
        for row in 0..4 {
            index.insert(Row::from_number(row), "television");
        }
        let short: String = ('a'..='z').take(WORDS_MAX).flat_map(|letter| [letter, ' ']).collect();
        let text = format!("{short}televisino");
        let Keyword::Words(phrase) = Keyword::parse(&text) else { panic!("the text has words") };
        let near: Vec<String> =
            near_spellings(&index, &text, &phrase.words, 4).into_iter().map(|near| near.keyword).collect();
        assert_eq!(near, [text.replace("televisino", "television")]);
        assert!(near_spellings(&index, &text, &phrase.words, 5).is_empty(), "four jobs are fewer than five");
    }
}
