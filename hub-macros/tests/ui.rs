//! What the macros refuse, with the words and the place, and what unusual code they take.
//!
//! `ui/<macro>/<mistake>.rs` must fail as its `.stderr` says; `TRYBUILD=overwrite` records it anew, on the pinned
//! toolchain. `ui/pass/` must build.

#[test]
fn mistakes_are_explained() {
    let cases = trybuild::TestCases::new();
    for of in ["hub", "hub_method", "hub_client", "client_method", "hub_module"] {
        cases.compile_fail(format!("tests/ui/{of}/*.rs"));
    }
}

#[test]
fn unusual_code_that_is_right_builds() {
    trybuild::TestCases::new().pass("tests/ui/pass/*.rs");
}
