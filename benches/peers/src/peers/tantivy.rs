//! tantivy in memory.
//!
//! * A fast field holds a [`key`](super) that sorts by creation; pages are ordered by it, and totals come from the
//!   collector that counts.
//! * Names are in three fields: words, for typos; grams of two characters; and grams of three with their positions, so that
//!   a keyword inside a word is a phrase of its grams.
//! * The records are beside the index, by key, which is faster than its document store.
//! * After the load all segments are merged into one. A status change replaces the document; changes become visible
//!   at a commit, one for each thousand.

use std::collections::HashMap;
use std::ops::Bound;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread;

use jobdex::{Facet, Job};
use tantivy::collector::{Count, TopDocs};
use tantivy::query::{AllQuery, BooleanQuery, FuzzyTermQuery, PhraseQuery, Query as AnyQuery, RangeQuery, TermQuery};
use tantivy::schema::{FAST, Field, INDEXED, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{TextAnalyzer, Token, TokenStream, Tokenizer};
use tantivy::{Index, IndexReader, IndexWriter, Order, ReloadPolicy, TantivyDocument, Term};

use super::{keyed, with_next_status};
use crate::asks::Ask;
use crate::baseline::keyword::{fold, words};
use crate::common::requests::Request;
use crate::grams::{gram_len, grams};
use crate::peer::{Answer, Can, Peer, Shared};

const KEY: &str = "key";
/// Changes between two commits.
const BATCH: usize = 1_000;
/// How much a thread that indexes may hold before it writes a segment.
const WRITER_BYTES: usize = 100 << 20;

#[derive(Clone, Copy)]
struct Fields {
    key: Field,
    template_type: Field,
    start_mode: Field,
    status: Field,
    words: Field,
    pairs: Field,
    triples: Field,
}

impl Fields {
    fn new() -> (Self, Schema) {
        let mut schema = Schema::builder();
        let text = |tokenizer: &str, option| {
            let indexing = TextFieldIndexing::default().set_tokenizer(tokenizer).set_fieldnorms(false);
            TextOptions::default().set_indexing_options(indexing.set_index_option(option))
        };
        let fields = Self {
            key: schema.add_u64_field(KEY, FAST | INDEXED),
            template_type: schema.add_u64_field("template_type", INDEXED),
            start_mode: schema.add_u64_field("start_mode", INDEXED),
            status: schema.add_u64_field("status", INDEXED),
            words: schema.add_text_field("words", text("words", IndexRecordOption::Basic)),
            pairs: schema.add_text_field("pairs", text("pairs", IndexRecordOption::Basic)),
            triples: schema.add_text_field("triples", text("triples", IndexRecordOption::WithFreqsAndPositions)),
        };
        (fields, schema.build())
    }

    fn document(self, key: u64, job: &Job) -> TantivyDocument {
        let mut document = TantivyDocument::default();
        document.add_u64(self.key, key);
        document.add_u64(self.template_type, job.template_type.ordinal() as u64);
        document.add_u64(self.start_mode, job.start_mode.ordinal() as u64);
        document.add_u64(self.status, job.status.ordinal() as u64);
        let folded = fold(&job.name);
        for field in [self.words, self.pairs, self.triples] {
            document.add_text(field, &folded);
        }
        document
    }

    /// All jobs of a list.
    fn matches(self, request: &Request, has_typo: bool) -> Box<dyn AnyQuery> {
        let mut clauses: Vec<Box<dyn AnyQuery>> = Vec::new();
        clauses.extend(any_of(self.status, &request.statuses));
        clauses.extend(any_of(self.template_type, &request.template_types));
        clauses.extend(any_of(self.start_mode, &request.start_modes));
        if let Some(keyword) = request.keyword.as_deref().map(fold) {
            clauses.push(if has_typo { self.near(&keyword) } else { self.containing(&keyword) });
        }
        match clauses.len() {
            0 => Box::new(AllQuery),
            1 => clauses.remove(0),
            _ => Box::new(BooleanQuery::intersection(clauses)),
        }
    }

    /// One edit away, where a swap of neighbours is one.
    fn near(self, keyword: &str) -> Box<dyn AnyQuery> {
        Box::new(FuzzyTermQuery::new(Term::from_field_text(self.words, keyword), 1, true))
    }

    fn containing(self, keyword: &str) -> Box<dyn AnyQuery> {
        let len = gram_len(keyword);
        let field = if len == 2 { self.pairs } else { self.triples };
        let mut terms: Vec<(usize, Term)> =
            grams(keyword, len).map(|(place, gram)| (place, Term::from_field_text(field, gram))).collect();
        match terms.len() {
            1 => Box::new(TermQuery::new(terms.remove(0).1, IndexRecordOption::Basic)),
            _ => Box::new(PhraseQuery::new_with_offset(terms)),
        }
    }

    fn before(self, key: u64) -> Box<dyn AnyQuery> {
        Box::new(RangeQuery::new(Bound::Unbounded, Bound::Excluded(Term::from_field_u64(self.key, key))))
    }
}

fn any_of<F: Facet>(field: Field, values: &[F]) -> Option<Box<dyn AnyQuery>> {
    let term = |value: &F| Term::from_field_u64(field, value.ordinal() as u64);
    match values {
        [] => None,
        [value] => Some(Box::new(TermQuery::new(term(value), IndexRecordOption::Basic))),
        _ => Some(Box::new(BooleanQuery::new_multiterms_query(values.iter().map(term).collect()))),
    }
}

/// Cuts a folded name into the parts that are indexed.
#[derive(Clone)]
struct Parts(fn(&str) -> Vec<(usize, &str)>);

struct PartStream<'a> {
    parts: std::vec::IntoIter<(usize, &'a str)>,
    token: Token,
}

impl Tokenizer for Parts {
    type TokenStream<'a> = PartStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> PartStream<'a> {
        PartStream { parts: self.0(text).into_iter(), token: Token::default() }
    }
}

impl TokenStream for PartStream<'_> {
    fn advance(&mut self) -> bool {
        let Some((position, text)) = self.parts.next() else {
            return false;
        };
        self.token.position = position;
        self.token.text.clear();
        self.token.text.push_str(text);
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

fn register_tokenizers(index: &Index) {
    let register = |name, parts| index.tokenizers().register(name, TextAnalyzer::from(Parts(parts)));
    register("words", |text| words(text).enumerate().collect());
    register("pairs", |text| grams(text, 2).collect());
    register("triples", |text| grams(text, 3).collect());
}

pub(crate) struct Tantivy {
    fields: Fields,
    reader: IndexReader,
    writer: Mutex<IndexWriter>,
    keys: HashMap<Box<str>, u64>,
    /// As the writer last saw them. A page may thus show a change that its search does not see yet.
    records: RwLock<HashMap<u64, Arc<Job>>>,
}

/// A request as queries of the index.
pub(crate) struct Query {
    matches: Box<dyn AnyQuery>,
    /// The part of the list that pages come from, where a cursor names the page.
    behind: Option<Box<dyn AnyQuery>>,
    offset: usize,
    len: usize,
}

impl Tantivy {
    fn query_by_number(&self, request: &Request, has_typo: bool) -> Query {
        let matches = self.fields.matches(request, has_typo);
        Query { matches, behind: None, offset: request.offset(), len: request.page_len() }
    }

    /// The keys of a page, with the total.
    fn search(&self, query: &Query) -> tantivy::Result<(usize, Vec<u64>)> {
        let searcher = self.reader.searcher();
        let page = TopDocs::with_limit(query.len).and_offset(query.offset);
        let page = page.order_by_fast_field::<u64>(KEY, Order::Desc);
        let (total, found) = match &query.behind {
            None => searcher.search(&*query.matches, &(Count, page))?,
            Some(behind) => (searcher.search(&*query.matches, &Count)?, searcher.search(&**behind, &page)?),
        };
        Ok((total, found.into_iter().filter_map(|(key, _)| key).collect()))
    }

    fn replace(&self, writer: &mut IndexWriter, ids: &[String]) -> tantivy::Result<()> {
        for id in ids {
            let key = self.keys[id.as_str()];
            let mut records = self.records.write().unwrap_or_else(PoisonError::into_inner);
            let record = records.get_mut(&key).expect("each key has its record");
            *record = Arc::new(with_next_status(record));
            let document = self.fields.document(key, record);
            drop(records);
            writer.delete_term(Term::from_field_u64(self.fields.key, key));
            writer.add_document(document)?;
        }
        writer.commit()?;
        self.reader.reload()
    }

    fn new(jobs: Vec<Job>) -> tantivy::Result<Self> {
        let (fields, schema) = Fields::new();
        let index = Index::create_in_ram(schema);
        register_tokenizers(&index);
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let mut writer: IndexWriter = index.writer_with_num_threads(threads, threads * WRITER_BYTES)?;
        let (mut keys, mut records) = (HashMap::with_capacity(jobs.len()), HashMap::with_capacity(jobs.len()));
        for (key, job) in keyed(jobs) {
            writer.add_document(fields.document(key, &job))?;
            keys.insert(job.job_id.as_str().into(), key);
            records.insert(key, Arc::new(job));
        }
        writer.commit()?;
        writer.wait_merging_threads()?;
        let mut writer = index.writer_with_num_threads(1, WRITER_BYTES)?;
        let segments = index.searchable_segment_ids()?;
        if segments.len() > 1 {
            writer.merge(&segments).wait()?;
        }
        writer.garbage_collect_files().wait()?;
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        Ok(Self { fields, reader, writer: Mutex::new(writer), keys, records: RwLock::new(records) })
    }
}

impl Peer for Tantivy {
    type Query = Query;
    type Record = Arc<Job>;
    type Shared = Self;

    const NAME: &'static str = "tantivy";

    fn load(jobs: Vec<Job>) -> Self {
        Self::new(jobs).expect("memory is there")
    }

    fn can(ask: &Ask) -> Can {
        if ask.has_typo { Can::ByOtherRules("whole words one edit away") } else { Can::AsTheVector }
    }

    fn query(&self, ask: &Ask) -> Query {
        let query = self.query_by_number(&ask.request, ask.has_typo);
        let last_before = |request: Request| {
            let page = self.search(&self.query_by_number(&request, ask.has_typo)).expect("the index is in memory").1;
            page.last().copied()
        };
        match ask.page_before().and_then(last_before) {
            None => query,
            Some(key) => {
                let matches = self.fields.matches(&ask.request, ask.has_typo);
                let behind = BooleanQuery::intersection(vec![matches, self.fields.before(key)]);
                Query { behind: Some(Box::new(behind)), offset: 0, ..query }
            }
        }
    }

    fn list(&self, query: &Query) -> Answer<Arc<Job>> {
        let (total, keys) = self.search(query).expect("the index is in memory");
        let records = self.records.read().unwrap_or_else(PoisonError::into_inner);
        Answer { total: total as u64, page: keys.iter().map(|key| Arc::clone(&records[key])).collect() }
    }

    fn update(&mut self, ids: &[String]) {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        for batch in ids.chunks(BATCH) {
            self.replace(&mut writer, batch).expect("the index is in memory");
        }
    }

    fn share(self) -> Self {
        self
    }
}

impl Shared for Tantivy {
    type Query = Query;

    fn read(&self, queries: &[Query], stop: &AtomicBool) -> u64 {
        crate::peer::in_turn(queries, stop, |query| drop(self.list(query)))
    }

    fn write(&self, ids: &[String], stop: &AtomicBool) -> u64 {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let mut count = 0;
        for batch in ids.chunks(BATCH).cycle() {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            self.replace(&mut writer, batch).expect("the index is in memory");
            count += batch.len() as u64;
        }
        count
    }
}
