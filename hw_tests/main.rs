//! What is tested with Verilator, Yosys and nextpnr (`make setup`); without them these tests fail.

mod common;
#[path = "common/memories.rs"]
mod memories;
#[path = "../tests/common/mod.rs"]
mod seeded;

mod dram;
mod estimates;
mod examples;
mod lint;
mod networks;
mod place;
mod programs;
mod results;
mod simulation;
mod streams;
mod synthesis;
