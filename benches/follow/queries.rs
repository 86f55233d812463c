//! Requests by SQL with its best indexes, and the same requests by the store. Each is a page of 20 and the exact total.

use std::time::{Duration, Instant};

use jobdex::{Job, ListQuery, Snapshot, StartMode, Status, TemplateType};
use tokio_postgres::Client;

use crate::common::arguments::is_test_mode;
use crate::common::timing::{median, median_ns, nanoseconds, three_digits, time_name};
use crate::table::{run, texts};

const PAGE: u64 = 20;
const FILTERED_SQL: &str = "status = 1 and template_type = 'normal' and start_mode = 0";

/// A request: its name, its condition in SQL, and its query.
struct Case {
    name: &'static str,
    condition: &'static str,
    query: ListQuery,
    /// Part of the way to the last page, in hundredths.
    depth: u64,
}

fn cases() -> [Case; 8] {
    let all = ListQuery::new;
    let filtered =
        || all().status(Status::Running).template_type(TemplateType::Normal).start_mode(StartMode::Immediate);
    let case = |name, condition, query, depth| Case { name, condition, query, depth };
    [
        case("no filter", "true", all(), 0),
        case("no filter, a page in the middle", "true", all(), 50),
        case("three filters", FILTERED_SQL, filtered(), 0),
        case("three filters, a page in the middle", FILTERED_SQL, filtered(), 50),
        case("`tv` inside a name", "name ilike '%tv%'", all().keyword("tv"), 0),
        case(
            "`news` and one status",
            "name ilike '%news%' and status = 1",
            all().keyword("news").status(Status::Running),
            0,
        ),
        case("`sport news`", "name ilike '%sport%' and name ilike '%news%'", all().keyword("sport news"), 0),
        case("`natoinal`, a typo", "'natoinal' <% name", all().keyword("natoinal"), 0),
    ]
}

pub(crate) async fn print(client: &Client, snapshot: &Snapshot<Job>) {
    if client.batch_execute("create extension pg_trgm").await.is_err() {
        println!("The extension pg_trgm is not there, so requests are not compared.");
        return;
    }
    for sql in [
        "create index by_time on jobs(create_time, job_id)",
        "create index by_filters on jobs(status, template_type, start_mode, create_time, job_id)",
        "create index by_name on jobs using gin(name gin_trgm_ops)",
        "vacuum analyze jobs",
        // A word of seven letters with two of them swapped is less like it than the default of 0.6.
        "set pg_trgm.word_similarity_threshold = 0.4",
    ] {
        run(client, sql).await;
    }
    println!(
        "A page of {PAGE} jobs and the exact total. SQL has btree and trigram (GIN) indexes. What a keyword matches differs:\n"
    );
    println!("| request | SQL | its total | the store | its total | times as fast |");
    println!("|---|--:|--:|--:|--:|--:|");
    for case in cases() {
        print_case(client, snapshot, &case).await;
    }
    println!();
    // They would slow down the writes that are measured later.
    run(client, "drop index by_time, by_filters, by_name").await;
}

async fn print_case(client: &Client, snapshot: &Snapshot<Job>, case: &Case) {
    let query = case.query.clone().page_size(20);
    let total = snapshot.list(&query).expect("the query is valid").total_count;
    let page_no = total / PAGE * case.depth / 100 + 1;
    let query = query.page_no(page_no);
    let condition = case.condition;
    let page_sql = format!(
        "select job_id, name, template_type, template_id, template_name, start_mode, status, stream_input, output_stream, \
         create_time from jobs where {condition} order by create_time desc, job_id desc offset {} limit {PAGE}",
        (page_no - 1) * PAGE
    );
    let total_sql = format!("select count(*) from jobs where {condition}");
    let (mut times, mut sql_total) = (Vec::new(), String::new());
    // The first one warms up.
    for round in 0..if is_test_mode() { 2 } else { 8 } {
        let began = Instant::now();
        let page = texts(client, &page_sql).await;
        sql_total = texts(client, &total_sql).await.pop().unwrap_or_default();
        if round > 0 {
            times.push(nanoseconds(began.elapsed()));
        }
        if !case.condition.contains("name") {
            let ids: Vec<String> =
                snapshot.list(&query).expect("the query is valid").jobs.iter().map(|job| job.job_id.clone()).collect();
            assert_eq!((page, sql_total.as_str()), (ids, total.to_string().as_str()), "{}", case.name);
        }
    }
    let sql_ns = median(times);
    let budget = Duration::from_millis(if is_test_mode() { 5 } else { 500 });
    let store_ns = median_ns(budget, |_| snapshot.list(&query).expect("the query is valid").total_count);
    println!(
        "| {} | {} | {sql_total} | {} | {total} | {} |",
        case.name,
        time_name(sql_ns),
        time_name(store_ns),
        three_digits(sql_ns / store_ns)
    );
}
