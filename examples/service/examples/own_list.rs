//! Serves lists of a record of its own: `cargo run -p jobdex-service --example own_list`, then open
//! <http://127.0.0.1:8080/encodes?state=running&label.queue=eu-1&q=nwes>.

use axum::extract::{Query, State};
use axum::{Json, Router, http::StatusCode, routing::get};
use chrono::{DateTime, TimeDelta, Utc};
use jobdex::{JobStore, ListQuery, Page, Record, SharedJobStore, facet};

facet! {
    pub(crate) enum EncodeState: "state" { Queued = "queued", Running = "running", Failed = "failed" }
    pub(crate) enum Region: "region" { Eu = "eu", Us = "us" }
}

#[derive(Clone, serde::Serialize)]
pub(crate) struct Encode {
    pub id: String,
    title: String,
    state: EncodeState,
    region: Region,
    queue: String,
    created: DateTime<Utc>,
}

impl Record for Encode {
    type Facets = (EncodeState, Region);

    fn job_id(&self) -> &str {
        &self.id
    }

    fn name(&self) -> &str {
        &self.title
    }

    fn create_time(&self) -> DateTime<Utc> {
        self.created
    }

    fn facets(&self) -> (EncodeState, Region) {
        (self.state, self.region)
    }

    fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        [("queue", self.queue.as_str())].into_iter()
    }
}

type Encodes = SharedJobStore<Encode>;
type EncodeQuery = ListQuery<(EncodeState, Region)>;
type Answer = Result<Json<Page<Encode>>, (StatusCode, String)>;

async fn list(State(encodes): State<Encodes>, Query(query): Query<EncodeQuery>) -> Answer {
    let page = encodes.snapshot().list(&query);
    page.map(Json).map_err(|error| (StatusCode::BAD_REQUEST, error.to_string()))
}

pub(crate) fn router(store: JobStore<Encode>) -> Router {
    Router::new().route("/encodes", get(list)).with_state(Encodes::new(store))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut store = JobStore::new();
    store.extend((0..1_000).map(encode))?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
    Ok(axum::serve(listener, router(store)).await?)
}

pub(crate) fn encode(number: u32) -> Encode {
    Encode {
        id: format!("encode-{number}"),
        title: format!("Sky News {number}"),
        state: EncodeState::ALL[number as usize % 3],
        region: Region::ALL[number as usize / 3 % 2],
        queue: format!("eu-{}", number % 4),
        created: DateTime::UNIX_EPOCH + TimeDelta::seconds(number.into()),
    }
}
