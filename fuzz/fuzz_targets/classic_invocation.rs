#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hub_core::fuzzing::run("classic_invocation", data));
