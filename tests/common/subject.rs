//! Seeded networks with a core shape each, made to reach every corner of the planner and of the hardware.

use std::collections::BTreeSet;

use super::features::{describe, describe_digits, describe_maxima};
use super::maker::Maker;
use super::networks::{Builder, Random};
use super::numbers::vary;
use rowsmith::ir::{ActType, Network};
use rowsmith::num::Scheme;
use rowsmith::plan::{ArraySpec, CoreShape, Lane, Plan};
use rowsmith::target::Target;

const ROW_SCHEMES: [&str; 19] = [
    "fixed(2)",
    "fixed(3)",
    "fixed(4)",
    "fixed(5)",
    "fixed(8)",
    "pot(2)",
    "pot(3)",
    "pot(4)",
    "pot(5)",
    "sp2(3;1,1)",
    "sp2(4;2,1)",
    "sp2(5;2,2)",
    "sp2(6;3,2)",
    "ausn(3;1)",
    "ausn(4;0)",
    "ausn(4;1)",
    "ausn(5;2)",
    "ausn(6;2)",
    "ausn(5;1)",
];

const LANES: [&str; 17] = [
    "dsp(4)",
    "dsp(8)",
    "dsp(5)",
    "dsp(16)",
    "fixed(4)",
    "fixed(8)",
    "fixed(2)",
    "sp2(4)",
    "sp2(5;2,2)",
    "sp2(6;3,2)",
    "sp2(3;1,1)",
    "pot(3)",
    "pot(4)",
    "pot(5)",
    "ausn(2+1)",
    "ausn(3+2)",
    "ausn(3+0)",
];

/// Multiply-accumulates per cycle that a core should not exceed.
const MACS: usize = 100;

/// One of each family.
const TARGETS: [&str; 5] = ["xc7z020", "ecp5-85f", "ice40up5k", "gw2a-18", "lifcl-40"];

/// A network and the core to run it on.
pub struct Subject {
    pub network: Network,
    pub target: &'static str,
    pub shape: CoreShape,
    pub features: BTreeSet<&'static str>,
}

/// The subject of a seed; of most that can, the core drains several pixels at once.
pub fn subject(seed: u64) -> Subject {
    let mut subject = spread(seed);
    let target = Target::find(subject.target).expect("a target");
    if let Ok(plan) = Plan::build(&subject.network, &target, &subject.shape) {
        describe_maxima(&plan, &mut subject.features);
    }
    subject
}

fn spread(seed: u64) -> Subject {
    let mut subject = alone(seed);
    let px = subject.shape.px;
    let all: Vec<usize> = (2..=px).filter(|drained| px.is_multiple_of(*drained)).collect();
    let mut random = Random(seed ^ 0x0f1e_2d3c_4b5a_6978);
    if all.is_empty() || random.within(0, 3) == 0 {
        return subject;
    }
    let shape = CoreShape { drained: *random.pick(&all), ..subject.shape.clone() };
    let target = Target::find(subject.target).expect("a target");
    // Strides of readers have to divide it.
    if let Ok(plan) = Plan::build(&subject.network, &target, &shape) {
        let strided = plan.program.places.iter().filter_map(|place| place.act).any(|layout| layout.phases[1] > 1);
        subject.features.insert(if shape.drained == 2 {
            "drained: two pixels"
        } else {
            "drained: three pixels and more"
        });
        if strided {
            subject.features.insert("drained: to a strided reader");
        }
        subject.shape = shape;
    }
    subject
}

/// The subject of a seed, drained pixel by pixel.
fn alone(seed: u64) -> Subject {
    let mut random = Random(seed.wrapping_mul(0x5851_f42d_4c95_7f2d) ^ 0x1405_7b7e_f767_814f);
    let mut features = BTreeSet::new();
    let shape = core(&mut random, &mut features);
    let target = target(seed, &shape);
    features.insert(target);
    let whole = grown(seed, Random(random.0), target, shape.clone(), features.clone());
    if seed % 3 != 1 {
        return whole;
    }
    // Arrays of some seeds read digits, unless products are too narrow for a DSP block then.
    let digit = Random(seed ^ 0x1234_5678_9abc_def1).within(2, 5) as u32;
    let digits = CoreShape { digit: Some(digit), ..shape };
    let profile = Target::find(target).expect("a target");
    if Plan::build(&whole.network, &profile, &digits).is_err() {
        return whole;
    }
    grown(seed, random, target, digits, features)
}

/// The network of a seed for the core of another subject.
pub fn companion(seed: u64, host: &Subject) -> Subject {
    let random = Random(seed.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ 0x1405_7b7e_f767_814f);
    grown(seed, random, host.target, host.shape.clone(), BTreeSet::new())
}

/// A product alone may be too narrow for a DSP block of iCE40.
fn target(seed: u64, shape: &CoreShape) -> &'static str {
    let narrow = shape.arrays.iter().any(|array| matches!(array.lane, Lane::Dsp { bits } if bits < 8));
    match TARGETS[(seed % 5) as usize] {
        "ice40up5k" if narrow => "xc7z020",
        target => target,
    }
}

fn grown(
    seed: u64,
    mut random: Random,
    target: &'static str,
    shape: CoreShape,
    features: BTreeSet<&'static str>,
) -> Subject {
    let mut schemes: Vec<Scheme> = ROW_SCHEMES.iter().filter_map(|s| s.parse().ok()).collect();
    schemes.retain(|s| shape.arrays.iter().any(|a| a.lane.grid_shift(*s).is_some()));
    let extent = if random.within(0, 5) == 0 { [1, 1] } else { [random.size(1, 9), random.size(1, 9)] };
    let channels = if random.within(0, 3) == 0 { 1 } else { random.size(1, 7) };
    let start = ActType { bits: 2, signed: false, lo: 0, hi: 3 };
    let act = Builder::new(random.bits(), [channels, extent[0], extent[1]], start).act();
    let mut builder = Builder::new(seed, [channels, extent[0], extent[1]], act);
    builder.random = random;
    let mut maker = Maker { builder, schemes, features, tied: vec![None], narrows: seed % 6 == 5 };
    maker.grow();
    let Maker { builder, mut features, .. } = maker;
    let mut network = builder.finish();
    vary(&mut network, seed);
    describe(&network, &shape, &mut features);
    if shape.digit.is_some()
        && let Ok(plan) = Plan::build(&network, &Target::find(target).expect("a target"), &shape)
    {
        describe_digits(&plan, &mut features);
    }
    Subject { network, target, shape, features }
}

fn core(random: &mut Random, features: &mut BTreeSet<&'static str>) -> CoreShape {
    let ci = *random.pick(&[1, 2, 3, 4, 6, 8]);
    let lane = |name: &&str| -> Lane { name.parse().expect("a lane") };
    let mut lanes: Vec<Lane> = match random.within(0, 5) {
        0 => vec![lane(random.pick(&["dsp(8)", "dsp(16)"]))],
        1 => (0..random.size(1, 3)).map(|_| lane(random.pick(&LANES[4..]))).collect(),
        _ => (0..random.size(1, 4)).map(|_| lane(random.pick(&LANES))).collect(),
    };
    lanes.dedup();
    let step = *random.pick(&[1, 1, 2, 4]);
    let arrays: Vec<ArraySpec> =
        lanes.iter().map(|&lane| ArraySpec { lane, rows: step * random.size(1, (5 / step).min(3)) }).collect();
    let rows: usize = arrays.iter().map(|a| a.rows).sum();
    // The simulator's build takes most of the time, and grows with the core.
    let pixels: Vec<usize> = [1, 2, 3, 4, 5, 8].into_iter().filter(|px| *px == 1 || ci * px * rows <= MACS).collect();
    let px = *random.pick(&pixels);
    let q = [4, 2, 1].into_iter().find(|q| ci.is_multiple_of(*q) && rows.is_multiple_of(*q)).unwrap_or(1);
    features.extend(lanes.iter().map(|lane| match lane {
        Lane::Dsp { .. } => "array: dsp, even rows",
        Lane::Fixed { .. } => "array: fixed",
        Lane::Sp2 { m2: 0, .. } => "array: pot",
        Lane::Sp2 { .. } => "array: sp2",
        Lane::Ausn { .. } => "array: ausn",
    }));
    if !arrays.iter().any(|a| a.lane.is_dsp() && a.rows % 2 == 0) {
        features.remove("array: dsp, even rows");
    }
    CoreShape { ci, px, q, drained: 1, digit: None, arrays }
}
