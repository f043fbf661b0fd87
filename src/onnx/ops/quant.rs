//! Prescribed types: QONNX `Quant`, `BipolarQuant`, `Trunc`, and ONNX `QuantizeLinear`, `DequantizeLinear`.

use crate::float::{ActQuant, Clip, Op, Rounding};
use crate::onnx::act::{Act, Kind};
use crate::onnx::array::{Array, Dims, Grid, broadcast, dtype};
use crate::onnx::broadcast::affine;
use crate::onnx::call::{Call, Value, axis};
use crate::onnx::draft::{Draft, Step};
use crate::onnx::fault::{Reason, invalid, unsupported};
use crate::onnx::names::escaped;

/// Widest integers: those of biases, and of results that are accumulators.
const BITS: u32 = 32;

/// What a `Quant` node prescribes, apart from its scales.
struct Quantizer {
    zero: f32,
    bits: u32,
    lo: i64,
    hi: i64,
    rounding: Rounding,
}

impl Quantizer {
    fn read(call: &Call) -> Result<Self, Reason> {
        let uniform = |operand: usize, what: &str| {
            let array = call.constant(operand)?;
            array.uniform().ok_or_else(|| unsupported(format!("{what} differs between channels")))
        };
        let (zero, width) = (uniform(2, "the zero point")?, uniform(3, "the bit width")?);
        let (signed, narrow) = (call.int("signed", 1) != 0, call.int("narrow", 0) != 0);
        let least = if signed { 2.0 } else { 1.0 };
        if width.fract() != 0.0 || !(least..=BITS as f32).contains(&width) {
            return Err(unsupported(format!(
                "its width is {width} bits; whole widths from {least} to {BITS} are supported"
            )));
        }
        let bits = width as u32;
        let (steps, narrow) = (1_i64 << if signed { bits - 1 } else { bits }, i64::from(narrow));
        let (lo, hi) = if signed { (narrow - steps, steps - 1) } else { (0, steps - 1 - narrow) };
        let rounding = rounding(call.text("rounding_mode", "ROUND"))?;
        Ok(Self { zero, bits, lo, hi, rounding })
    }

    fn integer(&self, value: f32) -> f32 {
        let rounded = match self.rounding {
            Rounding::HalfEven => value.round_ties_even(),
            Rounding::HalfUp => (value + 0.5).floor(),
            Rounding::Floor => value.floor(),
        };
        rounded.clamp(self.lo as f32, self.hi as f32)
    }
}

fn rounding(mode: &str) -> Result<Rounding, Reason> {
    match mode.to_ascii_uppercase().as_str() {
        "ROUND" | "HALF_EVEN" => Ok(Rounding::HalfEven),
        "FLOOR" => Ok(Rounding::Floor),
        _ => Err(unsupported(format!("rounding mode \"{}\" is not supported", escaped(mode)))),
    }
}

pub(super) fn positive(scale: f32) -> Result<f32, Reason> {
    if scale.is_finite() && scale > 0.0 {
        Ok(scale)
    } else {
        Err(invalid(format!("the scale {scale} is not positive")))
    }
}

/// Refuses a type whose values are not all numbers.
fn finite(quant: ActQuant) -> Result<ActQuant, Reason> {
    let value = |integer: i32| quant.scale.mul_add(integer as f32, quant.offset);
    if quant.scale.is_finite() && value(quant.lo).is_finite() && value(quant.hi).is_finite() {
        Ok(quant)
    } else {
        Err(invalid("its scale and zero point exceed the range of floats"))
    }
}

/// `Quant` and `BipolarQuant`.
pub(super) fn quant(draft: &mut Draft, call: &Call) -> Result<Value, Reason> {
    let scale = call.constant(1)?;
    let bipolar = call.op() == "BipolarQuant";
    if let Some(Value::Const(array)) = call.input(0) {
        let array = if bipolar { bipolar_constant(call, array, &scale)? } else { quant_constant(call, array, &scale)? };
        return Ok(array.into());
    }
    let act = call.act(0)?;
    let quant = prescribed(call)?;
    Ok(Value::Act(draft.elementwise(&act, Step::Op(Op::Identity), Clip::NONE, Some(quant))?))
}

/// The type that `Quant` or `BipolarQuant` prescribes.
pub(super) fn prescribed(call: &Call) -> Result<ActQuant, Reason> {
    let scale = call.constant(1)?.uniform();
    let scale = scale.ok_or_else(|| unsupported("a scale for each channel of an activation is not supported"))?;
    let scale = positive(scale)?;
    let dropped = 0;
    if call.op() == "BipolarQuant" {
        let rounding = Rounding::HalfUp;
        return finite(ActQuant { scale: 2.0 * scale, offset: scale, lo: -1, hi: 0, rounding, dropped });
    }
    let Quantizer { zero, lo, hi, rounding, .. } = Quantizer::read(call)?;
    // Integers are those of the file without its zero point, in double precision: 32 bits and a zero point are more than single has.
    let [low, high] = [lo, hi].map(|end| end as f64 - f64::from(zero));
    if low < f64::from(i32::MIN) || high > f64::from(i32::MAX) {
        return Err(unsupported(format!(
            "integers from {lo} to {hi} around the zero point {zero}: without it they exceed 32 signed bits, the most that are supported"
        )));
    }
    finite(if (0.5 * zero).fract() == 0.0 || (zero.fract() == 0.0 && rounding == Rounding::Floor) {
        ActQuant { scale, offset: 0.0, lo: low as i32, hi: high as i32, rounding, dropped }
    } else {
        // An odd zero point is added before ties go to even: they end elsewhere.
        ActQuant { scale, offset: 0.0 - zero * scale, lo: limit(lo)?, hi: limit(hi)?, rounding, dropped }
    })
}

fn quant_constant(call: &Call, array: &Array, scale: &Array) -> Result<Array, Reason> {
    let quantizer = Quantizer::read(call)?;
    let [values, scales] = broadcast(array, scale, call.room)?;
    scales.reals().into_iter().try_for_each(|scale| positive(scale).map(drop))?;
    let zero = quantizer.zero;
    let each = values.reals().into_iter().zip(scales.reals());
    let result = each.map(|(value, scale)| (quantizer.integer(value / scale + zero) - zero) * scale).collect();
    let bits = quantizer.bits + u32::from(zero != 0.0 || quantizer.lo == 0);
    let grid = if zero.fract() == 0.0 { grid(scale, &values.dims, bits) } else { None };
    Ok(Array { grid, ..Array::real(values.dims, result) })
}

fn bipolar_constant(call: &Call, array: &Array, scale: &Array) -> Result<Array, Reason> {
    let [values, scales] = broadcast(array, scale, call.room)?;
    scales.reals().into_iter().try_for_each(|scale| positive(scale).map(drop))?;
    let each = values.reals().into_iter().zip(scales.reals());
    let result = each.map(|(value, scale)| if value >= 0.0 { scale } else { -scale }).collect();
    Ok(Array { grid: grid(scale, &values.dims, 2), ..Array::real(values.dims, result) })
}

/// The grid of weights with one scale, or with scales along one axis.
fn grid(scale: &Array, dims: &[usize], bits: u32) -> Option<Grid> {
    if let Some(scale) = scale.uniform() {
        return Some(Grid { scales: vec![scale], axis: 0, bits });
    }
    let offset = dims.len() - scale.dims.len();
    let varying: Vec<usize> = (0..scale.dims.len()).filter(|&axis| scale.dims[axis] > 1).collect();
    match varying[..] {
        [axis] => Some(Grid { scales: scale.reals(), axis: axis + offset, bits }),
        _ => None,
    }
}

/// `Trunc`: integers lose their lowest bits. The form with six operands says what scale and sign the result has.
pub(super) fn trunc(draft: &mut Draft, call: &Call) -> Result<Value, Reason> {
    if !(5..=6).contains(&call.inputs.len()) {
        return Err(invalid(format!("it has {} operands instead of five or six", call.inputs.len())));
    }
    let act = call.act(0)?;
    let number = |operand: usize| call.constant(operand)?.scalar();
    let whole = |bits: f32| bits.fract() == 0.0 && (1.0..=BITS as f32).contains(&bits);
    let (scale, zero, from, to) = (positive(number(1)?)?, number(2)?, number(3)?, number(call.inputs.len() - 1)?);
    let result = if call.inputs.len() == 6 { positive(number(4)?)? } else { scale };
    // Bits that are dropped, as the scales say where there are two, and as the widths say where there is one.
    let dropped = if call.inputs.len() == 6 { (result / scale).log2().round() } else { from - to };
    if zero != 0.0
        || !whole(from)
        || !whole(to)
        || (call.inputs.len() == 5 && to > from)
        || !(0.0..=BITS as f32).contains(&dropped)
    {
        return Err(unsupported("only whole widths and a zero point of 0 are supported"));
    }
    let mode = call.text("rounding_mode", "FLOOR").to_ascii_uppercase();
    let toward_zero = matches!(mode.as_str(), "DOWN" | "ROUND_TO_ZERO") && draft.is_nonnegative(act.tensor);
    let rounding = if toward_zero { Rounding::Floor } else { rounding(&mode)? };
    if draft.is_bare_input(act.tensor) {
        return Err(unsupported("it truncates an input without a type: quantize the input first"));
    }
    let factor = result / scale * (-dropped).exp2();
    let same = factor.to_bits() == 1.0_f32.to_bits();
    let shifted = if same { act.clone() } else { affine(draft, &act, vec![factor], vec![0.0])? };
    // The operand is a whole number of steps, before anything is dropped.
    let rounding = if dropped == 0.0 { Rounding::HalfEven } else { rounding };
    let (lo, hi) = if call.inputs.len() == 6 {
        let (signed, narrow) = (call.int("signed", 1) != 0, f32::from(u8::from(call.int("narrow", 0) != 0)));
        let steps = to.exp2();
        if signed { (narrow - steps / 2.0, steps / 2.0 - 1.0) } else { (0.0, steps - 1.0 - narrow) }
    } else {
        // The form with five operands limits nothing: its integers are as many as those of its operand leave.
        let ends = draft.limits(act.tensor).map(|ends| ends.map(|end| end / scale * (-dropped).exp2()));
        let most = f64::from(BITS - 3).exp2() as f32;
        // Half of the finer step keeps rounding errors off.
        let part = 0.5 * (-dropped).exp2();
        ends.map_or((-most, most), |[lo, hi]| ((lo + part).floor().max(-most), (hi - part).ceil().min(most)))
    };
    let dropped = dropped as u32;
    let quant = finite(ActQuant { scale: result, offset: 0.0, lo: lo as i32, hi: hi as i32, rounding, dropped })?;
    Ok(Value::Act(draft.elementwise(&shifted, Step::Op(Op::Identity), Clip::NONE, Some(quant))?))
}

/// Zero point and range of the integers of `QuantizeLinear`.
pub(super) fn integers(call: &Call) -> Result<(i64, (i64, i64)), Reason> {
    let (zero, code) = match call.optional(2)? {
        Some(array) => {
            let zeros = array.ints()?;
            let zero = *zeros.first().ok_or_else(|| invalid("the zero point is empty"))?;
            if zeros.iter().any(|&other| other != zero) {
                return Err(unsupported("the zero point differs between channels"));
            }
            (zero, array.dtype)
        }
        None => (0, call.int("output_dtype", dtype::UINT8.into()) as i32),
    };
    let range =
        dtype::range(code).ok_or_else(|| unsupported(format!("integers of element type {code} are not supported")))?;
    Ok((zero, range))
}

/// An integer without its zero point.
fn limit(integer: i64) -> Result<i32, Reason> {
    i32::try_from(integer).map_err(|_| invalid("its zero point is beyond its type"))
}

/// `QuantizeLinear` of an activation.
pub(super) fn quantize(draft: &mut Draft, call: &Call) -> Result<Value, Reason> {
    let act = call.act(0)?;
    let scale = call
        .constant(1)?
        .uniform()
        .ok_or_else(|| unsupported("a scale for each channel of an activation is not supported"))?;
    let scale = positive(scale)?;
    let (zero, (lo, hi)) = integers(call)?;
    // The value is rounded before the zero point is added: without the zero point it is the same grid.
    let (lo, hi) = (limit(lo.saturating_sub(zero))?, limit(hi.saturating_sub(zero))?);
    let quant = finite(ActQuant { scale, offset: 0.0, lo, hi, rounding: Rounding::HalfEven, dropped: 0 })?;
    let act = draft.elementwise(&act, Step::Op(Op::Identity), Clip::NONE, Some(quant))?;
    Ok(Value::Act(Act { kind: Kind::Codes(scale, zero), ..act }))
}

/// What the integers of a type lack to those of the file, which hold the zero point.
pub(super) fn shift(quant: &ActQuant, zero: i64) -> i64 {
    zero + (quant.offset / quant.scale).round() as i64
}

/// `Clip` between `QuantizeLinear` and `DequantizeLinear`: fewer bits.
pub(super) fn clip_codes(draft: &mut Draft, call: &Call) -> Result<Value, Reason> {
    let act = call.any_act(0)?;
    let Kind::Codes(_, zero) = act.kind else { return Err(unsupported("the type of its integers is unknown")) };
    let made = draft.tensors[act.tensor].quant.ok_or_else(|| unsupported("the type of its integers is unknown"))?;
    let limit_of = |operand: usize, default: i32| match call.optional(operand)? {
        Some(array) => limit((array.scalar()? as i64).saturating_sub(shift(&made, zero))),
        None => Ok(default),
    };
    let (lo, hi) = (limit_of(1, made.lo)?.max(made.lo), limit_of(2, made.hi)?.min(made.hi));
    if lo > hi {
        return Err(invalid("its limits exclude every value"));
    }
    let quant = ActQuant { lo, hi, ..made };
    Ok(Value::Act(draft.elementwise(&act, Step::Op(Op::Identity), Clip::NONE, Some(quant))?))
}

/// The zero point of `DequantizeLinear`.
pub(super) fn zero_point(call: &Call) -> Result<i64, Reason> {
    call.optional(2)?.map_or(Ok(0), |array| array.ints().map(|zeros| zeros.first().copied().unwrap_or(0)))
}

/// `DequantizeLinear` of what `QuantizeLinear` made, or of an input of integers.
pub(super) fn dequantize(draft: &mut Draft, call: &Call) -> Result<Value, Reason> {
    let act = call.any_act(0)?;
    let scale = call.constant(1)?.uniform();
    let zero = zero_point(call)?;
    match act.kind {
        Kind::Codes(made, from) if Some(made) == scale && from == zero => {
            Ok(Value::Act(Act { kind: Kind::Real, ..act }))
        }
        Kind::Codes(..) => Err(unsupported("its scale or zero point is not that of the QuantizeLinear before it")),
        Kind::Real => integer_input(draft, &act, scale, zero).map(Value::Act),
        Kind::Done(_) | Kind::Typed(_) | Kind::Complement => Err(unsupported("it does not follow a QuantizeLinear")),
    }
}

/// The input of integers as real numbers: the host scales them, and the core has them as they are.
pub(super) fn integer_input(draft: &mut Draft, act: &Act, scale: Option<f32>, zero: i64) -> Result<Act, Reason> {
    let range = dtype::range(draft.input_type).filter(|_| act.tensor == 0);
    let (lo, hi) = range.ok_or_else(|| unsupported("it does not follow a QuantizeLinear"))?;
    let scale =
        positive(scale.ok_or_else(|| unsupported("a scale for each channel of an activation is not supported"))?)?;
    let real = affine(draft, act, vec![scale], vec![0.0 - zero as f32 * scale])?;
    let (lo, hi) = (limit(lo.saturating_sub(zero))?, limit(hi.saturating_sub(zero))?);
    let quant = finite(ActQuant { scale, offset: 0.0, lo, hi, rounding: Rounding::HalfEven, dropped: 0 })?;
    draft.elementwise(&real, Step::Op(Op::Identity), Clip::NONE, Some(quant))
}

/// `QuantizeLinear` of a constant.
pub(super) fn quantize_constant(call: &Call) -> Result<Array, Reason> {
    let (array, scale) = (call.constant(0)?, call.constant(1)?);
    let (zero, (lo, hi)) = integers(call)?;
    whole_scales(call)?;
    let over = if scale.len() == 1 { 0 } else { axis(call.int("axis", 1), array.dims.len())? };
    let scales = along(&array, &scale.reals(), over)?;
    let each = array.reals().into_iter().zip(scales);
    let values =
        each.map(|(value, scale)| ((value / scale).round_ties_even() as i64).saturating_add(zero).clamp(lo, hi));
    let values = values.collect();
    let code = call.optional(2)?.map_or(dtype::UINT8, |zero| zero.dtype);
    Ok(Array { dtype: code, ..Array::int(array.dims.clone(), values) })
}

/// `DequantizeLinear` of a constant: quantized weights.
pub(super) fn dequantize_constant(call: &Call) -> Result<Array, Reason> {
    let (array, scale) = (call.constant(0)?, call.constant(1)?);
    whole_scales(call)?;
    let along = if scale.len() == 1 { 0 } else { axis(call.int("axis", 1), array.dims.len())? };
    dequantized(&array, &scale, call.optional(2)?.as_deref(), along)
}

/// Integers times scales, of which there is one, or one for each index along an axis.
pub(super) fn dequantized(array: &Array, scale: &Array, zeros: Option<&Array>, axis: usize) -> Result<Array, Reason> {
    let scales = along(array, &scale.reals(), axis)?;
    let zeros = zeros.map_or_else(|| Ok(vec![0.0; array.len()]), |zeros| along(array, &zeros.reals(), axis))?;
    let integers: Vec<f32> = array.reals().iter().zip(&zeros).map(|(value, zero)| value - zero).collect();
    let most = integers.iter().fold(0.0_f32, |most, &value| most.max(if value < 0.0 { -value - 1.0 } else { value }));
    let bits = 33 - (most as u32).leading_zeros();
    let result = integers.iter().zip(&scales).map(|(value, scale)| value * scale).collect();
    let grid = Grid { scales: scale.reals(), axis: if scale.len() == 1 { 0 } else { axis }, bits: bits.max(2) };
    let grid = scale.reals().iter().all(|&scale| scale > 0.0 && scale.is_finite()).then_some(grid);
    Ok(Array { grid, ..Array::real(array.dims.clone(), result) })
}

fn whole_scales(call: &Call) -> Result<(), Reason> {
    match call.int("block_size", 0) {
        0 => Ok(()),
        _ => Err(unsupported("scales in blocks are not supported: quantize with one scale, or one for each row")),
    }
}

/// One number for each element, from one for all or one for each index along an axis.
fn along(array: &Array, numbers: &[f32], axis: usize) -> Result<Vec<f32>, Reason> {
    if let [one] = numbers {
        return Ok(vec![*one; array.len()]);
    }
    if array.dims.get(axis) != Some(&numbers.len()) {
        let text = format!("{} scales do not match axis {axis} of {}", numbers.len(), Dims(&array.dims));
        return Err(invalid(text));
    }
    let inner: usize = array.dims[axis + 1..].iter().product();
    Ok((0..array.len()).map(|index| numbers[index / inner % numbers.len()]).collect())
}
