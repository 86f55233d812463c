//! Private servers, each in a folder of its own, on a socket there.
//!
//! The server refuses to run as root. If the tests run as root, the server runs as `postgres` or `nobody`.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// The folder of the programs, if there is one.
pub(crate) fn programs() -> Option<&'static Path> {
    static PROGRAMS: OnceLock<Option<PathBuf>> = OnceLock::new();
    PROGRAMS.get_or_init(find_programs).as_deref()
}

fn find_programs() -> Option<PathBuf> {
    if let Some(folder) = std::env::var_os("JOBDEX_POSTGRES_BIN") {
        return Some(folder.into());
    }
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(_, folder): &(u32, PathBuf)| folder.join("initdb").exists())
        .collect();
    found.sort();
    let in_path = || std::env::split_paths(&std::env::var_os("PATH")?).find(|folder| folder.join("initdb").exists());
    found.pop().map(|(_, folder)| folder).or_else(in_path)
}

/// The user and group that servers run as, if the tests run as root.
fn other_user() -> Option<(u32, u32)> {
    if fs::metadata("/proc/self").ok()?.uid() != 0 {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").expect("the list of users is readable");
    let user = |name: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut numbers = line.split(':').skip(2).map(|field| field.parse().ok());
        Some((numbers.next()??, numbers.next()??))
    };
    user("postgres").or_else(|| user("nobody"))
}

/// A server that runs. A drop kills it and removes its folder.
pub(crate) struct Server {
    folder: PathBuf,
    /// The port of the arguments, which is a part of the name of the socket.
    port: u16,
    settings: Mutex<Vec<String>>,
    process: Mutex<Option<Child>>,
}

/// The server that most tests share, each with a database of its own.
static SHARED: Mutex<Option<&'static Server>> = Mutex::new(None);

pub(crate) fn shared() -> &'static Server {
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    shared.get_or_insert_with(|| Box::leak(Box::new(Server::start(&[]))))
}

/// Stops the shared server, which no drop does.
pub(crate) fn stop_shared() {
    if let Some(server) = SHARED.lock().unwrap_or_else(PoisonError::into_inner).take() {
        server.remove();
    }
}

impl Server {
    /// A new server, with more settings, such as `wal_sender_timeout=5s`.
    pub(crate) fn start(settings: &[&str]) -> Self {
        let port = settings.iter().find_map(|setting| setting.strip_prefix("port=")?.parse().ok()).unwrap_or(5432);
        let server = Self::in_new_folder(port);
        server.add_settings(settings);
        let data = server.data();
        server.run("initdb", |command| {
            command.arg("-D").arg(data).args([
                "-U",
                "postgres",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--no-locale",
                "--no-sync",
            ]);
        });
        server.start_again();
        server
    }

    /// A standby of a server: a copy that follows it, and only answers reads until it is promoted.
    #[allow(dead_code, reason = "the tests of the service need none")]
    pub(crate) fn standby_of(primary: &Self) -> Self {
        let standby = Self::in_new_folder(primary.port);
        let data = standby.data();
        standby.run("pg_basebackup", |command| {
            command.arg("-D").arg(data).arg("-h").arg(primary.folder()).arg("-p").arg(primary.port.to_string()).args([
                "-U",
                "postgres",
                "--write-recovery-conf",
                "--wal-method=stream",
                "--checkpoint=fast",
                "--no-sync",
            ]);
        });
        standby.start_again();
        standby
    }

    /// A server that has no data yet, in a folder of its own.
    fn in_new_folder(port: u16) -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let name = format!("jobdex-pg-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).expect("the folder of temporary files can be written");
        if let Some((user, group)) = other_user() {
            chown(&folder, Some(user), Some(group)).expect("root may give a folder away");
        }
        Self { folder, port, settings: Mutex::default(), process: Mutex::new(None) }
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// The folder of the socket.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Adds settings for the next start.
    pub(crate) fn add_settings(&self, settings: &[&str]) {
        self.settings().extend(settings.iter().map(|&setting| setting.to_owned()));
    }

    fn settings(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says who may enter, and how.
    pub(crate) fn set_entrance(&self, lines: &str) {
        fs::write(self.data().join("pg_hba.conf"), lines).expect("the folder is ours");
    }

    /// Makes a certificate of `localhost`, and settings by which the server takes TLS from its next start. Returns the file of
    /// the certificate, which signs itself; `None` if there is no `openssl`.
    pub(crate) fn encrypt(&self) -> Option<String> {
        const KIND: [&str; 7] = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"];
        const NAMES: [&str; 6] = [
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=DNS:localhost",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
        ];
        let [key, certificate] = ["key.pem", "cert.pem"].map(|name| self.folder.join(name).display().to_string());
        let mut command = Command::new("openssl");
        let made = command.args(KIND).args(NAMES).args(["-keyout", &key, "-out", &certificate]).output();
        if !made.is_ok_and(|made| made.status.success()) {
            return None;
        }
        self.give(&["key.pem", "cert.pem"]);
        self.add_settings(&["ssl=on", &format!("ssl_cert_file={certificate}"), &format!("ssl_key_file={key}")]);
        Some(certificate)
    }

    /// Gives files of the folder to the server alone.
    pub(crate) fn give(&self, names: &[&str]) {
        for name in names {
            let path = self.folder.join(name);
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("the file is ours");
            if let Some((user, group)) = other_user() {
                chown(&path, Some(user), Some(group)).expect("root may give a file away");
            }
        }
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(programs().expect("the programs were found").join(program));
        command.current_dir(&self.folder).stdin(Stdio::null());
        if let Some((user, group)) = other_user() {
            command.uid(user).gid(group);
        }
        command
    }

    /// Runs a program to its end.
    fn run(&self, program: &str, arguments: impl FnOnce(&mut Command)) {
        let mut command = self.command(program);
        arguments(&mut command);
        let output = command.output().expect("the program can be started");
        assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// Starts the server again after a kill or a stop, and waits until it answers.
    pub(crate) fn start_again(&self) {
        let log = fs::OpenOptions::new().append(true).create(true).open(self.folder.join("log")).expect("a log");
        let folder = self.folder.display();
        let mut command = self.command("postgres");
        command.arg("-D").arg(self.data()).stdout(Stdio::null()).stderr(log);
        let base = [
            format!("unix_socket_directories={folder}"),
            "listen_addresses=".to_owned(),
            "wal_level=logical".to_owned(),
            "fsync=off".to_owned(),
            "shared_buffers=32MB".to_owned(),
            "max_connections=60".to_owned(),
            "max_wal_senders=20".to_owned(),
            "max_replication_slots=20".to_owned(),
            "max_prepared_transactions=10".to_owned(),
            "log_min_messages=warning".to_owned(),
        ];
        for setting in base.iter().chain(self.settings().iter()) {
            command.arg("-c").arg(setting);
        }
        *self.process() = Some(command.spawn().expect("the server can be started"));
        let until = Instant::now() + Duration::from_secs(240);
        while !self.answers() {
            let has_ended =
                self.process().as_mut().is_none_or(|process| process.try_wait().is_ok_and(|end| end.is_some()));
            if has_ended {
                // Children of a killed server may still hold its memory.
                *self.process() = Some(command.spawn().expect("the server can be started"));
            }
            assert!(Instant::now() < until, "{}", fs::read_to_string(self.folder.join("log")).unwrap_or_default());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn answers(&self) -> bool {
        let mut command = self.command("pg_isready");
        command.arg("-h").arg(&self.folder).arg("-p").arg(self.port.to_string()).stdout(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    }

    fn process(&self) -> std::sync::MutexGuard<'_, Option<Child>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Kills the server as a failing machine would, but for its disk.
    pub(crate) fn kill(&self) {
        if let Some(mut process) = self.process().take() {
            process.kill().expect("the process is ours");
            process.wait().expect("the process is ours");
        }
        // Its children see that it is gone, and hold its memory until then.
        std::thread::sleep(Duration::from_millis(50));
    }

    /// Sends the server a signal, such as `INT` for a fast stop, and waits for its end.
    pub(crate) fn stop(&self, signal: &str) {
        if let Some(mut process) = self.process().take() {
            send(signal, process.id());
            process.wait().expect("the process is ours");
        }
    }

    fn remove(&self) {
        self.stop("QUIT");
        drop(fs::remove_dir_all(&self.folder));
    }
}

/// Sends a signal to a process of the tests.
pub(crate) fn send(signal: &str, process: u32) {
    let status = Command::new("kill").arg(format!("-{signal}")).arg(process.to_string()).status();
    assert!(status.is_ok_and(|status| status.success()), "a signal {signal} to {process}");
}

impl Drop for Server {
    fn drop(&mut self) {
        self.remove();
    }
}
