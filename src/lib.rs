//! Rowsmith generates FPGA cores for neural networks whose weight matrices mix number systems row by row.
//!
//! The modules follow the data: a manifest is read into the intermediate representation, planned for a
//! target, rendered as Verilog, simulated against the golden model and synthesised.

pub mod cli;
pub mod files;
pub mod float;
pub mod golden;
pub mod host;
pub mod hw;
pub mod ir;
pub mod manifest;
pub mod num;
pub mod numpy;
pub mod onnx;
pub mod plan;
pub mod pnr;
pub mod quant;
pub mod report;
pub mod sim;
pub mod synth;
pub mod target;
pub mod tool;
