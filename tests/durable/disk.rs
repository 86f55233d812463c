//! A disk in memory that fails as real disks do: power cuts that keep any of the unsynced sectors, operations that fail, and
//! no room.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use jobdex::durable::Medium;

use crate::oracle::random::Random;

const SECTOR: usize = 512;

/// A disk that its clones share. The test holds one clone, the store another.
#[derive(Clone, Debug, Default)]
pub(crate) struct SimulatedDisk {
    disk: Arc<Mutex<State>>,
    released: Arc<Condvar>,
}

#[derive(Debug, Default)]
struct State {
    /// What the process sees.
    now: Vec<u8>,
    /// The bytes that survive a power cut.
    synced: Vec<u8>,
    /// Writes since the last sync.
    unsynced: Vec<(usize, Vec<u8>)>,
    operations: usize,
    syncs: usize,
    /// All operations from this number on fail: the power is off.
    dead_from: Option<usize>,
    /// This operation fails, and the later ones work.
    fails_at: Option<usize>,
    /// The most bytes that the disk has.
    room: Option<usize>,
    /// Syncs wait while it is set.
    is_held: bool,
}

impl SimulatedDisk {
    pub(crate) fn of(image: Vec<u8>) -> Self {
        let disk = Self::default();
        *disk.state() = State { synced: image.clone(), now: image, ..State::default() };
        disk
    }

    /// The power goes off before this operation.
    pub(crate) fn dead_from(self, operation: usize) -> Self {
        self.state().dead_from = Some(operation);
        self
    }

    pub(crate) fn fails_at(self, operation: usize) -> Self {
        self.state().fails_at = Some(operation);
        self
    }

    pub(crate) fn set_room(&self, bytes: Option<usize>) {
        self.state().room = bytes;
    }

    pub(crate) fn operations(&self) -> usize {
        self.state().operations
    }

    pub(crate) fn syncs(&self) -> usize {
        self.state().syncs
    }

    pub(crate) fn is_dead(&self) -> bool {
        let state = self.state();
        state.dead_from.is_some_and(|first| state.operations > first)
    }

    /// All bytes, as a process sees them.
    pub(crate) fn image(&self) -> Vec<u8> {
        self.state().now.clone()
    }

    /// The bytes after a power cut: each unsynced sector is there or not, by chance, and so is each change of the length.
    pub(crate) fn image_after_cut(&self, random: &mut Random) -> Vec<u8> {
        let state = self.state();
        let mut image = state.synced.clone();
        if state.now.len() > image.len() && random.chance(50) {
            image.resize(state.now.len(), 0);
        }
        for (offset, bytes) in &state.unsynced {
            for (number, sector) in bytes.chunks(SECTOR).enumerate() {
                let start = offset + number * SECTOR;
                if random.chance(50) && start + sector.len() <= image.len() {
                    image[start..start + sector.len()].copy_from_slice(sector);
                }
            }
        }
        image
    }

    /// Flips a bit of a byte, as nothing does that the store knows of.
    pub(crate) fn flip(&self, at: usize) {
        self.state().now[at] ^= 1;
    }

    /// Lets syncs wait until [`release`](Self::release).
    pub(crate) fn hold(&self) {
        self.state().is_held = true;
    }

    pub(crate) fn release(&self) {
        self.state().is_held = false;
        self.released.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.disk.lock().expect("no operation panics")
    }

    /// Counts an operation, which may be the one that fails.
    fn begin(&self) -> io::Result<MutexGuard<'_, State>> {
        let mut state = self.state();
        let number = state.operations;
        state.operations += 1;
        if state.dead_from.is_some_and(|first| number >= first) {
            return Err(io::Error::other("the power is off"));
        }
        if state.fails_at == Some(number) {
            return Err(io::Error::other(format!("operation {number} failed")));
        }
        Ok(state)
    }
}

impl Medium for SimulatedDisk {
    fn bytes_len(&self) -> io::Result<u64> {
        Ok(self.begin()?.now.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let state = self.begin()?;
        let start = usize::try_from(offset).expect("it is in memory");
        let bytes = state.now.get(start..start + out.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(bytes);
        Ok(())
    }

    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.begin()?;
        let start = usize::try_from(offset).expect("it is in memory");
        if state.room.is_some_and(|room| start + bytes.len() > room) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        state.unsynced.push((start, bytes.to_vec()));
        state.now[start..start + bytes.len()].copy_from_slice(bytes);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut state = self.begin()?;
        let len = usize::try_from(len).expect("it is in memory");
        if state.room.is_some_and(|room| len > room && len > state.now.len()) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        state.now.resize(len, 0);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.begin()?;
        while state.is_held {
            state = self.released.wait(state).expect("no operation panics");
            // The power may go off while the disk is busy.
            if state.dead_from.is_some_and(|first| first <= state.operations) {
                return Err(io::Error::other("the power is off"));
            }
        }
        let State { now, synced, unsynced, .. } = &mut *state;
        synced.clone_from(now);
        unsynced.clear();
        state.syncs += 1;
        Ok(())
    }
}
