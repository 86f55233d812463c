//! The schema: who makes it, and what a process says that does not find it.

use std::process::Command;
use std::thread;

use crate::Test;
use crate::client::Client;
use crate::database::Database;
use crate::program::{Program, SERVICE};
use crate::server::{Server, shared};

pub(crate) const TESTS: &[Test] = &[
    ("a_database_without_the_schema_is_an_error_that_says_the_command", without_the_schema),
    ("migrating_again_is_harmless_and_so_are_several_at_once", migrating_again),
    ("a_migration_that_fails_leaves_nothing_behind_and_is_run_later", a_migration_that_fails),
    ("a_schema_of_a_newer_program_is_refused", a_newer_schema),
    ("a_password_may_come_from_the_environment", a_password),
    ("a_connection_that_can_not_be_used_is_an_error_without_its_password", wrong_connections),
];

/// The error of a run of the service.
fn error(database: &Database, arguments: &[&str]) -> String {
    let output = database.service(arguments);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn applied(database: &Database) -> Vec<String> {
    database.rows("select version, name, applied_at from jobdex_migrations order by version")
}

fn without_the_schema() {
    let database = Database::empty(shared());
    let said = error(&database, &["--listen", "127.0.0.1:0"]);
    let command = "run jobdex-service --postgres URL --migrate";
    assert!(said.contains("lacks the migrations 1 (jobs), 2 (publication)") && said.contains(command), "{said}");
    assert!(database.rows("select relname from pg_class where relname in ('jobs', 'jobdex_migrations')").is_empty());
    database.service(&["--migrate"]);
    database.run("delete from jobdex_migrations where version = 3");
    let said = error(&database, &["--listen", "127.0.0.1:0"]);
    assert!(said.contains("lacks the migrations 3 (times") && said.contains(command), "{said}");
}

fn migrating_again() {
    let database = Database::empty(shared());
    thread::scope(|scope| {
        let runs: Vec<_> = (0..4).map(|_| scope.spawn(|| database.service(&["--migrate"]))).collect();
        for run in runs {
            let output = run.join().unwrap();
            assert!(output.status.success(), "{output:?}");
        }
    });
    let first = applied(&database);
    assert_eq!(first.len(), 3);
    let (_program, mut client) = database.serve();
    client.submit("Kept");
    assert!(database.service(&["--migrate"]).status.success(), "also beside a process that serves");
    assert_eq!(applied(&database), first);
    assert_eq!(client.total(), 1);
}

fn a_migration_that_fails() {
    let database = Database::empty(shared());
    // A table of another program stands where the second migration wants its publication.
    database.run("create table others (n int); create publication jobs_pub for table others");
    let said = error(&database, &["--migrate"]);
    assert!(said.contains("migration 2, publication: ") && said.contains("already exists"), "{said}");
    assert_eq!(applied(&database).len(), 1);
    database.run("drop publication jobs_pub");
    assert!(database.service(&["--migrate"]).status.success());
    assert_eq!(applied(&database).len(), 3);
    database.serve();
}

fn a_newer_schema() {
    let database = Database::new();
    database.run("insert into jobdex_migrations (version, name) values (1000, 'of tomorrow')");
    for arguments in [["--migrate"].as_slice(), &["--listen", "127.0.0.1:0"]] {
        let said = error(&database, arguments);
        assert!(said.contains("1000 (of tomorrow)") && said.contains("run a newer jobdex-service"), "{said}");
    }
}

fn a_password() {
    const PASSWORD: &str = r"it's \ a%20 secret";
    let server = Server::start(&[]);
    let database = Database::on(&server);
    database.run(&format!("create role asked superuser login password '{}'", PASSWORD.replace('\'', "''")));
    server.set_entrance(
        "local all postgres trust\nlocal replication postgres trust\nlocal all,replication asked scram-sha-256\n",
    );
    database.run("select pg_reload_conf()");
    let folder = server.folder().to_str().unwrap();
    let encoded = folder.replace('/', "%2F");
    for connection in [
        format!("host={folder} user=asked dbname={}", database.name()),
        format!("postgresql://asked@{encoded}/{}", database.name()),
        format!("postgresql://asked@{encoded}/{}?sslmode=disable", database.name()),
    ] {
        let service = |password: &str| {
            let mut command = Command::new(SERVICE);
            command.args(["--postgres", &connection, "--listen", "127.0.0.1:0"]).env("PGPASSWORD", password);
            command
        };
        let output = service("other").output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("password authentication failed"), "{said}");
        let program = Program::spawn(&mut service(PASSWORD));
        Client::of(&program).ready();
    }
}

fn wrong_connections() {
    for (connection, reason) in [
        ("postgresql://jobs:secret@localhost/live?sslmode=verify-full", "sslmode"),
        ("host=localhost user=jobs password=secret sslmode=require", "sslmode"),
        ("host=/nowhere user=jobs password=secret", "error connecting to server"),
        ("host=localhost user=jobs password=secret colour=red", "colour"),
    ] {
        let output = Command::new(SERVICE).args(["--postgres", connection]).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(reason) && !said.contains("secret"), "{said}");
    }
    let both = Command::new(SERVICE).args(["--postgres", "host=x", "--data", "y"]).output().unwrap();
    let said = String::from_utf8(both.stderr).unwrap();
    assert!(said.contains("'--postgres <URL>' cannot be used with '--data <DIR>'"), "{said}");
}
