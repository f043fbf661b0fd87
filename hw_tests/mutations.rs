//! Mutation check: deliberate bugs in the emitted RTL, each of which `verify`, or a run with an image that is cut in two, must catch.
//!
//! `make mutations` runs all of them and writes `record/mutations.csv`; it fails when one survives. `cargo test` checks that each
//! can be planted. `cargo bench --bench mutations -- TEXT` runs those whose name or module holds the text, and writes nothing.

#[path = "../tests/common/mod.rs"]
mod seeded;

use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use rowsmith::host::load_images;
use rowsmith::hw::{self, PlanSummary};
use rowsmith::ir::{ActType, Op, Padding, Requant, Rounding, Shape, TensorId, Window};
use rowsmith::plan::{Plan, Request};
use rowsmith::sim::{
    BeatFault, SimError, SimJob, SimOptions, SimProgram, SimRun, Verifier, VerifyOptions, random_images,
};
use rowsmith::target::Target;
use rowsmith::tool::{Cache, Tool, ToolKind};
use rowsmith::{golden, ir, manifest};

/// A bug: what it is, where, which text becomes which, and the design that shows it.
struct Mutation(&'static str, &'static str, &'static str, &'static str, Design);

/// Designs that together use every module.
#[derive(Clone, Copy, Debug)]
enum Design {
    /// Max pooling, DSP and sp2 arrays, a first layer bound by the drain.
    Digits,
    /// The same with the lanes' cells.
    Cells,
    /// The same with inferred multipliers.
    Inferred,
    /// Superposed codes.
    Ausn,
    /// Uniform rows in LUTs.
    Fixed,
    /// Residuals, strides, global pooling.
    Residual,
    /// Halves to even, sums with a common shift.
    Even,
    /// Halves to even, and bits that every row drops.
    Dropped,
    /// A random network whose tensors lie close behind words of padding rows, with leaky rectifiers.
    Seeded,
    /// A random network of signed images and tensors with zero points, which pad both.
    Padded,
    /// A random network whose activations are read in two and three digits, those of the result's layer too.
    InDigits,
    /// A random network with second results.
    Seconds,
}

use Design::{Ausn, Cells, Digits, Dropped, Even, Fixed, InDigits, Inferred, Padded, Residual, Seconds, Seeded};

const MUTATIONS: &[Mutation] = &[
    Mutation("sp2: wrong shift", "rws_operand_sp2.v", "a << ~f1", "a << f1", Digits),
    Mutation("sp2: second term lost", "rws_operand_sp2.v", "t1 + t2", "t1", Digits),
    Mutation("sp2: sign inverted", "rws_operand_sp2.v", "{WIDTH{sign}}", "{WIDTH{!sign}}", Digits),
    Mutation("ausn: zero code not off", "rws_operand_ausn.v", "(|code[MAIN+SUP-1:0]) ?", "1'b1 ?", Ausn),
    Mutation("ausn: exponent off by one", "rws_operand_ausn.v", "<< code[SUP+:MAIN]", "<< ~code[SUP+:MAIN]", Ausn),
    Mutation("fixed: partial products not shifted", "rws_operand_fixed.v", "? a << i :", "? a :", Fixed),
    Mutation(
        "xc7: shifts of sp2 swapped",
        "rws_xc7_product_sp2.v",
        "64'h5A3C_00F0_AACC_F000",
        "64'h5A00_3CF0_AAF0_CC00",
        Cells,
    ),
    Mutation("xc7: accumulator not cleared", "rws_xc7_acc.v", ".clear(first)", ".clear(1'b0)", Cells),
    Mutation("dsp: borrow of the pair lost", "rws_lane_dsp.v", "total[OFFSET-1]};", "1'b0};", Inferred),
    Mutation("lane: accumulator not cleared", "rws_lane_twin.v", "first ? {ACC_W{1'b0}} : acc_q", "acc_q", Digits),
    Mutation(
        "array: operands of the faster lanes do not wait",
        "rws_array.v",
        ".CYCLES(WAIT - APART)",
        ".CYCLES(0)",
        Digits,
    ),
    Mutation("tree: sign not extended", "rws_tree.v", "{low_top, low}", "{1'b0, low}", Inferred),
    Mutation("fetch: window one row too tall", "rws_fetch.v", "tap_y < limit_y", "tap_y <= limit_y", Digits),
    Mutation("fetch: rotation one stage early", "rws_fetch.v", "turned[near_rot*", "turned[rot*", Digits),
    Mutation("fetch: carry into the next row lost", "rws_fetch.v", "!from_here[p]", "1'b0", Digits),
    Mutation("select: accumulators not waited for", "rws_select.v", ".CYCLES(LEAD)", ".CYCLES(0)", Inferred),
    Mutation("pick: entry of the next slice", "rws_pick.v", "part_q[index_q*", "part_q[index[INDEX_W-1:2]*", Inferred),
    Mutation("drain: parameters run on between pixels", "rws_drain_loops.v", "!leave)) ?", "leave)) ?", Digits),
    Mutation("layer: back end sees the next layer", "rws_layer.v", "if (go) begin", "begin", Digits),
    Mutation("seq: hold registers overwritten", "rws_seq.v", "busy_q <= held_next", "busy_q <= 1'b0", Digits),
    Mutation(
        "seq: layer starts before the last is written",
        "rws_seq.v",
        "drained_q <= outstanding_q == {7'd0, pass_done}",
        "drained_q <= 1'b1",
        Digits,
    ),
    Mutation(
        "loops: weights run on between blocks",
        "rws_loops.v",
        "? weight_group_q : weight_next",
        "? weight_next : weight_next",
        Digits,
    ),
    Mutation(
        "seq: input buffer never freed",
        "rws_seq.v",
        "assign in_release = free_pending_q",
        "assign in_release = 1'b0",
        Digits,
    ),
    Mutation(
        "drain: bank wraps without its row",
        "rws_drain_pixel.v",
        "row_q <= row_q + {{(ADDR_W-1){1'b0}}, bank_end}",
        "row_q <= row_q",
        Digits,
    ),
    Mutation(
        "drain: phase planes mixed up",
        "rws_drain_pixel.v",
        "plane_y_q + dst_plane_y",
        "plane_y_q + dst_plane_x",
        Residual,
    ),
    Mutation(
        "drain: padding rows written",
        "rws_drain.v",
        "valid1 && param_write && in_image",
        "valid1 && in_image",
        Seeded,
    ),
    Mutation("scale: logical shift", "rws_scale.v", "total_q >>> shift_d", "total_q >> shift_d", Digits),
    Mutation(
        "clamp: bounds swapped",
        "rws_clamp.v",
        "under ? lo : over ? hi : value",
        "under ? hi : over ? hi : value",
        Digits,
    ),
    Mutation(
        "requant: residual not shifted",
        "rws_requant_sum.v",
        ".shift(near_shift)",
        ".shift({RSHIFT_W{1'b0}})",
        Residual,
    ),
    Mutation("even: halves go up", "rws_even.v", "(|lost)", "1'b1", Even),
    Mutation("even: shift of 0 rounded", "rws_even.v", "|| whole", "", Even),
    Mutation(
        "scale: dropped bits forgotten",
        "rws_scale.v",
        "rest_q <= |total[SHIFT_MIN-1:0]",
        "rest_q <= 1'b0",
        Dropped,
    ),
    Mutation("results: rounding of no layer", "rws_results.v", "even = numbers[PLAIN_W]", "even = 1'b0", Even),
    Mutation("requant: sum not shifted", "rws_requant_sum.v", "sum >>> near_sum", "sum", Even),
    Mutation("requant: sum shifted without its sign", "rws_requant_sum.v", "sum >>> near_sum", "sum >> near_sum", Even),
    Mutation("requant: halves of sums go up", "rws_requant_sum.v", "shifted_q[0] && keep", "shifted_q[0]", Even),
    Mutation("bend: second constants for the others", "rws_bend.v", "own < below", "own >= below", Seeded),
    Mutation(
        "bend: bound without its sign",
        "rws_bend.v",
        "wire signed [ACC_W-1:0] below",
        "wire [ACC_W-1:0] below",
        Seeded,
    ),
    Mutation("bend: accumulator of the next value", "rws_results.v", ".acc(acc_d)", ".acc(acc)", Seeded),
    Mutation("vector: smallest instead of largest", "rws_vector.v", "value_q > acc_q", "value_q < acc_q", Digits),
    Mutation(
        "axis_in: both images in one buffer",
        "rws_axis_in.v",
        "(fill ^ done_q) ? rows : {ADDR_W{1'b0}}",
        "{ADDR_W{1'b0}}",
        Digits,
    ),
    Mutation("axis_in: written while the drain writes", "rws_axis_in.v", "!start_q && !taken", "!start_q", Digits),
    Mutation(
        "axis_out: beat dropped while stalled",
        "rws_axis_out.v",
        "move = !valid_q || m_axis_tready",
        "move = 1'b1",
        Digits,
    ),
    Mutation(
        "axis_out: tlast of every pixel's last unit but the image's",
        "rws_axis_out.v",
        "unit_end && pixel_end",
        "unit_end && !pixel_end",
        Digits,
    ),
    Mutation("axis_out: short beats are whole", "rws_axis_out.v", "{keep_q[u]}", "{1'b1}", Digits),
    Mutation(
        "axis_out: the first element of a word for all",
        "rws_axis_out.v",
        "lane_q <= order_rdata[WORD_W+:LANE_W]",
        "lane_q <= {LANE_W{1'b0}}",
        Digits,
    ),
    Mutation("reset: soft reset ignored", "rws_reset.v", "rst || soft_rst", "rst", Digits),
    Mutation("reset: one cycle leaves a result valid", "rws_reset.v", "rst || core_rst_q", "core_rst_q", Digits),
    Mutation(
        "axis_in: what is behind a lost beat runs into the next image",
        "rws_axis_in.v",
        "rst || done || bad",
        "rst || done",
        Digits,
    ),
    Mutation(
        "beats: too short an image is computed",
        "rws_beats.v",
        "s_axis_tlast != last",
        "!s_axis_tlast && last",
        Digits,
    ),
    Mutation(
        "beats: the other half is written",
        "rws_beats.v",
        "accept && !write_q) low_q",
        "accept && write_q) low_q",
        Digits,
    ),
    Mutation("beats: a beat too many", "rws_beats.v", "ready_q <= !whole_next && ", "ready_q <= ", Digits),
    Mutation("gear: a beat stays when it is empty", "rws_gear.v", "end_at >= ALL", "end_at > ALL", Digits),
    Mutation("raster: padding taken for the image", "rws_raster.v", "x_next >= x_first", "x_next > x_first", Digits),
    Mutation("raster: a column too few", "rws_raster.v", "x_next == x_last", "x_next + 1 == x_last", Digits),
    Mutation(
        "window: columns stay where they are",
        "rws_window.v",
        "<= window_q[AT+PIXEL_W+:PIXEL_W]",
        "<= window_q[AT+:PIXEL_W]",
        Digits,
    ),
    Mutation("window: another slice", "rws_window.v", "slice[PICK_W-1:0]*Q", "{PICK_W{1'b0}}*Q", Fixed),
    Mutation("axil: data before its address lost", "rws_axil.v", "s_axil_wvalid || !wready_q", "s_axil_wvalid", Digits),
    Mutation("axil: answer before the data", "rws_axil.v", "has_address && has_data", "has_address", Digits),
    Mutation(
        "axil: strobe ignored",
        "rws_axil.v",
        "address_q == CONTROL_AT && strobe_q[0]",
        "address_q == CONTROL_AT",
        Digits,
    ),
    Mutation(
        "axil: ready follows valid within a cycle",
        "rws_axil.v",
        "s_axil_awready = awready_q",
        "s_axil_awready = awready_q && s_axil_awvalid",
        Digits,
    ),
    Mutation("seq: header run as a step", "rws_seq.v", "if (!header_q) state_q", "state_q", Digits),
    Mutation(
        "seq: program starts again at its header",
        "rws_seq.v",
        "pc_q <= FIRST_LAYER",
        "pc_q <= {PROG_W{1'b0}}",
        Digits,
    ),
    Mutation(
        "header: ready before its last two words",
        "rws_header.v",
        "left_q == {LEFT_W",
        "left_q <= {{(LEFT_W-2){1'b0}}, 2'd2} + {LEFT_W",
        Digits,
    ),
    Mutation("fetch: padded with zeros", "rws_fetch.v", "assign padding = pad_q", "assign padding = 0 & pad_q", Padded),
    Mutation("fetch: padding of the next layer", "rws_fetch.v", "if (init) pad_q", "pad_q", Padded),
    Mutation("input: padded with zeros", "rws_axis_in.v", "(PADS != 0) ? pad", "(PADS < 0) ? pad", Padded),
    Mutation("input: sign kept", "rws_axis_in.v", "& mask) ^ flip", "& mask)", Padded),
    Mutation("input: copies of the sign stored", "rws_axis_in.v", "taken_element & mask", "taken_element", Padded),
    Mutation(
        "second: written a cycle early",
        "rws_second.v",
        ".CYCLES(LEVELS + 4 + SPLIT)",
        ".CYCLES(LEVELS + 3 + SPLIT)",
        Seconds,
    ),
    Mutation("second: bounds exchanged", "rws_second.v", ".lo(near_lo)", ".lo(near_hi)", Seconds),
    Mutation("digits: shifted too little", "rws_digit_sum.v", "<< SHIFT", "<< (SHIFT - 1)", InDigits),
    Mutation("digits: sum of the block before kept", "rws_digit_sum.v", "(is_head ?", "(!is_slice ?", InDigits),
    Mutation("digits: lowest first", "rws_digit.v", "word[now*", "word[~now*", InDigits),
    Mutation(
        "digits: weights of the next pass",
        "rws_loops.v",
        "(pass_end && !digit_end)",
        "(pass_end && 1'b0)",
        InDigits,
    ),
    Mutation("digits: all passes written", "rws_drain.v", "whole = run && digit_end", "whole = run", InDigits),
    Mutation(
        "digits: next block in each pass",
        "rws_loops.v",
        "wire turn = pass_end && digit_end",
        "wire turn = pass_end",
        InDigits,
    ),
    Mutation("axil: address taken after its handshake", "rws_axil.v", "if (awready_q) address_q", "address_q", Digits),
];

/// Rows of short shifts, whose results are often halves. With `sums`, also a sum with a common shift and one without, both to
/// even.
fn half_even(sums: bool) -> ir::Network {
    let act = ActType { bits: 8, signed: true, lo: -128, hi: 127 };
    let mut builder = seeded::Builder::new(5, [4, 5, 6], act);
    let pixel = Window { kernel: [1, 1], stride: [1, 1], padding: Padding::default() };
    let shape = Shape { channels: 4, height: 5, width: 6 };
    builder.conv(4, pixel, act);
    builder.conv(4, pixel, act);
    let plus = |add: i64| Requant { mul: 2, add: 2 * add, shift: 1 };
    let sum = [plus(2), Requant { mul: 3, add: 0, shift: 0 }];
    if sums {
        builder.layer(Op::Add(sum), vec![TensorId(2), TensorId(1)], shape, act);
        builder.layer(Op::Add([plus(1), Requant::IDENTITY]), vec![TensorId(3), TensorId(1)], shape, act);
    }
    let mut network = builder.finish();
    if sums {
        network.layers[2].shift = 2;
    }
    for layer in &mut network.layers {
        layer.rounding = Rounding::HalfEven;
        if let Op::Conv(conv) = &mut layer.op {
            for (row, requant) in conv.matrix.requant.iter_mut().enumerate() {
                let shift = [2, 5][row % 2];
                *requant = Requant { mul: 1, add: 1 << (shift - 1), shift };
            }
        }
    }
    network
}

struct Prepared {
    network: ir::Network,
    plan: Plan,
    images: Vec<Vec<i32>>,
}

fn prepare(design: Design) -> Prepared {
    let (model, images, shape, rows) = match design {
        Seeded | Padded | InDigits | Seconds => {
            let seed = match design {
                Seeded => 2,
                Padded => 110,
                Seconds => 287,
                _ => 811,
            };
            let seeded::Subject { network, target, shape, .. } = seeded::subject(seed);
            let plan = Plan::build(&network, &Target::find(target).expect("a target"), &shape).expect("a plan");
            let images = random_images(&network, 4, 3);
            return Prepared { network, plan, images };
        }
        Digits | Cells | Inferred => ("digits/msq.toml", "digits/test_images.npy", "4x3x8", "dsp(4)=2,sp2(4)=6"),
        Ausn => ("digits/ausn.toml", "digits/test_images.npy", "4x1x8", "ausn(4;1)=8"),
        Fixed => ("digits/fixed4.toml", "digits/test_images.npy", "4x1x8", "fixed(4)=8"),
        Residual => ("resnet8-shape/resnet8_shape.toml", "resnet8-shape/inputs.npy", "8x2x8", "dsp(4)=2,sp2(4)=6"),
        Even | Dropped => {
            let network = half_even(matches!(design, Even));
            let request =
                Request { oversize: true, ..Request::parse(Some("4x2x4"), Some("dsp(16)=4")).expect("a shape") };
            let plan = request.plan(&network, &Target::find("xc7z020").expect("a target")).expect("a plan");
            assert!(plan.core.widths.shift_min > 0 || matches!(design, Even), "every step drops bits");
            let images = random_images(&network, 4, 3);
            return Prepared { network, plan, images };
        }
    };
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let network = manifest::load(&examples.join(model)).expect("the example loads");
    let target = if matches!(design, Inferred) { "ecp5-25f" } else { "xc7z020" };
    let target = Target::find(target).expect("a built-in target");
    let request = Request { oversize: true, ..Request::parse(Some(shape), Some(rows)).expect("a shape") };
    let plan = request.plan(&network, &target).expect("the example plans");
    let images = load_images(&examples.join(images), &network, None, Some(6)).expect("the images load").images;
    Prepared { network, plan, images }
}

/// The module with the bug.
fn broken(mutation: &Mutation) -> String {
    let Mutation(name, file, from, to, _) = mutation;
    let folders = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("rtl")).expect("the modules are there");
    let path = folders.map(|folder| folder.expect("a folder").path().join(file)).find(|path| path.is_file());
    let text = fs::read_to_string(path.expect("the module is there")).expect("the module is there");
    let broken = text.replace(from, to);
    assert!(text != broken, "{name}: {file} holds no `{from}`");
    broken
}

/// Plants the bug in an emitted core.
fn plant(mutation: &Mutation, core: &Path) {
    let Mutation(name, file, ..) = mutation;
    let list = fs::read_to_string(core.join("sim.f")).expect("the list is there");
    let path = list.lines().find(|path| path.ends_with(&format!("/{file}")));
    let path = path.unwrap_or_else(|| panic!("{name}: the core is without {file}"));
    fs::write(core.join(path), broken(mutation)).expect("a writable file");
}

/// How `verify` caught a bug; `None` when it did not.
fn caught(mutation: &Mutation, verilator: &Tool, cache: &Cache) -> Option<String> {
    let Mutation(name, .., design) = mutation;
    let prepared = prepare(*design);
    let folder = tempfile::tempdir().expect("a folder");
    let core: PathBuf = folder.path().join("core");
    let files = hw::emit(&prepared.network, &prepared.plan, &prepared.images[..1]).expect("emission");
    files.write(&core).expect("a writable folder");
    plant(mutation, &core);
    let options = SimOptions { cells: matches!(design, Cells), ..SimOptions::default() };
    let job = SimJob { folder: core.clone(), top: format!("{}_sim", prepared.plan.core.name), options };
    let verifier = Verifier::build(&prepared.network, &prepared.plan, core, options, verilator, cache)
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    let verdict = match verifier.run(&prepared.images, &VerifyOptions::default(), |_| ()) {
        Ok(report) => report.first.map(|m| {
            format!("{} run: image {} row {} expected {} found {}", m.run, m.image, m.row, m.expected, m.found)
        }),
        Err(error) => Some(fault(name, &error)),
    };
    verdict.or_else(|| {
        let program = job.build(verilator, cache).unwrap_or_else(|error| panic!("{name}: {error}"));
        caught_by_a_cut_image(name, &prepared, &program)
    })
}

/// What the core does wrong; a fault of tool or disk catches nothing.
fn fault(name: &str, error: &SimError) -> String {
    match error {
        SimError::Timeout(_) | SimError::Protocol(_) | SimError::Design(_) => {
            error.to_string().lines().next().unwrap_or_default().to_owned()
        }
        error => panic!("{name}: {error}"),
    }
}

/// `verify` sends whole images only: here the first one is cut in two, and must cost no other.
fn caught_by_a_cut_image(name: &str, prepared: &Prepared, program: &SimProgram) -> Option<String> {
    let Prepared { network, plan, images } = prepared;
    let PlanSummary { input, output, .. } = PlanSummary::of(plan);
    if input.beats == 1 {
        return None;
    }
    let mut run = SimRun::of_images(plan, &input, &output, images);
    (run.faults, run.expected) = (vec![(0, BeatFault::TurnLast)], images.len() as u64 - 1);
    run.max_idle = hw::max_idle(plan.cycles);
    match program.run(&run, |_| ()) {
        Ok(result) => {
            let others = golden::run_batch(network, &images[1..]).expect("the golden model runs");
            let expected: Vec<u8> = others.iter().flat_map(|values| output.stream(values)).collect();
            (result.output != expected).then(|| "a cut image: others have other results".to_owned())
        }
        Err(error) => Some(format!("a cut image: {}", fault(name, &error))),
    }
}

fn main() {
    // A bug that cannot be planted is known before the first one is tried.
    for mutation in MUTATIONS {
        broken(mutation);
    }
    // `cargo test` leaves it at that.
    if std::env::args().all(|argument| argument != "--bench") {
        return;
    }
    let verilator = Tool::find(ToolKind::Verilator).unwrap_or_else(|error| panic!("{error}"));
    let cache = Cache::at(Path::new(env!("CARGO_TARGET_TMPDIR")).join("mutations"));
    let filter = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let chosen = |m: &&Mutation| filter.as_ref().is_none_or(|text| m.0.contains(text) || m.1.contains(text));
    let mutations: Vec<&Mutation> = MUTATIONS.iter().filter(chosen).collect();
    let outcomes: Vec<Option<String>> = mutations.par_iter().map(|m| caught(m, &verilator, &cache)).collect();
    let mut table = String::from("mutation,module,caught,how\n");
    for (Mutation(name, file, ..), outcome) in mutations.iter().zip(&outcomes) {
        let how = outcome.as_deref().unwrap_or("").replace(',', ";");
        let verdict = if outcome.is_some() { "yes" } else { "NO" };
        table += &[*name, file, verdict, &how].join(",");
        table.push('\n');
    }
    print!("{table}");
    if filter.is_none() {
        let record = Path::new(env!("CARGO_MANIFEST_DIR")).join("record");
        fs::create_dir_all(&record)
            .and_then(|()| fs::write(record.join("mutations.csv"), &table))
            .expect("a writable record");
    }
    let survivors = outcomes.iter().filter(|o| o.is_none()).count();
    println!("{} of {} mutations caught", outcomes.len() - survivors, outcomes.len());
    assert_eq!(survivors, 0, "some bugs were not seen");
}
