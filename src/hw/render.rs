//! Templates: the core's structure with literal parameters.

use std::ops::Range;

use super::EmitError;
use super::images::{Image, Images, part_name};
use super::scripts::wrapper_name;
use crate::plan::fields::Fields;
use crate::plan::{ArrayBuild, Lane, Plan, StepKind, Widths, clog2, multiplier_cells};
use crate::target::Family;
use askama::Template;

/// Version written into every generated file.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

struct ArrayView<'a> {
    index: usize,
    title: String,
    lane: &'static str,
    rows: u32,
    code_bits: u32,
    p1: u8,
    p2: u8,
    width: u32,
    acc_bits: u32,
    build: ArrayBuild,
    wait: u64,
    near_rows: usize,
    address_delay: u64,
    weights: Vec<MemoryView<'a>>,
}

/// A memory of weights or parameters, for the part of its words that `data` names.
struct MemoryView<'a> {
    name: String,
    data: String,
    bits: usize,
    image: &'a Image,
}

#[derive(Template)]
#[template(path = "core.v", syntax = "rtl")]
struct Core<'a> {
    version: &'static str,
    name: &'a str,
    digest: &'a str,
    target: &'a str,
    shape: String,
    macs: usize,
    ci: u32,
    px: u32,
    q: u32,
    rows: usize,
    slices: usize,
    word_slices: usize,
    vector: bool,
    pool_sum: u8,
    pool_max: u8,
    scale_cells: &'a str,
    residual: bool,
    in_signed: u8,
    w: &'a Widths,
    f: Fields,
    arrays: Vec<ArrayView<'a>>,
    prog_bits: u32,
    param_bits: u32,
    small_program: u8,
    small_taps: u8,
    program: &'a Image,
    taps: &'a Image,
    params: Vec<MemoryView<'a>>,
    act_rows: usize,
    res_words: usize,
    in_rows: usize,
    in_stride: usize,
    in_pixels: usize,
    in_slices: usize,
    out_beats: usize,
    out_bits: u32,
    output_words: usize,
    output_block: usize,
    descriptor_words: usize,
    back_latency: u64,
    mem_latency: u64,
    way_registers: u64,
    lead: u64,
    param_way: u64,
    param_wait: u64,
}

#[derive(Template)]
#[template(path = "top.v", syntax = "rtl")]
struct Top<'a> {
    version: &'static str,
    module: String,
    name: &'a str,
    purpose: &'static str,
    digest: &'a str,
    q: u32,
    out_bits: u32,
    y_bits: u32,
    trace: bool,
}

#[derive(Template)]
#[template(path = "bench.v", syntax = "rtl")]
struct Bench<'a> {
    version: &'static str,
    name: &'a str,
    digest: &'a str,
    q: u32,
    out_bits: u32,
    images: usize,
    beats_in: usize,
    beats_out: usize,
    max_idle: u64,
}

#[derive(Template)]
#[template(path = "ooc.v", syntax = "rtl")]
struct Wrapper<'a> {
    version: &'static str,
    name: &'a str,
    module: String,
    digest: &'a str,
    q: u32,
    out_bits: u32,
}

#[derive(Template)]
#[template(path = "core_makefile", syntax = "rtl", escape = "none")]
struct CoreMakefile<'a> {
    name: &'a str,
    version: &'static str,
    vivado: bool,
}

#[derive(Template)]
#[template(path = "core_readme.md", syntax = "rtl", escape = "none")]
struct CoreReadme<'a> {
    name: &'a str,
    version: &'static str,
    shape: String,
    macs: usize,
    target: &'a str,
    digest: &'a str,
    cycles: u64,
    vivado: bool,
}

/// The folder's README and Makefile.
pub fn guide(plan: &Plan) -> Result<(String, String), EmitError> {
    let vivado = plan.target.family == Family::Xc7 && plan.target.device.is_some();
    let readme = CoreReadme {
        name: &plan.name,
        version: VERSION,
        shape: plan.shape.to_string(),
        macs: plan.shape.macs_per_cycle(),
        target: &plan.target.title,
        digest: &plan.digest,
        cycles: plan.cycles,
        vivado,
    };
    Ok((readme.render()?, CoreMakefile { name: &plan.name, version: VERSION, vivado }.render()?))
}

fn weights<'a>(plan: &Plan, images: &'a Images, index: usize) -> Vec<MemoryView<'a>> {
    let row = plan.shape.ci * plan.shape.arrays[index].lane.code_bits() as usize;
    let bits = plan.weight_memories(index).into_iter().map(|rows| rows.start * row..rows.end * row);
    memories(&index.to_string(), &format!("code_{index}"), bits, &images.weights[index])
}

fn params<'a>(plan: &Plan, images: &'a Images) -> Vec<MemoryView<'a>> {
    let width = plan.widths.param() as usize;
    let bits = plan.param_memories().into_iter().map(|values| {
        let write = usize::from(values.end == plan.shape.q);
        values.start * width..values.end * width + write
    });
    memories("params", "param_rdata", bits, &images.params)
}

/// The memories that a wide one is cut into, each driving its bits of a wire; the only one drives all.
fn memories<'a>(
    whole: &str,
    wire: &str,
    bits: impl Iterator<Item = Range<usize>>,
    images: &'a [Image],
) -> Vec<MemoryView<'a>> {
    let view = |(part, (bits, image)): (usize, (Range<usize>, &'a Image))| MemoryView {
        name: part_name(whole, part, images.len()),
        data: if images.len() > 1 { format!("{wire}[{}:{}]", bits.end - 1, bits.start) } else { wire.to_owned() },
        bits: bits.len(),
        image,
    };
    bits.zip(images).enumerate().map(view).collect()
}

/// The core.
pub fn core(plan: &Plan, images: &Images) -> Result<String, EmitError> {
    let shape = &plan.shape;
    let view = |(index, array): (usize, &crate::plan::ArraySpec)| {
        let (p1, p2) = match array.lane {
            Lane::Dsp { bits } | Lane::Fixed { bits } => (bits, 0),
            Lane::Sp2 { m1, m2 } => (m1, m2),
            Lane::Ausn { main, sup } => (main, sup),
        };
        ArrayView {
            index,
            title: array.lane.to_string(),
            lane: array.lane.module_name(),
            rows: array.rows as u32,
            code_bits: array.lane.code_bits(),
            p1,
            p2,
            width: array.lane.product_bits(plan.widths.operand.bits),
            acc_bits: plan.widths.acc[index],
            build: plan.builds[index],
            wait: plan.wait(index),
            near_rows: plan.near_rows(index),
            address_delay: plan.address_delay(index),
            weights: weights(plan, images, index),
        }
    };
    let input = plan.places[plan.graph.input.0].act;
    let text = Core {
        version: VERSION,
        name: &plan.name,
        digest: &plan.digest,
        target: &plan.target.name,
        shape: shape.to_string(),
        macs: shape.macs_per_cycle(),
        ci: shape.ci as u32,
        px: shape.px as u32,
        q: shape.q as u32,
        rows: shape.rows(),
        slices: shape.slices(),
        word_slices: shape.word_slices(),
        vector: plan.has_vector(),
        pool_sum: u8::from(plan.pools(StepKind::Sum)),
        pool_max: u8::from(plan.pools(StepKind::Max)),
        scale_cells: multiplier_cells(plan.target.family),
        residual: plan.has_residual(),
        in_signed: u8::from(plan.graph.tensor(plan.graph.input).act.signed),
        w: &plan.widths,
        f: Fields::of(plan),
        arrays: shape.arrays.iter().enumerate().map(view).collect(),
        prog_bits: clog2(images.program.depth + 1).max(1),
        param_bits: shape.q as u32 * plan.widths.param(),
        small_program: u8::from(plan.in_logic(images.program.depth)),
        small_taps: u8::from(plan.in_logic(images.taps.depth)),
        program: &images.program,
        taps: &images.taps,
        params: params(plan, images),
        act_rows: plan.memories.act_rows,
        res_words: plan.memories.res_words,
        in_rows: input.map_or(0, |layout| layout.rows()),
        in_stride: input.map_or(0, |layout| layout.stride()),
        in_pixels: plan.input_pixels(),
        in_slices: plan.input_slices(),
        out_beats: plan.output_beats(),
        out_bits: plan.output_bits(),
        output_words: plan.memories.output_words,
        output_block: plan.output_block(),
        descriptor_words: plan.memories.descriptor_words,
        back_latency: plan.back_latency(),
        mem_latency: plan.memory_latency(),
        way_registers: plan.way_registers(),
        lead: plan.lead(),
        param_way: plan.param_way(),
        param_wait: plan.param_wait(),
    };
    Ok(text.render()?)
}

/// The product top behind three pins.
pub fn wrapper(plan: &Plan) -> Result<String, EmitError> {
    let text = Wrapper {
        version: VERSION,
        name: &plan.name,
        module: wrapper_name(&plan.name),
        digest: &plan.digest,
        q: plan.shape.q as u32,
        out_bits: plan.output_bits(),
    };
    Ok(text.render()?)
}

/// A testbench in Verilog, with so many sample images.
pub fn bench(plan: &Plan, images: usize, max_idle: u64) -> Result<String, EmitError> {
    let text = Bench {
        version: VERSION,
        name: &plan.name,
        digest: &plan.digest,
        q: plan.shape.q as u32,
        out_bits: plan.output_bits(),
        images,
        beats_in: plan.input_pixels() * plan.input_slices(),
        beats_out: plan.output_beats(),
        max_idle,
    };
    Ok(text.render()?)
}

/// The product top, or the simulation top with trace ports.
pub fn top(plan: &Plan, trace: bool) -> Result<String, EmitError> {
    let (module, purpose) = if trace {
        (format!("{}_sim", plan.name), "the core with trace ports, for simulation.")
    } else {
        (plan.name.clone(), "AXI4-Stream in and out, AXI4-Lite control.")
    };
    let text = Top {
        version: VERSION,
        module,
        name: &plan.name,
        purpose,
        digest: &plan.digest,
        q: plan.shape.q as u32,
        out_bits: plan.output_bits(),
        y_bits: plan.widths.y,
        trace,
    };
    Ok(text.render()?)
}
