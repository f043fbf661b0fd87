//! An ONNX file in memory: refused, or a graph that keeps its promises.

#![no_main]

#[path = "../../tests/common/graph.rs"]
mod graph;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Ok(graph) = rowsmith::onnx::read(data, None, "fuzz") {
        graph::check(&graph);
    }
});
