//! The compiler's message for each mistake. `TRYBUILD=overwrite` accepts a change.

#[rustversion::attr(not(stable(1.95)), ignore = "messages differ between compilers")]
#[test]
fn ui() {
    trybuild::TestCases::new().compile_fail("tests/ui/*/*.rs");
}
