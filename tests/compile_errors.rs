//! Mistakes that do not compile, and what the compiler says about them.
//!
//! The texts are those of one compiler, and no other is asked. `TRYBUILD=overwrite cargo test --test compile_errors`
//! writes the texts of a new one; then the version here changes.

use std::process::Command;

/// The compiler whose texts the files have.
const COMPILER: &str = "rustc 1.95.";

#[test]
fn a_mistake_does_not_compile_and_the_compiler_says_why() {
    let rustc = std::env::var_os("RUSTC").unwrap_or("rustc".into());
    let version = Command::new(rustc).arg("--version").output().expect("the compiler that built this test");
    let version = String::from_utf8_lossy(&version.stdout);
    if version.starts_with(COMPILER) {
        trybuild::TestCases::new().compile_fail("tests/compile_errors/*.rs");
    } else {
        println!("skipped: the texts are those of {COMPILER}x, and this is {version}");
    }
}
