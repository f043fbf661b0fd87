//! Templates: the core's structure with literal parameters.

use super::EmitError;
use super::scripts::wrapper_name;
use crate::plan::fields::Fields;
use crate::plan::{ArrayBuild, Core as PlannedCore, InputUnit, Lane, Memory, Plan, Room, Source, Units, Widths, clog2};
use askama::Template;

/// Version written into every generated file.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

struct ArrayView {
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
    weights: Vec<MemoryView>,
}

/// A memory that the program fills; `data` is the wire that it drives, or its part of it.
struct MemoryView {
    name: String,
    number: usize,
    bits: usize,
    depth: usize,
    init: String,
    logic: u8,
    data: String,
    /// First column of a ring.
    column: usize,
}

/// The program's memories as the templates see them.
struct MemoryViews<'a> {
    core: &'a PlannedCore,
    all: Vec<Memory>,
    /// Parts of a ring, and their columns, where weights come from DRAM.
    ring: Vec<Memory>,
    columns: Vec<std::ops::Range<usize>>,
}

impl<'a> MemoryViews<'a> {
    fn new(core: &'a PlannedCore) -> Self {
        let ring = if core.is_streamed() { core.weight_stores() } else { Vec::new() };
        Self { core, all: core.memories(), ring, columns: core.ring_columns() }
    }

    /// The memories whose names begin with a word: of several that drive a wire each drives its bits, the only one drives all.
    /// They count from the first that the module with them has, `base`.
    fn of(&self, word: &str, wire: &str, base: usize) -> Vec<MemoryView> {
        let is_part = |name: &str| name.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'));
        let parts: Vec<(usize, &Memory)> =
            self.all.iter().chain(&self.ring).enumerate().filter(|(_, memory)| is_part(&memory.name)).collect();
        let data = |bits: &std::ops::Range<usize>| match parts.len() {
            1 => wire.to_owned(),
            _ => format!("{wire}[{}:{}]", bits.end - 1, bits.start),
        };
        let view = |&(number, memory): &(usize, &Memory)| MemoryView {
            name: memory.name.clone(),
            number: number - base,
            bits: memory.bits.len(),
            depth: memory.depth,
            init: self.init(&format!("{}.hex", memory.name)),
            logic: u8::from(self.core.in_logic(memory.depth)),
            data: data(&memory.bits),
            column: number.checked_sub(self.before_arrays()).map_or(0, |number| self.columns[number].start),
        };
        parts.iter().map(view).collect()
    }

    /// A memory alone, in logic where it is small enough.
    fn one(&self, name: &str) -> MemoryView {
        self.of(name, "", 0).remove(0)
    }

    /// What the bitstream fills a memory with, if it does.
    fn init(&self, name: &str) -> String {
        if self.core.loading.source == Source::Loader { String::new() } else { name.to_owned() }
    }

    /// Tables of the result's order: one, or none where words are sent as they are.
    fn orders(&self) -> usize {
        usize::from(!self.core.output_ordered())
    }

    /// Memories before those of the arrays: program, taps, the result's order, parameters.
    fn before_arrays(&self) -> usize {
        2 + self.orders() + self.core.param_memories().len()
    }
}

#[derive(Template)]
#[template(path = "top.v", syntax = "rtl")]
struct Top<'a> {
    version: &'static str,
    module: String,
    name: &'a str,
    purpose: &'static str,
    digest: &'a str,
    digest_word: String,
    version_word: String,
    target: &'a str,
    shape: String,
    macs: usize,
    trace: bool,
    unused: &'static str,
    cells: String,
    ci: u32,
    px: u32,
    q: u32,
    drained: u32,
    input: &'a InputUnit,
    rows: usize,
    arrays: usize,
    units: Units,
    /// Pixels that the pooling unit sums.
    summed: usize,
    w: &'a Widths,
    multiplier: u8,
    ports: Vec<usize>,
    per: usize,
    column_bits: u32,
    ring_delay: u64,
    f: Fields,
    room: &'a Room,
    program: MemoryView,
    taps: MemoryView,
    orders: usize,
    strided: u8,
    order_init: String,
    order_logic: u8,
    by_block: u8,
    strip_bits: u32,
    params: usize,
    param_values: usize,
    param_init: String,
    loading: bool,
    memories: usize,
    columns: String,
    out_bits: u32,
    stream_bits: u32,
    mem_latency: u64,
    way_registers: u64,
    lead: u64,
}

#[derive(Template)]
#[template(path = "arrays.v", syntax = "rtl")]
struct ArrayText<'a> {
    version: &'static str,
    name: &'a str,
    digest: &'a str,
    macs: usize,
    ci: u32,
    px: u32,
    rows: usize,
    w: &'a Widths,
    f: Fields,
    arrays: Vec<ArrayView>,
    loading: bool,
    memories: usize,
    streamed: bool,
    ports: usize,
    per: usize,
    column_bits: u32,
    write_bits: usize,
    weight_latency: u64,
    lead: u64,
}

#[derive(Template)]
#[template(path = "bench.v", syntax = "rtl")]
struct Bench<'a> {
    version: &'static str,
    name: &'a str,
    digest: &'a str,
    in_bytes: usize,
    stream_bits: u32,
    images: usize,
    bytes_in: usize,
    bytes_out: usize,
    max_idle: u64,
}

#[derive(Template)]
#[template(path = "ooc.v", syntax = "rtl")]
struct Wrapper<'a> {
    version: &'static str,
    name: &'a str,
    module: String,
    digest: &'a str,
    in_bytes: usize,
    stream_bits: u32,
    ports: Vec<usize>,
}

#[derive(Template)]
#[template(path = "core_makefile", syntax = "rtl", escape = "none")]
struct CoreMakefile<'a> {
    name: &'a str,
    version: &'static str,
    streamed: bool,
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
    loader: bool,
    streamed: bool,
    vivado: bool,
}

/// The folder's README and Makefile.
pub fn guide(core: &PlannedCore) -> Result<(String, String), EmitError> {
    let (streamed, vivado) = (core.is_streamed(), core.family().flow.vivado && core.target.device.is_some());
    let readme = CoreReadme {
        name: &core.name,
        version: VERSION,
        shape: core.shape.to_string(),
        macs: core.shape.macs_per_cycle(),
        target: &core.target.title,
        digest: &core.digest(),
        loader: core.loading.has_loader(),
        streamed,
        vivado,
    };
    let makefile = CoreMakefile { name: &core.name, version: VERSION, streamed, vivado };
    Ok((readme.render()?, makefile.render()?))
}

/// This version as eight hexadecimal digits: major and minor in a byte each, then the patch.
pub fn version_word() -> String {
    let numbers: Vec<u32> = VERSION.split(['.', '-']).map(|part| part.parse().unwrap_or(0)).collect();
    format!("{:02x}{:02x}{:04x}", numbers[0], numbers[1], numbers[2])
}

/// An array as the template sees it.
fn array_view(core: &PlannedCore, views: &MemoryViews, index: usize) -> ArrayView {
    let array = &core.shape.arrays[index];
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
        width: array.lane.product_bits(core.widths.operand),
        acc_bits: core.widths.acc[index],
        build: core.builds[index],
        wait: core.wait(index),
        near_rows: core.near_rows(index),
        address_delay: core.address_delay(index),
        weights: views.of(&format!("weights_{index}"), &format!("code_{index}"), views.before_arrays()),
    }
}

/// Bits of a column's number in its read port.
fn column_bits(core: &PlannedCore) -> u32 {
    clog2(core.read_ports().1).max(1)
}

/// The arrays and their weights.
pub fn arrays(core: &PlannedCore) -> Result<String, EmitError> {
    let (shape, views) = (&core.shape, MemoryViews::new(core));
    let ((ports, per), column_bits) = (core.read_ports(), column_bits(core));
    let text = ArrayText {
        version: VERSION,
        name: &core.name,
        digest: &core.digest(),
        macs: shape.macs_per_cycle(),
        ci: shape.ci as u32,
        px: shape.px as u32,
        rows: shape.rows(),
        w: &core.widths,
        f: core.fields(),
        arrays: (0..shape.arrays.len()).map(|index| array_view(core, &views, index)).collect(),
        loading: core.loading.has_loader(),
        memories: views.all.len() - views.before_arrays(),
        streamed: core.is_streamed(),
        ports,
        per,
        column_bits,
        write_bits: ports * (65 + column_bits as usize + core.fields().weight as usize),
        weight_latency: core.memory_latency() + core.way_registers(),
        lead: core.lead(),
    };
    Ok(text.render()?)
}

/// The product top behind three pins.
pub fn wrapper(core: &PlannedCore) -> Result<String, EmitError> {
    let text = Wrapper {
        version: VERSION,
        name: &core.name,
        module: wrapper_name(&core.name),
        digest: &core.digest(),
        in_bytes: core.input.bytes,
        stream_bits: core.stream_bits(),
        ports: (0..core.read_ports().0).collect(),
    };
    Ok(text.render()?)
}

/// A testbench in Verilog, with so many sample images.
pub fn bench(plan: &Plan, images: usize, max_idle: u64) -> Result<String, EmitError> {
    let text = Bench {
        version: VERSION,
        name: &plan.core.name,
        digest: &plan.core.digest(),
        in_bytes: plan.core.input.bytes,
        stream_bits: plan.core.stream_bits(),
        images,
        bytes_in: plan.program.input_bytes(),
        bytes_out: plan.program.output_pixels() * plan.program.output_channels() * plan.core.output_bits as usize / 8,
        max_idle,
    };
    Ok(text.render()?)
}

impl Top<'_> {
    /// A signal of all read ports, the last one first.
    fn ports_of(&self, signal: &str) -> String {
        let names: Vec<String> = self.ports.iter().rev().map(|port| format!("m_axi{port}_{signal}")).collect();
        names.join(", ")
    }
}

/// The product top, or the simulation top: the same with trace ports and with a parameter for behaviour instead of cells.
pub fn top(core: &PlannedCore, trace: bool) -> Result<String, EmitError> {
    let (module, purpose, unused) = if trace {
        (format!("{}_sim", core.name), "the core with trace ports, for simulation.", "")
    } else {
        (core.name.clone(), "AXI4-Stream in and out, AXI4-Lite control.", "unused_")
    };
    let (shape, digest, views) = (&core.shape, core.digest(), MemoryViews::new(core));
    let columns = views.all.iter().rev().map(|memory| format!("16'd{}", memory.bits.len().div_ceil(32)));
    let cells = format!("\"{}\"", core.family().multiplier_cells);
    let params = core.param_memories();
    let text = Top {
        version: VERSION,
        module,
        name: &core.name,
        purpose,
        digest: &digest,
        digest_word: format!("{:08x}", core.identity()),
        version_word: version_word(),
        target: &core.target.name,
        shape: shape.to_string(),
        macs: shape.macs_per_cycle(),
        trace,
        unused,
        cells: if trace { format!("(TWIN != 0) ? \"none\" : {cells}") } else { cells },
        ci: shape.ci as u32,
        px: shape.px as u32,
        q: shape.q as u32,
        drained: shape.drained as u32,
        input: &core.input,
        rows: shape.rows(),
        arrays: shape.arrays.len(),
        units: core.units,
        summed: core.room.summed.min(shape.px),
        w: &core.widths,
        multiplier: core.scale_multiplier(),
        ports: (0..core.read_ports().0).collect(),
        per: core.read_ports().1,
        column_bits: column_bits(core),
        ring_delay: core.ring_delay(),
        f: core.fields(),
        room: &core.room,
        program: views.one("program"),
        taps: views.one("taps"),
        orders: views.orders(),
        order_init: if core.output_ordered() { String::new() } else { views.init("order.hex") },
        strided: u8::from(core.room.input_step > 1),
        order_logic: u8::from(!core.output_ordered() && core.in_logic(core.room.output_channels)),
        by_block: core.by_block(),
        strip_bits: core.strip_bits(),
        params: params.len(),
        param_values: params[0].len(),
        param_init: views.init("params"),
        loading: core.loading.has_loader(),
        memories: views.all.len(),
        columns: columns.collect::<Vec<_>>().join(", "),
        out_bits: core.output_bits,
        stream_bits: core.stream_bits(),
        mem_latency: core.memory_latency(),
        way_registers: core.way_registers(),
        lead: core.lead(),
    };
    Ok(text.render()?)
}
