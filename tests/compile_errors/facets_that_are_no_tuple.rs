use chrono::{DateTime, Utc};
use jobdex::{Record, facet};

facet! {
    pub enum Region: "region" { Eu = "eu", Us = "us" }
}

struct Stream;

impl Record for Stream {
    type Facets = Region;

    fn job_id(&self) -> &'static str {
        "a"
    }

    fn name(&self) -> &'static str {
        ""
    }

    fn create_time(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }

    fn facets(&self) -> Region {
        Region::Eu
    }
}

struct Named;

impl Record for Named {
    type Facets = (Region, String);

    fn job_id(&self) -> &'static str {
        "a"
    }

    fn name(&self) -> &'static str {
        ""
    }

    fn create_time(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }

    fn facets(&self) -> (Region, String) {
        (Region::Eu, String::new())
    }
}

fn main() {}
