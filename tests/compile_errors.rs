//! Mistakes that do not compile, and what the compiler says about them.
//!
//! The texts depend on the compiler. `TRYBUILD=overwrite cargo test --test compile_errors` writes those of another one.

#[test]
fn a_mistake_does_not_compile_and_the_compiler_says_why() {
    trybuild::TestCases::new().compile_fail("tests/compile_errors/*.rs");
}
