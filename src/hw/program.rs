//! The program: header, layer descriptors and tap table, as `rws_header`, `rws_layer` and `rws_fetch` read them.

use super::bits::Bits;
use crate::ir::Rounding;
use crate::plan::fields::Fields;
use crate::plan::{ActLayout, Plan, PlannedStep, Step, StepKind, Tap, WindowAxis, residual, second};

/// Header and descriptors, 32-bit words.
pub fn words(plan: &Plan) -> Vec<Bits> {
    let fields = plan.core.fields();
    let mut words = header(plan, &fields);
    let mut tap_base = 0;
    for (index, step) in plan.program.steps.iter().enumerate() {
        let mut bits = Bits::default();
        front(&mut bits, plan, &fields, index, tap_base);
        assert_eq!(bits.len(), fields.front() as usize);
        back(&mut bits, plan, &fields, step);
        assert_eq!(bits.len(), (fields.front() + fields.back()) as usize);
        words.extend(bits.words(fields.words()));
        tap_base += step.tap_count();
    }
    words
}

/// Names a program to its host: what is compiled, and for which core. Never 0, which stands for no program.
pub fn digest(plan: &Plan) -> u32 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(plan.core.digest().as_bytes()).update(plan.program.digest.as_bytes());
    let hash = hasher.finalize();
    let bytes = hash.as_bytes();
    u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]).max(1)
}

/// What the streams of the network's images look like.
fn header(plan: &Plan, fields: &Fields) -> Vec<Bits> {
    let program = &plan.program;
    let input = program.places[program.graph.input.0].act;
    let (beats, walk) = (plan.core.input_beats(program), program.walk());
    let mut bits = Bits::default();
    bits.push(digest(plan), 32);
    bits.push(input.map_or(0, |layout| layout.rows()) as i64, fields.addr);
    bits.push(input.map_or(0, |layout| layout.stride()) as i64, fields.addr);
    bits.flag(beats == 1);
    bits.flag(program.fold.is_some());
    bits.push(beats as i64 - 1, fields.input_beats);
    bits.push(program.input_slices() as i64 - 1, fields.input_slices);
    bits.push(program.input_keep() as i64, fields.input_keep);
    for axis in [0, 1] {
        for place in [walk.first[axis], walk.behind[axis], walk.extent[axis] - 1] {
            bits.push(place as i64, fields.input_place[axis]);
        }
        bits.push(walk.step[axis] as i64 - 1, fields.input_step);
    }
    let image = program.graph.tensor(program.graph.input);
    let used = if image.act.signed { (1 << image.act.bits) - 1 } else { -1 };
    bits.optional(used, fields.input_sign);
    bits.optional(image.offset, fields.input_sign);
    bits.optional(image.padding(), fields.input_pad);
    bits.optional(input.map_or(0, |layout| layout.digit_rows()) as i64, fields.parts[0]);
    bits.optional(input.map_or(1, |layout| layout.digits) as i64 - 1, fields.parts[1]);
    if fields.strip > 0 {
        let strip = program.strip().map_or([0; 2], |strip| [strip.ahead, strip.room]);
        for rows in strip {
            bits.push(rows as i64, fields.strip + 1);
        }
    }
    let units = if plan.core.output_ordered() { program.output_words() } else { program.output_channels() };
    bits.push(units as i64 - 1, fields.output_unit);
    bits.push(program.output_words() as i64 - 1, fields.output_word);
    bits.push(program.output_pixels() as i64 - 1, fields.output_pixel);
    bits.push(program.output_lanes() as i64, fields.output_block);
    assert_eq!(bits.len(), fields.header() as usize);
    bits.words(fields.header_words())
}

/// The tap table.
pub fn taps(plan: &Plan) -> Vec<Bits> {
    let fields = plan.core.fields();
    let entry = |tap: Tap| {
        let mut bits = Bits::default();
        // Addresses and coordinates wrap around: what lies before the tensor is added modulo their space.
        let modulo = |value: i64, width: u32| value.rem_euclid(1 << width);
        bits.push(modulo(tap.row, fields.addr), fields.addr);
        bits.push(tap.rot as i64, fields.bank);
        bits.push(modulo(tap.delta[0], fields.x), fields.x);
        bits.push(modulo(tap.delta[1], fields.x), fields.x);
        bits.flag(tap.short[0]);
        bits.flag(tap.short[1]);
        bits
    };
    plan.program.steps.iter().flat_map(|step| step.taps(plan.core.shape.px)).map(entry).collect()
}

/// The result's order: where each channel is among a pixel's words.
pub fn order(plan: &Plan) -> Vec<Bits> {
    let fields = plan.core.fields();
    let entry = |[word, lane]: [usize; 2]| {
        let mut bits = Bits::default();
        bits.push(word as i64, fields.output_word);
        bits.push(lane as i64, fields.output_lane);
        bits
    };
    plan.program.output_order().into_iter().map(entry).collect()
}

fn front(bits: &mut Bits, plan: &Plan, fields: &Fields, index: usize, tap_base: usize) {
    let planned = &plan.program.steps[index];
    let step = &planned.step;
    let input = plan.program.graph.input;
    let last_reader = plan.program.graph.steps.iter().rposition(|s| s.source == input);
    let layout = planned.source;
    let plane = layout.plane(step.source_shape);
    bits.flag(!planned.on_arrays());
    bits.flag(step.kind == StepKind::Sum);
    bits.flag(index == 0);
    bits.flag(Some(index) == last_reader);
    bits.flag(index + 1 == plan.program.steps.len());
    bits.flag(step.source == input);
    for (value, width) in [
        (layout.base, fields.addr),
        (layout.stride(), fields.addr),
        (planned.channel_blocks - 1, fields.cb),
        (tap_base, fields.tap),
        (planned.tap_count() - 1, fields.tap),
        (planned.blocks - 1, fields.addr),
        (planned.groups - 1, fields.group),
        (plane[0], fields.x),
        (plane[1], fields.x),
        (layout.pitch, fields.x),
        (plan.core.shape.px / layout.pitch, fields.x),
        (plan.core.shape.px % layout.pitch, fields.x),
        (planned.spacing() - 1, fields.drain),
    ] {
        bits.push(value as i64, width);
    }
    bits.optional(plan.program.graph.padding(step), fields.pad);
    bits.optional(planned.digits as i64 - 1, fields.digit);
    let rows = if planned.on_arrays() { plan.program.orders.rows(step.output) } else { None };
    for array in 0..plan.core.shape.arrays.len() {
        bits.push(rows.as_ref().map_or(0, |order| order.array_groups[array]) as i64, fields.group + 1);
    }
}

fn back(bits: &mut Bits, plan: &Plan, fields: &Fields, planned: &PlannedStep) {
    let step = &planned.step;
    let (act, res) = (plan.program.places[step.fed().0].act, plan.program.places[step.output.0].res);
    bits.push(planned.stops() as i64 - 1, fields.bank);
    bits.flag(act.is_some());
    bits.flag(res.is_some());
    bits.flag(step.output == plan.program.graph.output);
    bits.flag(step.residual.is_some());
    bits.optional(planned.drained == 1, fields.single);
    destination(bits, plan, fields, act);
    let shape = plan.program.graph.grid(step);
    bits.push(shape.height as i64, fields.x);
    bits.push(shape.width as i64, fields.x);
    let source = step.residual.and_then(|r| plan.program.places[r.tensor.0].res);
    bits.push(res.map_or(0, |place| place.base) as i64, fields.res);
    bits.push(source.map_or(0, |place| place.base) as i64, fields.res);
    bits.push(res.or(source).map_or(0, |place| place.words) as i64, fields.res);
    for bound in plan.program.graph.bounds(step) {
        bits.push(bound, fields.y);
    }
    let (mul, add, shift) = residual(step, &plan.program.graph).map_or((0, 0, 0), |r| (r.mul, r.add, r.shift));
    bits.push(mul, fields.residual[0]);
    bits.push(add, fields.residual[1]);
    bits.push(shift, fields.residual[2]);
    let even = |rounding| i64::from(rounding == Rounding::HalfEven);
    let sum = step.residual.map_or((0, 0), |r| (r.shift.into(), even(r.rounding)));
    let guard = if step.rounding == Rounding::HalfEven { step.guard.into() } else { 0 };
    for (value, width) in [even(step.rounding), guard, sum.0, sum.1].into_iter().zip(fields.rounding) {
        bits.optional(value, width);
    }
    bits.optional(act.map_or(0, |layout| layout.digit_rows()) as i64, fields.parts[0]);
    bits.optional(planned.parts as i64 - 1, fields.parts[1]);
    if plan.core.units.pooled {
        windows(bits, plan, step);
    }
    if plan.core.units.second {
        second_result(bits, plan, fields, planned);
    }
}

/// Windows that results are maxima over, those of columns first; of one pixel where a step has none.
fn windows(bits: &mut Bits, plan: &Plan, step: &Step) {
    let axes = plan.program.graph.window_axes(step);
    for WindowAxis { first, again, shared, cut } in axes.unwrap_or_default().into_iter().rev() {
        bits.push(first as i64, 3);
        bits.push(again as i64, 3);
        bits.flag(shared);
        bits.flag(cut);
    }
}

/// Constants and bounds of the second result; those of a step without one keep the first as it is.
fn second_result(bits: &mut Bits, plan: &Plan, fields: &Fields, planned: &PlannedStep) {
    let (step, graph) = (&planned.step, &plan.program.graph);
    let (mul, add, shift) = second(step, graph).map_or((1, 0, 0), |second| (second.mul, second.add, second.shift));
    bits.push(mul, fields.second[0]);
    bits.push(add, fields.second[1]);
    bits.push(shift, fields.second[2]);
    let half = 1_i64 << (fields.y - 1);
    let bounds = step.second.map_or([-half, half - 1], |second| {
        [second.clamp.0, second.clamp.1].map(|bound| i64::from(bound) + graph.tensor(second.output).offset)
    });
    for bound in bounds {
        bits.push(bound, fields.y);
    }
}

fn destination(bits: &mut Bits, plan: &Plan, fields: &Fields, act: Option<ActLayout>) {
    let none = ActLayout {
        phases: [1, 1],
        pitch: 0,
        plane_rows: 0,
        skew: 0,
        phase_rows: 0,
        blocks: 0,
        digits: 1,
        base: 0,
        strip: false,
    };
    let layout = act.unwrap_or(none);
    let (px, drained) = (plan.core.shape.px, plan.core.shape.drained);
    for value in [layout.base, layout.stride(), layout.phase_rows, layout.pitch / px] {
        bits.push(value as i64, fields.addr);
    }
    bits.push((layout.pitch % px) as i64, fields.bank);
    bits.push(layout.phases[0] as i64 - 1, 3);
    if drained == 1 {
        bits.push(layout.plane_rows as i64, fields.addr);
        bits.push(layout.phases[1] as i64 - 1, 3);
        return;
    }
    // From D pixels to the next, and from the first of them to each other.
    let step = drained / layout.phases[1];
    bits.push((step / px) as i64, 1);
    bits.push((step % px) as i64, fields.bank);
    for pixel in 1..drained {
        let place = layout.aside(pixel, px);
        bits.push((place % px) as i64, fields.bank);
        bits.push((place / px) as i64, fields.addr);
    }
}
