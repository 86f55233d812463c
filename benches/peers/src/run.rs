//! A run: starts a process for each peer at each size, and writes what they measured.

use std::io::{Error, Result};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::SystemTime;
use std::{env, fs};

use chrono::{DateTime, Utc};
use tempfile::TempDir;

use crate::PEERS;
use crate::common::arguments::size_name;
use crate::common::names::Names;
use crate::figures::{Measured, Run};
use crate::measure::Task;
use crate::{plots, table};

/// The largest size at which readers are measured beside a writer.
const MIXED_SIZE_MAX: usize = 1_000_000;
const FIGURES_FILE: &str = "figures.json";

impl Run {
    /// Measures all peers at these sizes, and writes the figures after each size, so that a run that is stopped keeps what
    /// it has.
    ///
    /// # Errors
    /// If a process can't be started or fails, or the folder can't be written.
    pub(crate) fn measure(sizes: &[usize], out: &Path) -> Result<()> {
        let folder = TempDir::new()?;
        let mixed_size = sizes.iter().copied().filter(|&size| size <= MIXED_SIZE_MAX).max();
        let mut run = Self::empty();
        for (place, &size) in sizes.iter().enumerate() {
            let answers = folder.path().join(size.to_string());
            for peer in PEERS {
                let is_mixed = mixed_size == Some(size);
                let task = Task { peer: peer.to_owned(), size, answers: answers.clone(), is_mixed };
                run.measured.push(in_a_process(&task)?);
            }
            run.command = command(&sizes[..=place]);
            run.write(out)?;
        }
        Ok(())
    }

    fn empty() -> Self {
        Self {
            date: DateTime::<Utc>::from(SystemTime::now()).format("%Y-%m-%d").to_string(),
            machine: machine(),
            command: String::new(),
            names: Names::load().source().to_owned(),
            versions: versions(),
            measured: Vec::new(),
        }
    }

    /// The figures of an earlier run.
    ///
    /// # Errors
    /// If the folder has none.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        serde_json::from_str(&fs::read_to_string(folder.join(FIGURES_FILE))?).map_err(Error::other)
    }

    /// Writes the figures, the table and the plots to a folder, which is made if it is not there.
    ///
    /// # Errors
    /// If the folder can't be written.
    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        fs::create_dir_all(folder)?;
        fs::write(folder.join(FIGURES_FILE), serde_json::to_string_pretty(self)? + "\n")?;
        fs::write(folder.join("table.md"), table::markdown(self))?;
        fs::write(folder.join("latency.svg"), plots::latency(self))?;
        fs::write(folder.join("memory.svg"), plots::memory(self))?;
        if let Some(plot) = plots::mixed(self) {
            fs::write(folder.join("mixed.svg"), plot)?;
        }
        eprintln!("wrote {}", folder.display());
        Ok(())
    }
}

fn in_a_process(task: &Task) -> Result<Measured> {
    let argument = serde_json::to_string(task)?;
    let process = Command::new(env::current_exe()?).args(["--task", &argument]).stderr(Stdio::inherit()).output()?;
    if !process.status.success() {
        return Err(Error::other(format!("{} at {} jobs failed: {}", task.peer, task.size, process.status)));
    }
    serde_json::from_slice(&process.stdout).map_err(Error::other)
}

fn command(sizes: &[usize]) -> String {
    let sizes: Vec<String> = sizes.iter().map(|&size| size_name(size).to_lowercase()).collect();
    format!("cargo run --release -p jobdex-peers -- --sizes {}", sizes.join(","))
}

/// Its processor, cores and memory, as far as the system tells.
fn machine() -> String {
    let line = |file: &str, name: &str| {
        let text = fs::read_to_string(file).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
        line.map(|line| line.trim_matches([' ', '\t', ':']).to_owned())
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let kib = line("/proc/meminfo", "MemTotal").and_then(|kib| kib.trim_end_matches(" kB").parse::<u64>().ok());
    let memory = kib.map(|kib| format!(", {} GiB of memory", (kib + (1 << 19)) >> 20)).unwrap_or_default();
    let processor = line("/proc/cpuinfo", "model name").map(|name| format!(" of {name}")).unwrap_or_default();
    format!("{cores} cores{processor}{memory}")
}

fn versions() -> String {
    let of = |name: &str| {
        let lock = include_str!("../../../Cargo.lock");
        let version =
            lock.split_once(&format!("name = \"{name}\"\nversion = \"")).and_then(|(_, rest)| rest.split('"').next());
        format!("{name} {}", version.unwrap_or("of unknown version"))
    };
    format!("SQLite {}, {}, {}", rusqlite::version(), of("tantivy"), of("roaring"))
}
