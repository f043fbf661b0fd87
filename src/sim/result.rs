//! What a run yields.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use super::error::SimError;
use super::order::{Scenario, SimRun};
use crate::tool::ToolError;

/// Result of a run; cycles are counted from the end of the hard reset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimResult {
    /// Cycles until the last beat of the last image was taken.
    pub cycles: u64,
    /// Cycle in which the first beat was accepted.
    pub first_beat: u64,
    /// Cycle in which the reset began, in scenarios with one.
    pub reset_cycle: Option<u64>,
    /// For each image the cycle in which its last output beat was taken.
    pub image_done: Vec<u64>,
    /// Registers read at the end, by name.
    pub registers: BTreeMap<String, u32>,
    /// Results of all images: `expected * bytes_out` bytes.
    pub output: Vec<u8>,
    /// What the core gave before the error of [`Scenario::ReadError`](super::Scenario::ReadError).
    pub before: Vec<u8>,
    /// The trace port, if it was recorded.
    pub trace: Option<TraceLog>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ResultFile {
    cycles: u64,
    first_beat: u64,
    reset_cycle: Option<u64>,
    image_done: Vec<u64>,
    registers: BTreeMap<String, u32>,
}

/// Every valid beat of the trace port, in order of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceLog {
    /// Per beat: the layer's byte, then the lanes as little-endian 32-bit values.
    bytes: Vec<u8>,
    lanes: usize,
}

/// One beat of the trace port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceBeat {
    /// Layer number on `trace_layer`.
    pub layer: u8,
    /// Values of the lanes, lane 0 first.
    pub lanes: Vec<i32>,
}

impl TraceLog {
    /// All beats in order of time.
    pub fn beats(&self) -> impl Iterator<Item = TraceBeat> {
        self.records().map(|(layer, lanes)| TraceBeat { layer, lanes: values(lanes).collect() })
    }

    /// Values of one layer, beat after beat, lane 0 first.
    pub fn layer(&self, layer: u8) -> Vec<i32> {
        let records = self.records().filter(|(of, _)| *of == layer);
        records.flat_map(|(_, lanes)| values(lanes)).collect()
    }

    fn records(&self) -> impl Iterator<Item = (u8, &[u8])> {
        self.bytes.chunks_exact(1 + 4 * self.lanes).map(|record| (record[0], &record[1..]))
    }
}

fn values(lanes: &[u8]) -> impl Iterator<Item = i32> {
    lanes.chunks_exact(4).map(|word| i32::from_le_bytes([word[0], word[1], word[2], word[3]]))
}

impl SimResult {
    /// Reads what the testbench left in `work`.
    pub(super) fn read(work: &Path, run: &SimRun) -> Result<Self, SimError> {
        let file = |name: &str| {
            let path = work.join(name);
            fs::read(&path).map_err(ToolError::io("cannot read", &path))
        };
        let bad = |error: serde_json::Error| SimError::Testbench(format!("result.json: {error}"));
        let result: ResultFile = serde_json::from_slice(&file("result.json")?).map_err(bad)?;
        let output = file("output.bin")?;
        let expected = run.expected * run.bytes_out;
        if output.len() as u64 != expected {
            return Err(SimError::Testbench(format!("{} output bytes, {expected} expected", output.len())));
        }
        let with_error = matches!(run.scenario, Scenario::ReadError { .. });
        let before = if with_error { file("before.bin")? } else { Vec::new() };
        let lanes = usize::from(run.lanes.trace);
        let trace = if run.trace { Some(TraceLog { bytes: file("trace.bin")?, lanes }) } else { None };
        Ok(Self {
            cycles: result.cycles,
            first_beat: result.first_beat,
            reset_cycle: result.reset_cycle,
            image_done: result.image_done,
            registers: result.registers,
            output,
            before,
            trace,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traces_are_split_by_layer() {
        let beat = |layer: u8, lanes: [i32; 2]| [vec![layer], lanes.map(i32::to_le_bytes).concat()].concat();
        let bytes = [beat(3, [-1, 1]), beat(4, [2, i32::MIN]), beat(3, [5, 6])].concat();
        let trace = TraceLog { bytes, lanes: 2 };
        assert_eq!(trace.layer(3), [-1, 1, 5, 6]);
        assert_eq!(trace.beats().nth(1), Some(TraceBeat { layer: 4, lanes: vec![2, i32::MIN] }));
    }
}
