//! Seeded networks of all operators, small enough for a naive reference.

#![allow(dead_code, reason = "every test and benchmark uses a part of this")]

mod extend;
mod features;
pub mod float_nets;
pub mod graph;
mod maker;
mod networks;
pub mod npy;
mod numbers;
pub mod prescribed;
mod strips;
mod subject;

#[allow(unused_imports, reason = "every test and benchmark uses a part of this")]
pub use self::{
    features::FEATURES,
    networks::{Builder, Random, image, network, slide},
    strips::{strips, without_block_ram},
    subject::{Subject, companion, subject},
};
