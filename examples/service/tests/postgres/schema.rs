//! The schema: who makes it, and what a process says that does not find it.

use std::net::TcpListener;
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
    ("with_verify_full_all_sessions_are_encrypted_and_the_server_is_checked", encrypted),
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

fn encrypted() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let server = Server::start(&["listen_addresses=localhost", &format!("port={port}")]);
    let Some(certificate) = server.encrypt() else {
        eprintln!("TLS is not tested: no openssl made a certificate");
        return;
    };
    server.stop("INT");
    server.set_entrance("local all all trust\nhostssl all all all trust\n");
    server.start_again();
    let database = Database::on(&server);
    let over_tcp = format!("port={port} user=postgres dbname={}", database.name());
    let run = |rest: &str| {
        let connection = format!("{over_tcp} {rest}");
        Command::new(SERVICE).args(["--postgres", &connection, "--listen", "127.0.0.1:0"]).output().unwrap()
    };
    for (rest, reason) in [
        (format!("host=127.0.0.1 sslmode=verify-full sslrootcert={certificate}"), "certificate"),
        ("host=localhost sslmode=verify-full".to_owned(), "certificate"),
        ("host=localhost sslmode=disable".to_owned(), "no pg_hba.conf entry"),
    ] {
        let said = String::from_utf8(run(&rest).stderr).unwrap();
        assert!(said.contains(reason), "{rest}: {said}");
    }
    let connection = format!("{over_tcp} host=localhost sslmode=verify-full sslrootcert={certificate}");
    let mut command = Command::new(SERVICE);
    let program = Program::spawn(command.args(["--postgres", &connection, "--listen", "127.0.0.1:0", "--log", "off"]));
    let mut client = Client::of(&program).ready();
    client.submit("News");
    let plain = "select count(*) from pg_stat_ssl join pg_stat_activity using (pid) where not ssl and client_port > 0";
    assert_eq!(database.rows(plain), ["0"]);
    let sessions = database.rows("select count(*) > 2 from pg_stat_ssl where ssl");
    assert_eq!(sessions, ["t"]);
}

fn wrong_connections() {
    for (connection, reason) in [
        ("postgresql://jobs:secret@localhost/live?sslmode=verify-ca", "sslmode must be disable, prefer or verify-full"),
        ("host=localhost user=jobs password=secret sslmode=verify-full sslrootcert=/nowhere", "sslrootcert /nowhere"),
        ("host=localhost user=jobs password=secret sslmode=require", "sslmode"),
        ("host=/nowhere user=jobs password=secret", "error connecting to server"),
        ("host=localhost user=jobs password=secret colour=red", "colour"),
    ] {
        let output =
            Command::new(SERVICE).args(["--postgres", connection, "--listen", "127.0.0.1:0"]).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(reason) && !said.contains("secret"), "{said}");
    }
    for (option, value, said) in [
        ("--data", "y", "'--postgres <URL>' cannot be used with '--data <DIR>'"),
        ("--memory-max", "9", "'--postgres <URL>' cannot be used with '--memory-max <MIB>'"),
    ] {
        let both = Command::new(SERVICE).args(["--postgres", "host=x", option, value]).output().unwrap();
        let log = String::from_utf8(both.stderr).unwrap();
        assert!(log.contains(said), "{log}");
    }
}
