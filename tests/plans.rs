//! The planner's choice against plans of one resource; its words; networks that are large.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::common::Builder;
use rowsmith::ir::{ActType, Network, Op, Padding, Window};
use rowsmith::manifest;
use rowsmith::plan::{ArrayUse, CoreShape, Loading, Plan, PlanError, Request};
use rowsmith::target::Target;

const ACT: ActType = ActType { bits: 4, signed: false, lo: 0, hi: 15 };
const PIXEL: Window =
    Window { kernel: [1, 1], stride: [1, 1], padding: Padding { top: 0, left: 0, bottom: 0, right: 0 } };
/// More than any plan may take, on a busy machine.
const LIMIT: Duration = Duration::from_secs(10);

fn examples() -> impl Iterator<Item = Network> {
    let files = ["digits/msq.toml", "digits/fixed4.toml", "digits/rmsmp.toml", "resnet8-shape/resnet8_shape.toml"];
    files.into_iter().map(|file| {
        manifest::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(file)).expect("an example")
    })
}

/// A convolution of 3x3 that keeps the image.
fn same(stride: usize) -> Window {
    let padding = Padding { top: 1, left: 1, bottom: 1, right: 1 };
    Window { kernel: [3, 3], stride: [stride, stride], padding }
}

/// All rows in one scheme with levels of zero: neither changes what is tested.
fn plain(mut network: Network, scheme: &str) -> Network {
    for layer in &mut network.layers {
        let Op::Conv(conv) = &mut layer.op else { continue };
        conv.matrix.schemes.fill(scheme.parse().expect("a scheme"));
        conv.matrix.levels.fill(0);
    }
    network
}

/// Plans for every target, each within the limit.
fn plans(network: &Network) -> Vec<Result<Plan, PlanError>> {
    let plan = |target: &Target| {
        let start = Instant::now();
        let plan = Request::default().plan(network, target);
        println!("{}: {:?}", target.name, start.elapsed());
        assert!(start.elapsed() < LIMIT, "{}: {:?}", target.name, start.elapsed());
        plan
    };
    Target::built_in().expect("profiles").iter().map(plan).collect()
}

#[test]
fn mixed_arrays_are_never_slower_than_arrays_of_one_resource() {
    for network in examples() {
        for target in Target::built_in().unwrap() {
            let cycles = |array_use: ArrayUse| {
                let request = Request { array_use, ..Request::default() };
                request.plan(&network, &target).map_or(u64::MAX, |plan| plan.cycles)
            };
            let [mixed, lut, dsp] = [ArrayUse::Mixed, ArrayUse::Lut, ArrayUse::Dsp].map(cycles);
            assert!(mixed <= lut && mixed <= dsp, "{} on {}: {mixed}, {lut}, {dsp}", network.name, target.name);
        }
    }
}

#[test]
fn the_printed_arguments_give_the_same_core() {
    let mut builder = Builder::new(1, [6, 5, 5], ACT);
    builder.conv(12, same(1), ACT);
    let joined = {
        let mut network = plain(builder.finish(), "ausn(4;1)");
        let Op::Conv(conv) = &mut network.layers[0].op else { unreachable!("a convolution") };
        conv.matrix.schemes[3..7].fill("ausn(6;2)".parse().unwrap());
        network
    };
    let mut cores = 0;
    for network in examples().chain([joined]) {
        for target in Target::built_in().unwrap() {
            let Ok(plan) = Request::default().plan(&network, &target) else { continue };
            let (shape, rows) = plan.core.shape.arguments();
            let again = Request::parse(Some(&shape), Some(&rows)).unwrap().plan(&network, &target).unwrap();
            assert_eq!(
                (again.core.shape, again.cycles),
                (plan.core.shape, plan.cycles),
                "--shape {shape} --rows '{rows}'"
            );
            cores += 1;
        }
    }
    assert!(cores > 10, "{cores}");
}

#[test]
fn multiples_of_seven_pixels_are_tried() {
    let mut builder = Builder::new(1, [16, 7, 7], ACT);
    builder.conv(16, same(1), ACT);
    builder.conv(16, same(1), ACT);
    let network = plain(builder.finish(), "sp2(4)");
    let plan = Request::default().plan(&network, &Target::find("xc7z045").unwrap()).unwrap();
    let CoreShape { px: most, drained, .. } = plan.core.shape;
    assert_eq!(most, 14, "{}", plan.core.shape);
    for px in (1..=16).filter(|px| *px != most && px.is_multiple_of(drained)) {
        let other = Plan::build(&network, &plan.core.target, &CoreShape { px, ..plan.core.shape.clone() }).unwrap();
        let [ours, theirs] = [&plan, &other].map(|plan| (plan.cycles, plan.resources.lut));
        assert!(theirs > ours, "PX = {px}: {theirs:?} cycles and LUTs, {ours:?} at PX = {most}");
    }
}

#[test]
fn a_dense_layer_of_100_000_rows() {
    let mut builder = Builder::new(1, [10, 1, 1], ACT);
    builder.conv(100_000, PIXEL, ACT);
    let network = builder.finish();
    for scheme in ["sp2(4)", "fixed(4)"] {
        let plans = plans(&plain(network.clone(), scheme));
        assert!(plans.iter().any(Result::is_ok), "{scheme}: none fits");
    }
}

#[test]
fn four_thousand_pools() {
    let mut builder = Builder::new(1, [8, 6, 6], ACT);
    builder.conv(8, same(1), ACT);
    let shape = builder.last().shape;
    for _ in 0..4000 {
        let source = builder.network.output;
        builder.layer(Op::MaxPool(same(1)), vec![source], shape, ACT);
    }
    let plans = plans(&plain(builder.finish(), "fixed(4)"));
    assert!(plans.iter().any(|plan| plan.as_ref().is_ok_and(|plan| plan.program.steps.len() == 4001)));
}

/// About as many rows, columns and pixels as ResNet-18 has.
#[test]
fn what_is_far_too_large_gets_a_verdict() {
    let mut builder = Builder::new(1, [3, 224, 224], ACT);
    builder.conv(64, Window { kernel: [7, 7], stride: [4, 4], padding: Padding::default() }, ACT);
    for (rows, stride) in [(64, 1), (128, 2), (256, 2), (512, 2)] {
        builder.conv(rows, same(stride), ACT);
        (0..3).for_each(|_| builder.conv(rows, same(1), ACT));
    }
    let network = plain(builder.finish(), "sp2(4)");
    for plan in plans(&network) {
        let Err(PlanError::DoesNotFit { resource, need, have, over, .. }) = plan else { panic!("{plan:?}") };
        assert!(need > have && over == need - have && resource == "blocks of RAM", "{resource}: {need} of {have}");
    }
}

#[test]
fn strides_beyond_eight_are_folded_or_refused() {
    let stride = |by: usize| Window { kernel: [by, by], stride: [by, by], padding: Padding::default() };
    let target = Target::find("xc7z020").unwrap();
    let mut builder = Builder::new(1, [3, 64, 64], ACT);
    builder.conv(4, stride(16), ACT);
    let plan = Request::default().plan(&plain(builder.finish(), "fixed(4)"), &target).unwrap();
    let fold = plan.program.fold.unwrap();
    assert_eq!((fold.window, fold.stride), ([16, 16], [16, 16]));
    let mut builder = Builder::new(1, [3, 64, 64], ACT);
    builder.conv(4, PIXEL, ACT);
    builder.conv(4, stride(16), ACT);
    let error = Request::default().plan(&plain(builder.finish(), "fixed(4)"), &target).unwrap_err().to_string();
    assert!(error.contains("`l1`") && error.contains("16x16"), "{error}");
}

#[test]
fn groups_are_planned_and_those_beyond_the_limit_refused() {
    let target = Target::find("xc7z020").unwrap();
    let grouped = |channels: usize| {
        let mut builder = Builder::new(1, [channels, 1, 1], ACT);
        builder.grouped_conv(channels, 2 * channels, PIXEL, ACT);
        Request::default().plan(&plain(builder.finish(), "fixed(4)"), &target)
    };
    let plan = grouped(8).unwrap();
    assert_eq!((plan.program.macs, plan.program.steps[0].zeros), (16, 16 * 7));
    let error = grouped(8192).unwrap_err().to_string();
    assert!(error.contains("`l0`") && error.contains("2^26"), "{error}");
}

/// Weights of layers with few pixels come in while layers with many run, as far as block RAM has room for them.
#[test]
fn a_ring_is_as_deep_as_it_saves_cycles() {
    let mut builder = Builder::new(1, [8, 32, 32], ACT);
    builder.conv(16, same(1), ACT);
    for _ in 0..3 {
        builder.conv(64, same(2), ACT);
    }
    builder.conv(8, PIXEL, ACT);
    let network = plain(builder.finish(), "fixed(4)");
    let plan = |blocks: u32| {
        let mut target = Target::find("xc7z020").unwrap();
        target.block_ram.blocks = blocks;
        target.dram.as_mut().unwrap().bytes_per_cycle = 2.0;
        let request = Request::parse(Some("8x4x8"), Some("dsp(4)=8")).unwrap();
        Request { loading: Loading::DRAM, ..request }.plan(&network, &target).unwrap()
    };
    let words = |plan: &Plan| plan.core.room.weight_words;
    let deep = plan(140);
    let blocks = 1..=deep.resources.bram as u32;
    let shallow = blocks.rev().map(plan).find(|plan| words(plan) < words(&deep)).unwrap();
    assert!(deep.cycles < shallow.cycles, "{} and {}", deep.cycles, shallow.cycles);
    assert!(words(&deep) < 2 * deep.program.weight_words());
}
