//! What the tests of this folder share: real names, where they are at hand.

use std::{fs::File, io::Read, path::Path};

use flate2::read::GzDecoder;

/// Real channel names, one per line of a file beside the crate; none, with a printed line, where the file is missing.
pub(crate) fn real_names() -> Vec<String> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/channel-names.txt.gz"));
    let Ok(file) = File::open(path) else {
        println!("skipped: no real names beside the crate");
        return Vec::new();
    };
    let mut names = String::new();
    GzDecoder::new(file).read_to_string(&mut names).expect("the file of names is UTF-8, compressed");
    names.lines().map(str::to_owned).collect()
}
