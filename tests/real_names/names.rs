//! Reads the file of real names.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::sync::LazyLock;

use flate2::read::GzDecoder;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/channel-names.txt.gz");

static NAMES: LazyLock<Option<Vec<String>>> = LazyLock::new(read);

/// All names of the file; `None` if there is no such file.
///
/// # Panics
/// If there is a file that cannot be read, or that has no name.
pub(crate) fn real_names() -> Option<&'static [String]> {
    NAMES.as_deref()
}

fn read() -> Option<Vec<String>> {
    let file = match File::open(PATH) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return None,
        Err(error) => panic!("{PATH} cannot be opened: {error}"),
    };
    let mut text = String::new();
    GzDecoder::new(file).read_to_string(&mut text).expect("the file of names is gzipped UTF-8");
    let names: Vec<String> = text.lines().map(str::to_owned).collect();
    assert!(!names.is_empty(), "{PATH} has no name");
    Some(names)
}
