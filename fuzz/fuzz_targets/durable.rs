//! Any bytes are opened as the file of a store: they are refused with a reason, or give a store that is whole.
//!
//! The first byte chooses the form of the rest: the file itself, or changes of a file that is whole, five bytes each.

#![no_main]

#[path = "../../tests/oracle/mod.rs"]
mod oracle;

use std::io;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use jobdex::Job;
use jobdex::durable::{DurableJobStore, DurableOptions, Medium};
use libfuzzer_sys::fuzz_target;

use oracle::vocabulary::{self, NAMES};

/// A file in memory.
#[derive(Clone, Debug, Default)]
struct MemoryFile(Arc<Mutex<Vec<u8>>>);

impl MemoryFile {
    fn bytes(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Medium for MemoryFile {
    fn bytes_len(&self) -> io::Result<u64> {
        Ok(self.bytes().len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let bytes = self.bytes();
        let rest = usize::try_from(offset).ok().and_then(|start| bytes.get(start..)).unwrap_or_default();
        out.copy_from_slice(rest.get(..out.len()).ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn write(&self, offset: u64, changed: &[u8]) -> io::Result<()> {
        let mut bytes = self.bytes();
        let start = usize::try_from(offset).map_err(io::Error::other)?;
        let place = bytes.get_mut(start..).and_then(|rest| rest.get_mut(..changed.len()));
        place.ok_or(io::ErrorKind::UnexpectedEof)?.copy_from_slice(changed);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        // A forged header may ask for more than there is memory.
        if len > 1 << 28 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.bytes().resize(usize::try_from(len).map_err(io::Error::other)?, 0);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}

fn options() -> DurableOptions {
    DurableOptions::new().cache_bytes(1 << 20)
}

/// The jobs, and a file that has them.
static WHOLE: LazyLock<(Vec<Job>, Vec<u8>)> = LazyLock::new(|| {
    let jobs = NAMES.iter().zip(0..).map(|(name, number)| {
        vocabulary::job(&format!("job-{number}"), name, vocabulary::time(number.into()), number as usize)
    });
    let (jobs, file): (Vec<Job>, _) = (jobs.collect(), MemoryFile::default());
    let store = DurableJobStore::open_on(file.clone(), options()).expect("it is new");
    store.write(|store| store.extend(jobs.clone())).expect("the jobs are good");
    store.close().expect("memory does not fail");
    let bytes = file.bytes().clone();
    (jobs, bytes)
});

fuzz_target!(|input: &[u8]| {
    let Some((&form, rest)) = input.split_first() else { return };
    let is_whole_file = form % 4 == 0;
    let image = if is_whole_file { rest.to_vec() } else { changed(rest) };
    let is_new = image.is_empty();
    match DurableJobStore::<Job>::open_on(MemoryFile(Arc::new(Mutex::new(image))), options()) {
        Ok(store) => {
            let snapshot = store.shared().snapshot();
            snapshot.check_invariants();
            let is_same = snapshot.iter().map(|job| job.as_ref()).eq(&WHOLE.0);
            assert!(is_same || is_new, "a store that opens is whole");
        }
        Err(error) => assert!(!error.to_string().is_empty(), "a refusal says why"),
    }
});

fn changed(changes: &[u8]) -> Vec<u8> {
    let mut image = WHOLE.1.clone();
    for change in changes.as_chunks::<5>().0 {
        let at = u32::from_le_bytes([change[0], change[1], change[2], change[3]]) as usize % image.len();
        image[at] ^= change[4];
    }
    image
}
