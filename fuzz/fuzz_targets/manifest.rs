//! A manifest and, behind a zero byte, its weights: refused, or a network of consistent sizes.

#![no_main]

#[path = "../../tests/common/network.rs"]
mod network;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Ok(network) = network::read(data) {
        network::check(&network);
    }
});
