//! `plan.json`: the plan for people, drivers and tests.

use super::registers;
use crate::plan::{Plan, Resources, Room, Widths};
use serde::Serialize;

/// The input stream: an image as it lies in memory, pixel after pixel, row after row, channels innermost, a byte an element.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InputMap {
    /// Channels, height and width of an image.
    pub shape: [usize; 3],
    /// Bits of an element's type; its byte holds it with its sign, or zeros, above.
    pub bits: u32,
    /// Two's complement.
    pub signed: bool,
    /// Bytes of an image.
    pub bytes: usize,
    /// Bytes of a beat; those behind an image's end mean nothing.
    pub beat_bytes: usize,
    /// Beats of an image.
    pub beats: usize,
}

/// The output stream: the result as a dense array, rows of pixels, channels innermost, elements lowest byte first.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OutputMap {
    /// Channels, height and width.
    pub shape: [usize; 3],
    /// Bits of an element: 8, 16 or 32.
    pub bits: u32,
    /// Two's complement.
    pub signed: bool,
    /// Bytes of an image.
    pub bytes: usize,
    /// Bytes of a beat; the last one of an image may hold fewer.
    pub beat_bytes: usize,
    /// Beats of an image.
    pub beats: usize,
}

/// One step for people.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StepSummary {
    /// Layer.
    pub name: String,
    /// Unit: `arrays` or `pool`.
    pub unit: &'static str,
    /// Row groups (arrays) or channel blocks (pool).
    pub groups: usize,
    /// Pixel blocks.
    pub blocks: usize,
    /// Steps per block.
    pub block_steps: usize,
    /// Drain cycles per block.
    pub drain: usize,
    /// Cycles.
    pub cycles: u64,
    /// Multiply-accumulates.
    pub macs: u64,
    /// Share of the arrays' capacity that did useful work.
    pub efficiency: f64,
    /// What the step's time is bound by.
    pub bound: &'static str,
}

/// Where weights lie in DRAM, for a core that reads them from there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WeightMap {
    /// Bytes of `mem/weights.bin`.
    pub bytes: usize,
    /// Byte in it at which the region of each read port begins, a multiple of 128.
    pub regions: Vec<usize>,
    /// Beats of 8 bytes that each port reads for an image.
    pub beats: u64,
}

impl WeightMap {
    /// Bytes that the beginning of a region is a multiple of: those of a burst, so that none crosses 4 KiB.
    const ALIGN: usize = 128;

    /// That of a plan with weights from DRAM.
    pub fn of(plan: &Plan) -> Self {
        let (ports, per) = plan.core.read_ports();
        let words = plan.program.weight_words();
        let region = (8 * words * per).next_multiple_of(Self::ALIGN);
        Self {
            bytes: region * ports,
            regions: (0..ports).map(|port| port * region).collect(),
            beats: (words * per) as u64,
        }
    }

    /// Registers to write before the core may run, with the file at an address.
    pub fn registers(&self, address: u32) -> Vec<(u8, u32)> {
        let base = registers::WEIGHTS.address;
        let bases = self.regions.iter().enumerate();
        let bases = bases.map(|(port, region)| (base + 4 * port as u8, address.wrapping_add(*region as u32)));
        bases.chain([(base + 4 * self.regions.len() as u8, self.beats as u32)]).collect()
    }
}

/// The whole plan for people and programs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlanSummary {
    /// Format of this file.
    pub format: u32,
    /// Network.
    pub network: String,
    /// Manifest digest.
    pub digest: String,
    /// Core's digest; its first 32 bits are what register `core` reads as.
    pub core: String,
    /// What register `program` reads as.
    pub program: String,
    /// Target.
    pub target: String,
    /// `CIxPXxR`.
    pub shape: String,
    /// Elements of a pixel requantized per cycle.
    pub q: usize,
    /// Pixels for which this is done at once.
    pub drained: usize,
    /// `lane=rows` per array.
    pub arrays: Vec<String>,
    /// Multiply-accumulates per cycle at full use.
    pub macs_per_cycle: usize,
    /// Multiply-accumulates per image.
    pub macs: u64,
    /// Images of a frame, which the core takes as one image of so many pixels.
    pub images_per_frame: usize,
    /// Predicted cycles per image, or frame.
    pub cycles: u64,
    /// Useful share of the arrays over the whole image.
    pub efficiency: f64,
    /// Images per second at the target's assumed clock.
    pub images_per_second: f64,
    /// What bounds the plan.
    pub bound: String,
    /// Widths.
    pub widths: Widths,
    /// Memories.
    pub memories: Room,
    /// Estimated resources.
    pub resources: Resources,
    /// Steps.
    pub steps: Vec<StepSummary>,
    /// Input stream.
    pub input: InputMap,
    /// Output stream.
    pub output: OutputMap,
    /// Weights in DRAM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weights: Option<WeightMap>,
}

impl PlanSummary {
    /// Summarises a plan.
    pub fn of(plan: &Plan) -> Self {
        Self {
            format: 3,
            network: plan.program.name.clone(),
            digest: plan.program.digest.clone(),
            core: plan.core.digest(),
            program: format!("{:08x}", super::program_digest(plan)),
            target: plan.core.target.name.clone(),
            shape: plan.core.shape.to_string(),
            q: plan.core.shape.q,
            drained: plan.core.shape.drained,
            arrays: plan.core.shape.array_names(),
            macs_per_cycle: plan.core.shape.macs_per_cycle(),
            macs: plan.program.macs,
            images_per_frame: plan.program.images,
            cycles: plan.cycles,
            efficiency: plan.efficiency(),
            images_per_second: plan.images_per_second(),
            bound: plan.bound(),
            widths: plan.core.widths.clone(),
            memories: plan.core.room.clone(),
            resources: plan.resources.clone(),
            steps: plan.program.steps.iter().map(|step| StepSummary::of(plan, step)).collect(),
            input: InputMap::of(plan),
            output: OutputMap::of(plan),
            weights: plan.core.is_streamed().then(|| WeightMap::of(plan)),
        }
    }
}

impl StepSummary {
    fn of(plan: &Plan, step: &crate::plan::PlannedStep) -> Self {
        Self {
            name: step.step.name.clone(),
            unit: if step.on_arrays() { "arrays" } else { "pool" },
            groups: step.groups,
            blocks: step.blocks,
            block_steps: step.block_steps(),
            drain: step.drain(),
            cycles: step.cycles,
            macs: step.macs,
            efficiency: step.macs as f64 / (step.cycles * plan.core.shape.macs_per_cycle() as u64) as f64,
            bound: plan.step_bound(step),
        }
    }
}

/// CHW values as streams have them: pixel after pixel, channels innermost.
fn channels_innermost([channels, height, width]: [usize; 3], values: &[i32]) -> impl Iterator<Item = i32> + '_ {
    let pixels = height * width;
    (0..pixels).flat_map(move |pixel| (0..channels).map(move |channel| values[channel * pixels + pixel]))
}

impl InputMap {
    /// The input stream of a plan.
    pub fn of(plan: &Plan) -> Self {
        let (image, tensor) = (plan.program.image, plan.program.graph.tensor(plan.program.graph.input));
        Self {
            shape: [image.channels, image.height, image.width],
            bits: tensor.act.bits,
            signed: tensor.act.signed,
            bytes: plan.program.input_bytes(),
            beat_bytes: plan.core.input.bytes,
            beats: plan.core.input_beats(&plan.program),
        }
    }

    /// Bytes of an image, from its CHW values.
    pub fn bytes(&self, image: &[i32]) -> Vec<u8> {
        channels_innermost(self.shape, image).map(|value| value as u8).collect()
    }
}

impl OutputMap {
    /// The output stream of a plan.
    pub fn of(plan: &Plan) -> Self {
        let tensor = plan.program.graph.tensor(plan.program.graph.output);
        let (shape, bits) = (tensor.shape, plan.core.output_bits);
        let (bytes, beat_bytes) = (shape.len() * bits as usize / 8, plan.core.stream_bits() as usize / 8);
        Self {
            shape: [shape.channels, shape.height, shape.width],
            bits,
            signed: tensor.act.signed,
            bytes,
            beat_bytes,
            beats: bytes.div_ceil(beat_bytes),
        }
    }

    /// Bytes of one image's result, from its CHW values.
    pub fn stream(&self, values: &[i32]) -> Vec<u8> {
        let dense = channels_innermost(self.shape, values);
        dense.flat_map(|value| value.to_le_bytes().into_iter().take(self.element_bytes())).collect()
    }

    fn element_bytes(&self) -> usize {
        self.bits as usize / 8
    }

    /// One image's CHW values from its bytes.
    pub fn collect(&self, bytes: &[u8]) -> Vec<i32> {
        let [channels, height, width] = self.shape;
        let mut values = vec![0; channels * height * width];
        for (place, element) in bytes.chunks(self.element_bytes()).enumerate() {
            let fill = if self.signed && element.last().is_some_and(|top| *top >= 0x80) { 0xFF } else { 0 };
            let byte = |at: usize| element.get(at).copied().unwrap_or(fill);
            values[place % channels * height * width + place / channels] = i32::from_le_bytes([0, 1, 2, 3].map(byte));
        }
        values
    }
}
