//! Highlights: the places where the keyword matched each job of a page. They are computed from a page when a caller asks for
//! them, and never by a query.

use std::ops::Range;

use super::page::Page;
use crate::job::Record;
use crate::query::{ListQuery, MatchLevel, Matching, Needle};
use crate::text::keyword::{Keyword, id_text};
use crate::text::marker::Marker;

/// The places where a keyword matched one job.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Highlight {
    /// Whether the keyword is the job's ID, all of it.
    pub is_job_id: bool,
    /// The pieces of the name that matched: ranges of bytes of the name as it is stored, ascending, none empty, none
    /// touching the next. Each begins and ends on a border between characters as people see them, so a letter includes its
    /// accents. Empty if the name did not match: the job may be found by its ID.
    pub name: Vec<Range<usize>>,
}

impl<J: Record> Page<J> {
    /// The places where the keyword of `query` matched each job of this page. The page must be the query's own. There is one
    /// highlight for each of [`jobs`](Self::jobs), at the same index.
    ///
    /// Each word of the keyword is marked wherever the name has it as typed, by the rule of its place in the keyword: at
    /// the beginnings of words and runs, for the first word also at the ends of words, for an only word anywhere inside a
    /// word. A word that the name does not have as typed is marked where the name has it with the fewest typos, within the
    /// rung that answered ([`match_level`](Self::match_level); under [`Matching::Any`], two typos). Of a longer word that
    /// begins with a typo, the beginning is marked that ends with the last typed character, if there is one. The symbols of
    /// a keyword without words are marked wherever they stand. A character that folds to several is marked as a whole:
    /// `strasse` marks all of `Straße`.
    ///
    /// Without a keyword all highlights are empty. A keyword over its limits, which gives no page, has empty highlights too.
    ///
    /// The ranges count bytes of UTF-8. Send the pieces themselves to a client that counts otherwise, as JavaScript does.
    ///
    /// Costs **O(nm)** a job at most, for a name of n characters and a keyword of m, which are limited; about a microsecond
    /// for a usual name.
    ///
    /// ```
    /// use jobdex::{Job, JobStore, ListQuery};
    /// # let job: Job = serde_json::from_str(r#"{"Name":"Café National – Live","JobId":"a046","TemplateType":"normal",
    /// #     "TemplateId":"t1","TemplateName":"HD","StartMode":0,"Status":1,"StreamInput":{"Type":"rtmp","InputUrl":""},
    /// #     "OutputStream":{"StreamInfos":[]},"CreateTime":"2022-07-20T02:48:58Z"}"#)?;
    ///
    /// let mut store = JobStore::new();
    /// store.insert(Job { name: "Café National – Live".into(), ..job })?;
    ///
    /// let query = ListQuery::new().keyword("cafe natoinal");
    /// let page = store.list(&query)?;
    /// let highlights = page.highlights(&query);
    /// let name = &page.jobs[0].name;
    /// let ranges = highlights[0].name.iter().cloned();
    /// let marked: Vec<&str> = ranges.map(|range| &name[range]).collect();
    /// assert_eq!(marked, ["Café", "National"]);
    ///
    /// let query = ListQuery::new().keyword("A046");
    /// assert!(store.list(&query)?.highlights(&query)[0].is_job_id);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn highlights(&self, query: &ListQuery<J::Facets>) -> Vec<Highlight> {
        let Some(needle) = Needle::of(query.asked()) else {
            return vec![Highlight::default(); self.jobs.len()];
        };
        let keyword = Keyword::parse(needle.text);
        let marker = Marker::new(&keyword, self.widest_level(needle.matching));
        let id_text = id_text(needle.text);
        let highlight = |job: &J| Highlight {
            is_job_id: job.job_id().eq_ignore_ascii_case(&id_text),
            name: marker.marks(job.name()),
        };
        self.jobs.iter().map(|job| highlight(job)).collect()
    }

    /// The rung that lets through all that the page may hold.
    fn widest_level(&self, matching: Matching) -> MatchLevel {
        match matching {
            Matching::Literal => MatchLevel::Literal,
            Matching::Closest => self.match_level.unwrap_or(MatchLevel::Literal),
            Matching::Any => MatchLevel::TwoTypos,
        }
    }
}
