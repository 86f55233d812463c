//! A proxy between a follower and its server, which can be cut and held up at any byte.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinHandle;

pub(crate) struct Proxy {
    folder: PathBuf,
    control: Arc<Control>,
    task: JoinHandle<()>,
}

struct Control {
    server: PathBuf,
    /// No byte passes, and no connection is answered.
    is_held: AtomicBool,
    /// The bytes of the server that still pass before all connections are cut. Without a bound if negative.
    bytes_left: AtomicI64,
    /// Changes at each cut.
    cuts: AtomicUsize,
}

impl Proxy {
    pub(crate) fn start(server: &Path) -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let name = format!("jobdex-proxy-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).expect("the folder of temporary files can be written");
        let listener = UnixListener::bind(folder.join(".s.PGSQL.5432")).expect("the folder is new");
        let control = Arc::new(Control {
            server: server.join(".s.PGSQL.5432"),
            is_held: AtomicBool::new(false),
            bytes_left: AtomicI64::new(-1),
            cuts: AtomicUsize::new(0),
        });
        let task = tokio::spawn(accept(listener, Arc::clone(&control)));
        Self { folder, control, task }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn hold(&self, is_held: bool) {
        self.control.is_held.store(is_held, Ordering::Release);
    }

    /// Cuts all connections, and passes the next ones.
    pub(crate) fn cut(&self) {
        self.control.cuts.fetch_add(1, Ordering::AcqRel);
    }

    /// Cuts all connections after so many bytes of the server.
    pub(crate) fn cut_after(&self, bytes: i64) {
        self.control.bytes_left.store(bytes, Ordering::Release);
    }

    pub(crate) fn cuts(&self) -> usize {
        self.control.cuts.load(Ordering::Acquire)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
        self.cut();
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

async fn accept(listener: UnixListener, control: Arc<Control>) {
    while let Ok((client, _)) = listener.accept().await {
        tokio::spawn(pass(client, Arc::clone(&control)));
    }
}

async fn pass(client: UnixStream, control: Arc<Control>) {
    let cuts = control.cuts.load(Ordering::Acquire);
    let Ok(server) = UnixStream::connect(&control.server).await else { return };
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let is_cut = || control.cuts.load(Ordering::Acquire) != cuts;
    let ask = async {
        let mut bytes = [0; 4096];
        loop {
            let len = from_client.read(&mut bytes).await?;
            control.wait().await;
            if len == 0 {
                return Ok::<_, std::io::Error>(());
            }
            to_server.write_all(&bytes[..len]).await?;
        }
    };
    let answer = async {
        let mut bytes = [0; 4096];
        loop {
            let len = from_server.read(&mut bytes).await?;
            control.wait().await;
            let passing = control.passing(len);
            to_client.write_all(&bytes[..passing]).await?;
            // Nothing passes after the end of the server, or after a byte that does not pass.
            if len == 0 || passing < len {
                return Ok::<_, std::io::Error>(());
            }
        }
    };
    let cut = async {
        while !is_cut() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        _ = ask => {}
        _ = answer => {}
        () = cut => {}
    }
}

impl Control {
    async fn wait(&self) {
        while self.is_held.load(Ordering::Acquire) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// How many of these bytes pass. After the last one all is cut.
    fn passing(&self, len: usize) -> usize {
        let left = self.bytes_left.load(Ordering::Acquire);
        let Ok(left) = usize::try_from(left) else { return len };
        if left > len {
            self.bytes_left.fetch_sub(i64::try_from(len).expect("a short read"), Ordering::AcqRel);
            return len;
        }
        self.bytes_left.store(-1, Ordering::Release);
        self.cuts.fetch_add(1, Ordering::AcqRel);
        left
    }
}
