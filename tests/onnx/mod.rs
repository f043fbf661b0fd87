//! ONNX files come out as graphs that compute what the reference evaluator computed.

mod common;
mod layouts;
mod models;
mod node_tests;
mod refusals;
mod shared;
