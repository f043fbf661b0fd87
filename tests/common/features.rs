//! What the subjects contain, by name, so that a test can tell whether they reach every corner.

use std::collections::BTreeSet;

use rowsmith::ir::{ActType, Network, Op, Padding, Requant, Rounding, RowMatrix, TensorId, Window};
use rowsmith::plan::{CoreShape, Lane, Plan, StepGraph, WindowAxis};

/// Everything a set of subjects should contain; [`Subject::features`](super::Subject::features) names what one contains.
pub const FEATURES: [&str; 90] = [
    "add of two convolutions",
    "add of two non-identity operands",
    "add with an identity shortcut",
    "array: ausn",
    "array: dsp, even rows",
    "array: dsp, odd rows",
    "array: fixed",
    "array: pot",
    "array: sp2",
    "arrays: dsp takes everything",
    "arrays: no dsp",
    "arrays: several",
    "average pool",
    "average pool, padded",
    "average pool, padded with another number than 0",
    "chained adds",
    "channels that fill no block",
    "clamp alone",
    "clamp after a layer",
    "conv, even kernel",
    "conv, non-square",
    "conv, padded with another number than 0",
    "conv, padding uneven",
    "conv, image padded with another number than 0",
    "conv, stride 2",
    "conv, stride 3",
    "conv, strides differ",
    "dense on an image",
    "dense on a vector",
    "elementwise on a flattened image",
    "global pool",
    "digits: drained one by one",
    "digits: in words of their own",
    "digits: in words of their own, of a folded image",
    "digits: in words of their own, padded with another number than 0",
    "digits: of the result's layer",
    "digits: picked from words",
    "digits: three and more",
    "digits: two",
    "drained: three pixels and more",
    "drained: to a strided reader",
    "drained: two pixels",
    "half to even: average",
    "half to even: row of zero scale",
    "half to even: guarded",
    "half to even: rows",
    "half to even: shift 0",
    "half to even: sum",
    "image odd",
    "input signed",
    "input unsigned",
    "input wide",
    "leaky rectifier alone",
    "leaky rows",
    "max pool, overlapping",
    "max pool, padded",
    "max pool, of results as they are drained",
    "max pool, of results as they are drained, cut by the image's end",
    "max pool, of results as they are drained, sharing pixels",
    "max pool, of results as they are drained, of several rows",
    "one channel",
    "one pixel",
    "output is an image",
    "operand of an add of 9 bits and more",
    "output is a vector",
    "output of 8 unsigned bits",
    "output of 9 to 16 bits",
    "output of 17 to 32 bits",
    "pixels: one",
    "pixels: several",
    "pixels: no power of two",
    "Q = 1",
    "Q = 2",
    "Q = 4",
    "row of zero scale",
    "schemes of several families in one layer",
    "second result",
    "second result, scaled",
    "shift 0",
    "signed tensor inside",
    "signed tensor inside, of fewer bits than another",
    "strided readers of the input",
    "stride beyond the kernel",
    "sum with a common shift",
    "two readers, two strides",
    "xc7z020",
    "ecp5-85f",
    "ice40up5k",
    "gw2a-18",
    "lifcl-40",
];

/// Notes of which maxima over results the planned core of a shape takes as they are drained.
pub fn describe_maxima(plan: &Plan, features: &mut BTreeSet<&'static str>) {
    let graph = &plan.program.graph;
    for step in &graph.steps {
        let Some(pooled) = step.pooled else { continue };
        let windows = graph.tensor(step.output).shape;
        let axes = WindowAxis::both(&pooled.window, graph.grid(step), windows).expect("windows that can be joined");
        for (present, feature) in [
            (true, "max pool, of results as they are drained"),
            (axes.iter().any(|axis| axis.cut), "max pool, of results as they are drained, cut by the image's end"),
            (axes.iter().all(|axis| axis.shared), "max pool, of results as they are drained, sharing pixels"),
            (windows.height > 1 && windows.width > 1, "max pool, of results as they are drained, of several rows"),
        ] {
            if present {
                features.insert(feature);
            }
        }
    }
}

/// Notes how the planned core of a shape with digits stores them.
pub fn describe_digits(plan: &Plan, features: &mut BTreeSet<&'static str>) {
    let (split, steps) = (plan.core.splits(), &plan.program.steps);
    if plan.core.room.digits == 1 {
        return;
    }
    features.insert(if split { "digits: in words of their own" } else { "digits: picked from words" });
    if split && plan.program.fold.is_some() && steps[0].digits > 1 {
        features.insert("digits: in words of their own, of a folded image");
    }
    if split && plan.core.widths.pad > 0 {
        features.insert("digits: in words of their own, padded with another number than 0");
    }
    if steps.iter().any(|step| step.parts > 1) {
        features.insert("digits: drained one by one");
    }
}

/// Notes what a network and its core contain.
pub fn describe(network: &Network, core: &CoreShape, features: &mut BTreeSet<&'static str>) {
    let mut note = |present: bool, feature: &'static str| {
        if present {
            features.insert(feature);
        }
    };
    let lanes = || core.arrays.iter().map(|a| a.lane);
    note(core.arrays.iter().any(|a| a.lane.is_dsp() && a.rows % 2 == 1), "array: dsp, odd rows");
    note(core.arrays.len() == 1 && lanes().all(Lane::is_dsp), "arrays: dsp takes everything");
    note(!lanes().any(Lane::is_dsp), "arrays: no dsp");
    note(core.arrays.len() > 1, "arrays: several");
    note(core.px == 1, "pixels: one");
    note(core.px > 1, "pixels: several");
    note(!core.px.is_power_of_two(), "pixels: no power of two");
    note(core.q == 1, "Q = 1");
    note(core.q == 2, "Q = 2");
    note(core.q == 4, "Q = 4");
    tensors(network, &mut note);
    let mut graph = StepGraph::lower(network).ok();
    if let Some(graph) = &mut graph {
        graph.join_requantizations();
        let seconds = || graph.steps.iter().filter_map(|step| step.second);
        note(seconds().next().is_some(), "second result");
        note(seconds().any(|second| second.requant != Requant::IDENTITY), "second result, scaled");
    }
    let mut adds = 0;
    for layer in &network.layers {
        let even = layer.rounding == Rounding::HalfEven;
        note(even && layer.shift > 0 && !matches!(layer.op, Op::Add(_)), "half to even: guarded");
        let source = network.tensor(layer.inputs[0]);
        let flat =
            |id: TensorId| network.tensor(id).producer.is_some_and(|p| matches!(network.layers[p.0].op, Op::Flatten));
        note(
            !matches!(layer.op, Op::Conv(_) | Op::Flatten) && flat(layer.inputs[0]) && source.shape.pixels() == 1,
            "elementwise on a flattened image",
        );
        note(!source.shape.channels.is_multiple_of(core.ci), "channels that fill no block");
        match &layer.op {
            Op::Conv(conv) => {
                let digits = core.digits(source.act.bits);
                note(digits == 2, "digits: two");
                note(digits > 2, "digits: three and more");
                note(digits > 1 && layer.output == network.output, "digits: of the result's layer");
                let Window { kernel, stride, padding } = conv.window;
                let image = source.shape.pixels() > 1;
                note(kernel.iter().any(|k| k % 2 == 0), "conv, even kernel");
                note(kernel[0] != kernel[1], "conv, non-square");
                note(padding.top != padding.bottom || padding.left != padding.right, "conv, padding uneven");
                let shifted = padding != Padding::default() && source.zero_point != 0;
                note(shifted, "conv, padded with another number than 0");
                note(shifted && layer.inputs[0] == network.input, "conv, image padded with another number than 0");
                note(stride.contains(&2), "conv, stride 2");
                note(stride.contains(&3), "conv, stride 3");
                note(stride[0] != stride[1], "conv, strides differ");
                note(image && (stride[0] > kernel[0] || stride[1] > kernel[1]), "stride beyond the kernel");
                note(flat(layer.inputs[0]), "dense on an image");
                note(!image && !flat(layer.inputs[0]), "dense on a vector");
                rows(&conv.matrix, even, &mut note);
            }
            Op::MaxPool(window) => {
                note(window.padding != Padding::default(), "max pool, padded");
                note(
                    window.kernel[0] > window.stride[0] || window.kernel[1] > window.stride[1],
                    "max pool, overlapping",
                );
            }
            Op::AvgPool(window, _) => {
                note(true, "average pool");
                note(even, "half to even: average");
                let padded = window.padding != Padding::default();
                note(padded, "average pool, padded");
                note(padded && source.zero_point != 0, "average pool, padded with another number than 0");
            }
            Op::Add(requants) => {
                note(layer.shift > 0, "sum with a common shift");
                note(even && layer.shift > 0, "half to even: sum");
                adds += 1;
                note(!requants.contains(&Requant::IDENTITY), "add of two non-identity operands");
                note(requants.contains(&Requant::IDENTITY), "add with an identity shortcut");
            }
            Op::Clamp => {
                let alone = network.consumers(layer.inputs[0]).count() > 1 || layer.inputs[0] == network.input;
                note(alone, "clamp alone");
                note(!alone, "clamp after a layer");
            }
            Op::LeakyRelu(_) => note(true, "leaky rectifier alone"),
            Op::Flatten | Op::Concat(_) | Op::Upsample(_) => {}
        }
    }
    note(adds > 1, "chained adds");
    let window_of = |op: &Op| match op {
        Op::Conv(conv) => Some(conv.window),
        Op::MaxPool(window) | Op::AvgPool(window, _) => Some(*window),
        _ => None,
    };
    let strided = network.consumers(network.input).filter_map(|id| window_of(&network.layers[id.0].op));
    note(
        network.tensor(network.input).shape.pixels() > 1 && strided.into_iter().any(|w| w.stride != [1, 1]),
        "strided readers of the input",
    );
}

/// Notes what rows contain, of a layer that rounds half to even or not.
fn rows(matrix: &RowMatrix, even: bool, note: &mut impl FnMut(bool, &'static str)) {
    let (zero_scale, shift_0) = (|r: &Requant| r.mul == 0, |r: &Requant| r.mul > 0 && r.shift == 0);
    let rows = &matrix.requant;
    note(rows.iter().any(zero_scale), "row of zero scale");
    note(rows.iter().any(shift_0), "shift 0");
    note(matrix.negative.is_some(), "leaky rows");
    note(even, "half to even: rows");
    note(even && rows.iter().any(zero_scale), "half to even: row of zero scale");
    note(even && rows.iter().any(shift_0), "half to even: shift 0");
    let families: BTreeSet<_> = matrix.schemes.iter().map(|s| s.family()).collect();
    note(families.len() > 1, "schemes of several families in one layer");
}

/// Notes what the tensors of a network are.
fn tensors(network: &Network, note: &mut impl FnMut(bool, &'static str)) {
    let (input, output) = (network.tensor(network.input), network.tensor(network.output));
    note(input.act.signed, "input signed");
    note(!input.act.signed, "input unsigned");
    note(input.act.bits == 8, "input wide");
    note(input.shape.pixels() > 1 && (input.shape.height % 2 == 1 || input.shape.width % 2 == 1), "image odd");
    note(input.shape.channels == 1, "one channel");
    note(input.shape.pixels() == 1, "one pixel");
    note(output.shape.pixels() > 1, "output is an image");
    note(output.shape.pixels() == 1, "output is a vector");
    note(!output.act.signed && output.act.bits == 8, "output of 8 unsigned bits");
    note((9..=16).contains(&output.act.bits), "output of 9 to 16 bits");
    note(output.act.bits > 16, "output of 17 to 32 bits");
    let types = types_inside(network);
    note(types.iter().any(|act| act.signed), "signed tensor inside");
    let widest = types.iter().map(|act| act.bits).max();
    note(
        types.iter().any(|act| act.signed && Some(act.bits) < widest),
        "signed tensor inside, of fewer bits than another",
    );
    note(adds_wide(network), "operand of an add of 9 bits and more");
}

/// Types of the tensors that layers make and read.
fn types_inside(network: &Network) -> Vec<ActType> {
    let ids = (0..network.tensors.len()).filter(|id| *id != network.input.0);
    ids.filter(|id| network.consumers(TensorId(*id)).next().is_some()).map(|id| network.tensors[id].act).collect()
}

/// Whether an add has an operand that is wider than what other layers read.
fn adds_wide(network: &Network) -> bool {
    let is_wide = |id: &TensorId| network.tensor(*id).act.bits > 8;
    network.layers.iter().any(|layer| matches!(layer.op, Op::Add(_)) && layer.inputs.iter().any(is_wide))
}
