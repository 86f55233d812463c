//! The requests of the bench of any record.

use crate::common::encodes::{EncodeQuery, Engine, Priority, Region, State};

/// A condition: one of some values under a facet or a label, or none of them, or any value.
pub(crate) enum Condition {
    AnyOf(&'static str, &'static [&'static str]),
    NoneOf(&'static str, &'static [&'static str]),
    Exists(&'static str),
}

pub(crate) struct Request {
    pub(crate) name: &'static str,
    pub(crate) query: EncodeQuery,
    pub(crate) conditions: Vec<Condition>,
    /// The times to reach at a million jobs: asked for the first time, and again.
    pub(crate) targets: (Option<f64>, Option<f64>),
}

pub(crate) fn requests() -> Vec<Request> {
    use Condition::{AnyOf, Exists, NoneOf};
    let new = EncodeQuery::new;
    let request = |name, query, conditions, targets| Request { name, query, conditions, targets };
    vec![
        request("no filter", new(), vec![], (None, None)),
        request(
            "one value of one facet",
            new().filter(State::Running),
            vec![AnyOf("state", &["running"])],
            (None, None),
        ),
        request(
            "one value of each facet",
            new().filter(Priority::High).filter(Region::Us1).filter(Engine::Gpu).filter(State::Running),
            vec![
                AnyOf("priority", &["high"]),
                AnyOf("region", &["us-1"]),
                AnyOf("engine", &["gpu"]),
                AnyOf("state", &["running"]),
            ],
            (Some(1.5e3), Some(1.5e3)),
        ),
        request(
            "some values of each facet",
            new()
                .filter(Priority::High..)
                .filter([Region::Eu1, Region::Us1, Region::Ap1, Region::Sa1])
                .filter([Engine::Cpu, Engine::Gpu])
                .filter([State::Queued, State::Running, State::Failed]),
            vec![
                AnyOf("priority", &["high", "urgent"]),
                AnyOf("region", &["eu-1", "us-1", "ap-1", "sa-1"]),
                AnyOf("engine", &["cpu", "gpu"]),
                AnyOf("state", &["queued", "running", "failed"]),
            ],
            (Some(4e3), Some(4e3)),
        ),
        request(
            "all but one value of each facet",
            new().exclude(Priority::Low).exclude(Region::Us1).exclude(Engine::Fpga).exclude(State::Gone),
            vec![
                NoneOf("priority", &["low"]),
                NoneOf("region", &["us-1"]),
                NoneOf("engine", &["fpga"]),
                NoneOf("state", &["gone"]),
            ],
            (Some(4e3), Some(4e3)),
        ),
        request(
            "one label of a tenth of the jobs",
            new().label("queue", "queue-3"),
            vec![AnyOf("queue", &["queue-3"])],
            (Some(35e3), Some(3e3)),
        ),
        request(
            "a label and a facet",
            new().label("queue", "queue-3").filter(State::Running),
            vec![AnyOf("queue", &["queue-3"]), AnyOf("state", &["running"])],
            (None, None),
        ),
        request(
            "three labels",
            new().label("queue", ["queue-1", "queue-2", "queue-3"]).label_not("owner", "owner-3").label_exists("rack"),
            vec![AnyOf("queue", &["queue-1", "queue-2", "queue-3"]), NoneOf("owner", &["owner-3"]), Exists("rack")],
            (Some(70e3), None),
        ),
        request(
            "a label of a thousandth of the jobs",
            new().label("rack", "rack-7"),
            vec![AnyOf("rack", &["rack-7"])],
            (Some(10e3), Some(10e3)),
        ),
        request(
            "a label of one job",
            new().label("trace", "trace-77"),
            vec![AnyOf("trace", &["trace-77"])],
            (Some(10e3), Some(10e3)),
        ),
    ]
}
