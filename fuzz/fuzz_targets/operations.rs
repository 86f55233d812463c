//! Any sequence of writes and queries, with snapshots, copies and cursors, gives the answers of the oracle.

#![no_main]

#[path = "../../tests/oracle/mod.rs"]
mod oracle;

use std::ops::Bound;

use arbitrary::{Result, Unstructured};
use chrono::{DateTime, Utc};
use jobdex::{Facet, Job, Matching, SortOrder};
use libfuzzer_sys::fuzz_target;

use oracle::store::{ListSpec, Start};
use oracle::twins::{Change, Operation, Twins};
use oracle::vocabulary::{self, JOB_IDS, NAMES};

/// Operations in one sequence. Longer sequences take longer and found no further differences.
const OPERATIONS_MAX: usize = 300;
/// Operations between two comparisons of the whole store, each of which costs more than these operations.
const CHECK_INTERVAL: usize = 32;
/// Jobs in one batch.
const BATCH_MAX: u8 = 40;
/// Bytes of a random text; a little more than a name may have.
const TEXT_BYTES_MAX: usize = 1030;

type CreatedRange = (Bound<DateTime<Utc>>, Bound<DateTime<Utc>>);

fuzz_target!(|input: &[u8]| {
    let mut input = Unstructured::new(input);
    let mut twins = Twins::default();
    for number in 1..=OPERATIONS_MAX {
        let Ok(operation) = operation(&mut input) else { break };
        twins.apply(operation);
        if number % CHECK_INTERVAL == 0 {
            twins.check();
        }
        if input.is_empty() {
            break;
        }
    }
    twins.check_all();
});

fn operation(input: &mut Unstructured) -> Result<Operation> {
    Ok(match input.arbitrary::<u8>()? % 32 {
        0..=6 => Operation::Insert(job(input)?),
        7..=9 => Operation::Upsert(job(input)?),
        10..=15 => Operation::Update(job_id(input)?, change(input)?),
        16..=18 => Operation::Remove(job_id(input)?),
        19..=20 => Operation::Extend(batch(input)?),
        21 => Operation::Clear,
        22 => Operation::Snapshot,
        23 => Operation::Forget,
        24 => Operation::Fork,
        25 => Operation::Switch,
        26 => Operation::Walk(spec(input)?),
        27..=28 => Operation::Resume(input.arbitrary::<u8>()?.into(), input.int_in_range(1..=100)?),
        _ => Operation::List(spec(input)?),
    })
}

fn batch(input: &mut Unstructured) -> Result<Vec<Job>> {
    let len = input.arbitrary::<u8>()? % BATCH_MAX;
    let offset = input.arbitrary::<u8>()?;
    let numbered = |(number, job): (u16, Result<Job>)| {
        // Most IDs differ, so that most batches are valid.
        let job_id = format!("n{}", u16::from(offset) * 8 + number);
        job.map(|job| if offset == 0 { job } else { Job { job_id, ..job } })
    };
    (0..u16::from(len)).map(|number| numbered((number, job(input)))).collect()
}

fn job(input: &mut Unstructured) -> Result<Job> {
    Ok(vocabulary::job(&job_id(input)?, &name(input)?, time(input)?, input.arbitrary::<u8>()?.into()))
}

fn change(input: &mut Unstructured) -> Result<Change> {
    Ok(match input.arbitrary::<u8>()? % 12 {
        0..=2 => Change::Name(name(input)?),
        3..=5 => Change::Time(time(input)?),
        6..=8 => Change::Cell(input.arbitrary::<u8>()?.into()),
        9 => Change::Everything(job(input)?),
        10 => Change::JobId(job_id(input)?),
        _ => Change::Nothing,
    })
}

fn job_id(input: &mut Unstructured) -> Result<String> {
    one_of(input, JOB_IDS)
}

fn name(input: &mut Unstructured) -> Result<String> {
    one_of(input, NAMES)
}

/// One of these texts in most cases, otherwise a random text.
fn one_of(input: &mut Unstructured, texts: &[&str]) -> Result<String> {
    let number = usize::from(input.arbitrary::<u8>()?);
    if number < 224 { Ok(texts[number % texts.len()].to_owned()) } else { any_text(input) }
}

fn any_text(input: &mut Unstructured) -> Result<String> {
    let len = usize::from(input.arbitrary::<u8>()?) % 40;
    let text = String::from_utf8_lossy(input.bytes(len.min(input.len()))?).into_owned();
    // At times longer than the limits of the fields.
    let times = if input.ratio(1, 32)? { 1 + TEXT_BYTES_MAX / (text.len() + 1) } else { 1 };
    Ok(text.repeat(times))
}

fn time(input: &mut Unstructured) -> Result<DateTime<Utc>> {
    let times = vocabulary::times();
    let number = usize::from(input.arbitrary::<u8>()?);
    if number < 240 {
        return Ok(times[number % times.len()]);
    }
    let any = DateTime::from_timestamp(input.arbitrary::<i32>()?.into(), input.arbitrary::<u32>()?);
    Ok(any.unwrap_or(times[0]))
}

fn spec(input: &mut Unstructured) -> Result<ListSpec> {
    Ok(ListSpec {
        types: some_of(input)?,
        modes: some_of(input)?,
        statuses: some_of(input)?,
        created: created(input)?,
        keyword: keyword(input)?,
        matching: *input.choose(&[Matching::Closest, Matching::Literal, Matching::Any])?,
        sort: *input.choose(&[SortOrder::Desc, SortOrder::Asc])?,
        start: Start::No(if input.ratio(1, 16)? {
            input.int_in_range(1..=u64::MAX)?
        } else {
            input.int_in_range(1..=6)?
        }),
        page_size: input.int_in_range(1..=100)?,
    })
}

fn some_of<F: Facet>(input: &mut Unstructured) -> Result<Vec<F>> {
    let mask: u8 = input.arbitrary()?;
    Ok(F::ALL.iter().copied().filter(|value| mask & 0x80 != 0 && mask >> value.ordinal() & 1 != 0).collect())
}

fn created(input: &mut Unstructured) -> Result<CreatedRange> {
    let (one, other) = (time(input)?, time(input)?);
    let bound = |kind, time| [Bound::Unbounded, Bound::Included(time), Bound::Excluded(time)][kind];
    let kinds = usize::from(input.arbitrary::<u8>()? % 9);
    Ok((bound(kinds % 3, one.min(other)), bound(kinds / 3, one.max(other))))
}

/// No keyword, a name, an ID, a piece of a name, or a random text; never over the limit.
fn keyword(input: &mut Unstructured) -> Result<Option<String>> {
    let text = match input.arbitrary::<u8>()? % 8 {
        0 | 1 => return Ok(None),
        2 => job_id(input)?,
        3 => name(input)?,
        4 | 5 => {
            let name: Vec<char> = name(input)?.chars().collect();
            let from = usize::from(input.arbitrary::<u8>()?) % (name.len() + 1);
            let len = usize::from(input.arbitrary::<u8>()?) % (name.len() + 1 - from).max(1);
            let mut piece = name[from..from + len].to_vec();
            if input.ratio(1, 2)? && !piece.is_empty() {
                let place = usize::from(input.arbitrary::<u8>()?) % piece.len();
                piece[place] = input.arbitrary()?;
            }
            piece.into_iter().collect()
        }
        6 => format!("{} {}", name(input)?, name(input)?),
        _ => any_text(input)?,
    };
    Ok(Some(text.trim_start().chars().take(jobdex::limits::KEYWORD_CHARS_MAX).collect()))
}
