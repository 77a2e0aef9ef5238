//! What the compiler says of each mistake. `TRYBUILD=overwrite` accepts it.

#[rustversion::attr(not(stable(1.95)), ignore = "messages differ between compilers")]
#[test]
fn ui() {
    trybuild::TestCases::new().compile_fail("tests/ui/*/*.rs");
}
