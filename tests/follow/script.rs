//! Random scripts of SQL over a table of jobs. Each statement of a script is sent by itself, and none fails.

use super::random::Random;

/// Few keys, so that statements meet.
const KEYS: usize = 40;

/// The name of the test is for transactions in two phases, whose names are those of the whole server.
pub(crate) fn script(random: &mut Random, test: &str) -> Vec<String> {
    (0..=random.below(4)).flat_map(|_| transaction(random, test)).collect()
}

fn transaction(random: &mut Random, test: &str) -> Vec<String> {
    let body = body(random);
    let (first, second, third) = (statement(random), statement(random), statement(random));
    match random.below(20) {
        0..10 => vec![statement(random)],
        10..15 => vec![format!("begin; {body}; commit")],
        15 => vec![format!("begin; {body}; rollback")],
        16 => vec![format!("begin; {body}; prepare transaction '{test}'"), format!("commit prepared '{test}'")],
        17 => vec![format!("begin; {body}; prepare transaction '{test}'"), format!("rollback prepared '{test}'")],
        // A transaction within another one, which is given up.
        18 => vec![format!(
            "do $do$ begin {first}; begin {second}; raise division_by_zero; exception when division_by_zero then {third}; end; \
             end $do$"
        )],
        _ => vec![format!("begin; {body}; truncate jobs; {first}; commit")],
    }
}

/// Statements with savepoints in between.
fn body(random: &mut Random) -> String {
    let mut statements = vec![statement(random)];
    for _ in 0..random.below(4) {
        if random.chance(30) {
            let end = if random.chance(50) { "rollback to s" } else { "release s" };
            statements.extend(["savepoint s".into(), statement(random), end.into()]);
        } else {
            statements.push(statement(random));
        }
    }
    statements.join("; ")
}

fn key(random: &mut Random) -> String {
    format!("k{:02}", random.below(KEYS))
}

fn text(random: &mut Random) -> String {
    let number = random.below(1000);
    match random.below(6) {
        0 => "null".into(),
        1 => "''".into(),
        2 => format!(r"E'tab\t nl\n \\ {number}'"),
        // Long values are kept apart from their rows.
        3 => format!("repeat(md5('{number}'), {})", 1 + random.below(30)),
        4 => "'🔥 综合'".into(),
        _ => format!("'News {number}'"),
    }
}

fn condition(random: &mut Random) -> String {
    match random.below(4) {
        0 => format!("job_id = '{}'", key(random)),
        1 => format!("job_id < '{}'", key(random)),
        2 => format!("status = {}", random.below(3)),
        _ => format!("job_id between '{}' and '{}'", key(random), key(random)),
    }
}

fn statement(random: &mut Random) -> String {
    let (one, other) = (key(random), key(random));
    match random.below(10) {
        0 | 1 => format!(
            "insert into jobs(job_id, name, status) select 'k' || lpad(n::text, 2, '0'), {}, {} from generate_series({}, {}) n \
             on conflict (job_id) do nothing",
            text(random),
            random.below(3),
            random.below(KEYS),
            random.below(KEYS),
        ),
        2 => format!(
            "insert into jobs(job_id, name) values ('{one}', {}) on conflict (job_id) do update set name = excluded.name",
            text(random)
        ),
        3 => format!("update jobs set name = {} where {}", text(random), condition(random)),
        4 => format!("update jobs set status = {} where {}", random.below(3), condition(random)),
        5 => format!(
            "update jobs set output_stream = jsonb_build_object('StreamInfos', jsonb_build_array(jsonb_build_object('OutputUrl', \
             coalesce({}, ''))))  where {}",
            text(random),
            condition(random)
        ),
        6 => format!(
            "update jobs set job_id = '{one}', status = {} where job_id = '{other}' and not exists (select from jobs where job_id = '{one}')",
            random.below(3)
        ),
        7 => format!(
            "update jobs set create_time = create_time + interval '{} seconds' where {}",
            random.below(9),
            condition(random)
        ),
        _ => format!("delete from jobs where {}", condition(random)),
    }
}
