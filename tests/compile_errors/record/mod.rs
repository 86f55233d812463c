use chrono::{DateTime, Utc};
use jobdex::{Dyn, Record, facet};

facet! {
    pub enum Stage: "state" { Queued = "queued", Running = "running" }
    pub enum Region: "region" { Eu = "eu", Us = "us" }
}

#[derive(Clone, Debug)]
pub struct Encode;

impl Record for Encode {
    type Facets = (Stage, Region);

    fn job_id(&self) -> &'static str {
        "a"
    }

    fn name(&self) -> &'static str {
        ""
    }

    fn create_time(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }

    fn facets(&self) -> (Stage, Region) {
        (Stage::Queued, Region::Eu)
    }
}

pub struct Task(pub Dyn);

impl Record for Task {
    type Facets = Dyn;

    fn job_id(&self) -> &'static str {
        "a"
    }

    fn name(&self) -> &'static str {
        ""
    }

    fn create_time(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }

    fn facets(&self) -> Dyn {
        self.0
    }
}
