//! ONNX files come out as graphs that compute what the reference evaluator computed.

mod common;
#[path = "../common/graph.rs"]
mod graph;
mod layouts;
mod models;
mod node_tests;
mod refusals;
mod shared;
