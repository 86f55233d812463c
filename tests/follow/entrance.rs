//! Entering a server over TCP: passwords by each method, and TLS with each demand on the certificate.

use std::net::TcpListener;

use jobdex::Job;
use jobdex::follow::{FollowError, FollowOptions, Follower};

use super::database::{Database, LONG};
use super::server::Server;
use super::{Test, run};

pub(crate) const TESTS: &[Test] = &[
    ("a_password_is_proved_by_each_method", || run(a_password_is_proved_by_each_method())),
    ("tls_is_as_the_mode_demands", || run(tls_is_as_the_mode_demands())),
];

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port is free").port()
}

fn options(port: u16, database: &Database, rest: &str) -> FollowOptions {
    let connection = format!("host=localhost port={port} dbname={} {rest}", database.name);
    FollowOptions::new(&connection, "jobs", "jobs_pub")
}

async fn start(options: FollowOptions) -> Result<(), FollowError> {
    let follower = Follower::<Job>::start(options).await?;
    follower.caught_up(LONG).await?;
    follower.shutdown().await.map(drop)
}

async fn a_password_is_proved_by_each_method() {
    let port = free_port();
    let server = Server::start(&["listen_addresses=localhost", &format!("port={port}")]);
    let database = Database::on(&server).await;
    for method in ["scram-sha-256", "md5", "password"] {
        let stored = if method == "md5" { "md5" } else { "scram-sha-256" };
        let role = format!("guarded_{}", method.len());
        database.run(&format!("set password_encryption = '{stored}'")).await;
        database.run(&format!("create role {role} login superuser password 'it''s p@ss'")).await;
        server.set_entrance(&format!("local all all trust\nhost all all all {method}\n"));
        database.run("select pg_reload_conf(); select pg_sleep(0.2)").await;
        let with = |password: &str| options(port, &database, &format!("user={role} {password}"));
        start(with(r"password='it\'s p@ss'")).await.unwrap_or_else(|error| panic!("{method}: {error}"));
        let error = start(with("password=wrong")).await.expect_err(method);
        assert!(matches!(&error, FollowError::Server { sqlstate, .. } if sqlstate == "28P01"), "{method}: {error}");
        let error = start(with("")).await.expect_err(method);
        assert!(error.to_string().contains("asks for a password"), "{method}: {error}");
    }
}

async fn tls_is_as_the_mode_demands() {
    let port = free_port();
    let server = Server::start(&["listen_addresses=localhost", &format!("port={port}")]);
    let plain = {
        let database = Database::on(&server).await;
        start(options(port, &database, "user=postgres sslmode=prefer")).await.expect("TLS is only preferred");
        let error =
            start(options(port, &database, "user=postgres sslmode=require")).await.expect_err("there is no TLS");
        assert!(error.to_string().contains("the server has no TLS"), "{error}");
        database.name
    };
    server.stop("INT");
    let Some(certificate) = server.encrypt() else {
        eprintln!("TLS itself is not tested: no openssl made a certificate");
        return;
    };
    server.set_entrance("local all all trust\nhostssl all all all trust\n");
    server.start_again();
    let database = Database::again(&server, &plain).await;
    for mode in [
        "prefer",
        "require",
        &format!("verify-ca sslrootcert={certificate}"),
        &format!("verify-full sslrootcert={certificate}"),
    ] {
        let options = options(port, &database, &format!("user=postgres sslmode={mode}"));
        start(options).await.unwrap_or_else(|error| panic!("{mode}: {error}"));
    }
    let refused = [
        ("verify-full", "localhost", "certificate"),
        ("verify-ca", "localhost", "certificate"),
        (&format!("verify-full sslrootcert={certificate}"), "127.0.0.1", "certificate"),
        ("disable", "localhost", "no pg_hba.conf entry"),
    ];
    for (mode, host, text) in refused {
        let connection = format!("host={host} port={port} dbname={} user=postgres sslmode={mode}", database.name);
        let error = start(FollowOptions::new(&connection, "jobs", "jobs_pub")).await.expect_err(mode);
        assert!(error.to_string().contains(text), "{mode}: {error}");
    }
    let by_address = format!(
        "host=127.0.0.1 port={port} dbname={} user=postgres sslmode=verify-ca sslrootcert={certificate}",
        database.name
    );
    start(FollowOptions::new(&by_address, "jobs", "jobs_pub")).await.expect("the name does not matter");
}
