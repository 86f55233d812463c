//! The arguments of a bench: sizes from the environment, test mode from the command line.

/// The environment variable with the store sizes, separated by commas.
pub(crate) const SIZES_VARIABLE: &str = "JOBDEX_BENCH_JOBS";

/// A size at which a bench in test mode takes a moment.
const SIZE_IN_TEST_MODE: usize = 2_000;
const SIZES_DEFAULT: [usize; 2] = [100_000, 1_000_000];

/// Whether each benchmark runs only once, as a test: `cargo test --benches`, or `--test` on the command line. `cargo
/// bench` passes `--bench`, `cargo test` does not.
pub(crate) fn is_test_mode() -> bool {
    let arguments: Vec<String> = std::env::args().collect();
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    has("--test") || !has("--bench")
}

/// The sizes of the stores, in the order given: `JOBDEX_BENCH_JOBS=100000,1000000` by default.
///
/// # Panics
/// If the variable holds anything but whole numbers over zero, separated by commas.
pub(crate) fn sizes() -> Vec<usize> {
    if is_test_mode() {
        return vec![SIZE_IN_TEST_MODE];
    }
    match std::env::var(SIZES_VARIABLE) {
        Ok(sizes) => sizes.split(',').map(|size| parsed_size(size.trim())).collect(),
        Err(_) => SIZES_DEFAULT.to_vec(),
    }
}

fn parsed_size(size: &str) -> usize {
    match size.replace('_', "").parse() {
        Ok(size) if size > 0 => size,
        _ => panic!("{SIZES_VARIABLE} has {size:?} among its sizes; give whole numbers over 0, such as 100000,1000000"),
    }
}

/// `100k`, `1M`, `10M`; other sizes in digits.
pub(crate) fn size_name(size: usize) -> String {
    match size {
        1_000_000.. if size.is_multiple_of(1_000_000) => format!("{}M", size / 1_000_000),
        1_000.. if size.is_multiple_of(1_000) => format!("{}k", size / 1_000),
        _ => size.to_string(),
    }
}
