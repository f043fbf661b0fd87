//! Families of FPGAs: one file for each, with everything that planner, emitter and cell counter know of it.
//!
//! `facts.rs` says what there is to know, `of.rs` tells the families apart, and nothing else does but `target` and the
//! command lines of `pnr`. `alu.rs`, `arrays.rs`, `lanes.rs` and `ram.rs` hold what some families have in common.

mod alu;
mod arrays;
mod cells;
mod ecp5;
mod facts;
mod gowin;
mod ice40;
mod lanes;
mod nexus;
mod of;
mod ram;
mod xc7;

pub use cells::Use;
pub use facts::{CoreArrays, FamilyFacts, Flow};
pub(super) use lanes::Size;
pub use of::facts;
pub(super) use ram::RamCell;
