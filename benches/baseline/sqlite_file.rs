//! `SQLite` in a file, by the script `sqlite_durable.py`: the writes of the bench of the durable store.

use std::collections::HashMap;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use jobdex::{Facet, Job};

/// The numbers of a run by their names; the script says which there are.
pub(crate) type SqliteFigures = HashMap<String, f64>;

/// Runs the script on a new file. `None` where there is no `python3`, or it fails.
pub(crate) fn run(file: &Path, budget: Duration, jobs: &[Job]) -> Option<SqliteFigures> {
    let script = include_str!("sqlite_durable.py");
    let mut python = Command::new("python3")
        .args(["-c", script])
        .arg(file)
        .arg(budget.as_secs_f64().to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    let mut input = BufWriter::new(python.stdin.take()?);
    for job in jobs {
        let rest =
            serde_json::to_string(&(&job.template_id, &job.template_name, &job.stream_input, &job.output_stream));
        let facets = [job.template_type.ordinal(), job.start_mode.ordinal(), job.status.ordinal()];
        let [kind, mode, status] = facets;
        let (name, seconds) = (job.name.replace(['\t', '\n', '\r'], " "), job.create_time.timestamp());
        writeln!(input, "{}\t{name}\t{seconds}\t{kind}\t{mode}\t{status}\t{}", job.job_id, rest.ok()?).ok()?;
    }
    drop(input);
    let output = python.wait_with_output().ok().filter(|output| output.status.success())?;
    let parsed = |line: &str| {
        let (name, number) = line.split_once('\t')?;
        Some((name.to_owned(), number.parse().ok()?))
    };
    String::from_utf8(output.stdout).ok()?.lines().map(parsed).collect()
}
