//! Prescribed types: QONNX `Quant`, `BipolarQuant`, `Trunc`, and ONNX `QuantizeLinear`, `DequantizeLinear`.

use super::array::{Array, Dims, Grid, dtype};
use super::call::{Call, Value, axis};
use super::draft::{Act, Draft, Kind, Step};
use super::elementwise::{affine, broadcast};
use super::fault::{Reason, invalid, unsupported};
use crate::float::{ActQuant, Clip, Op, Rounding};

/// Widest integers: a single-precision number holds them exactly.
const BITS: u32 = 24;

/// Domains of the QONNX quantizers.
pub(super) const DOMAINS: &[&str] = &["onnx.brevitas", "finn.custom_op.general", "qonnx.custom_op.general"];

/// What a `Quant` node prescribes, apart from its scales.
struct Quantizer {
    zero: f32,
    bits: u32,
    lo: f32,
    hi: f32,
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
                "a width of {width} bits; whole widths from {least} to {BITS} are supported"
            )));
        }
        let bits = width as u32;
        let steps = (1_i64 << if signed { bits - 1 } else { bits }) as f32;
        let (lo, hi) = match (signed, narrow) {
            (true, narrow) => (if narrow { 1.0 - steps } else { -steps }, steps - 1.0),
            (false, narrow) => (0.0, if narrow { steps - 2.0 } else { steps - 1.0 }),
        };
        let rounding = rounding(call.text("rounding_mode", "ROUND"))?;
        Ok(Self { zero, bits, lo, hi, rounding })
    }

    fn integer(&self, value: f32) -> f32 {
        let rounded = match self.rounding {
            Rounding::HalfEven => value.round_ties_even(),
            Rounding::HalfUp => (value + 0.5).floor(),
            Rounding::Floor => value.floor(),
        };
        rounded.clamp(self.lo, self.hi)
    }
}

fn rounding(mode: &str) -> Result<Rounding, Reason> {
    match mode.to_ascii_uppercase().as_str() {
        "ROUND" | "HALF_EVEN" => Ok(Rounding::HalfEven),
        "FLOOR" => Ok(Rounding::Floor),
        _ => Err(unsupported(format!("rounding mode \"{}\"", super::names::escaped(mode)))),
    }
}

fn positive(scale: f32) -> Result<f32, Reason> {
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
        Err(invalid("its scale and zero point lead beyond the range of numbers"))
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
    let scale = scale.uniform().ok_or_else(|| unsupported("a scale for each channel of an activation"))?;
    let scale = positive(scale)?;
    let quant = finite(if bipolar {
        ActQuant { scale: 2.0 * scale, offset: scale, lo: -1, hi: 0, rounding: Rounding::HalfUp }
    } else {
        let Quantizer { zero, lo, hi, rounding, .. } = Quantizer::read(call)?;
        if (0.5 * zero).fract() == 0.0 || (zero.fract() == 0.0 && rounding == Rounding::Floor) {
            ActQuant { scale, offset: 0.0, lo: (lo - zero) as i32, hi: (hi - zero) as i32, rounding }
        } else {
            // An odd zero point is added before ties go to even: they end elsewhere.
            ActQuant { scale, offset: 0.0 - zero * scale, lo: lo as i32, hi: hi as i32, rounding }
        }
    })?;
    Ok(Value::Act(draft.elementwise(&act, Step::Op(Op::Identity), Clip::NONE, Some(quant))?))
}

fn quant_constant(call: &Call, array: &Array, scale: &Array) -> Result<Array, Reason> {
    let quantizer = Quantizer::read(call)?;
    let [values, scales] = broadcast(array, scale, call.room)?;
    scales.reals().into_iter().try_for_each(|scale| positive(scale).map(drop))?;
    let zero = quantizer.zero;
    let each = values.reals().into_iter().zip(scales.reals());
    let result = each.map(|(value, scale)| (quantizer.integer(value / scale + zero) - zero) * scale).collect();
    let bits = quantizer.bits + u32::from(zero != 0.0 || quantizer.lo == 0.0);
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

/// `Trunc` of five operands: integers lose their lowest bits.
pub(super) fn trunc(draft: &mut Draft, call: &Call) -> Result<Value, Reason> {
    if call.inputs.len() != 5 {
        return Err(unsupported(format!("{} operands; the form with five is supported", call.inputs.len())));
    }
    let act = call.act(0)?;
    let number = |operand: usize| call.constant(operand)?.scalar();
    let (scale, zero, from, to) = (positive(number(1)?)?, number(2)?, number(3)?, number(4)?);
    if zero != 0.0 || from.fract() != 0.0 || to.fract() != 0.0 || !(1.0..=from).contains(&to) || from > BITS as f32 {
        return Err(unsupported("only whole widths and a zero point of 0 are supported"));
    }
    let rounding = rounding(call.text("rounding_mode", "FLOOR"))?;
    let factor = (to - from).exp2();
    // Operands lie on the grid of `scale`: a quarter step keeps `floor` off their rounding errors.
    let nudge = if rounding == Rounding::Floor { 0.25 * scale * factor } else { 0.0 };
    let shifted = affine(draft, &act, vec![factor], vec![nudge])?;
    // The operator does not say whether its integers are signed.
    let steps = 1_i32 << to as u32;
    let (lo, hi) = if draft.is_nonnegative(act.tensor) { (0, steps - 1) } else { (-steps / 2, steps / 2 - 1) };
    let quant = finite(ActQuant { scale, offset: 0.0, lo, hi, rounding })?;
    Ok(Value::Act(draft.elementwise(&shifted, Step::Op(Op::Identity), Clip::NONE, Some(quant))?))
}

/// Zero point and range of the integers of `QuantizeLinear`.
fn integers(call: &Call) -> Result<(i64, (i64, i64)), Reason> {
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
    let range = dtype::range(code).ok_or_else(|| unsupported(format!("integers of element type {code}")))?;
    Ok((zero, range))
}

/// An integer without its zero point.
fn limit(integer: i64) -> Result<i32, Reason> {
    i32::try_from(integer).map_err(|_| invalid("its zero point is beyond its type"))
}

/// `QuantizeLinear` of an activation.
pub(super) fn quantize(draft: &mut Draft, call: &Call) -> Result<Value, Reason> {
    let act = call.act(0)?;
    let scale = call.constant(1)?.uniform().ok_or_else(|| unsupported("a scale for each channel of an activation"))?;
    let scale = positive(scale)?;
    let (zero, (lo, hi)) = integers(call)?;
    // The value is rounded before the zero point is added: without the zero point it is the same grid.
    let (lo, hi) = (limit(lo.saturating_sub(zero))?, limit(hi.saturating_sub(zero))?);
    let quant = finite(ActQuant { scale, offset: 0.0, lo, hi, rounding: Rounding::HalfEven })?;
    let act = draft.elementwise(&act, Step::Op(Op::Identity), Clip::NONE, Some(quant))?;
    Ok(Value::Act(Act { kind: Kind::Codes(scale, zero), ..act }))
}

/// `Clip` between `QuantizeLinear` and `DequantizeLinear`: fewer bits.
pub(super) fn clip_codes(draft: &mut Draft, call: &Call) -> Result<Value, Reason> {
    let act = call.any_act(0)?;
    let Kind::Codes(_, zero) = act.kind else { return Err(unsupported("its integers have no type")) };
    let limit_of = |operand: usize, default: i32| match call.optional(operand)? {
        Some(array) => limit((array.scalar()? as i64).saturating_sub(zero)),
        None => Ok(default),
    };
    let made = draft.tensors[act.tensor].quant.ok_or_else(|| unsupported("its integers have no type"))?;
    let (lo, hi) = (limit_of(1, made.lo)?.max(made.lo), limit_of(2, made.hi)?.min(made.hi));
    if lo > hi {
        return Err(invalid("its limits leave nothing"));
    }
    let quant = ActQuant { lo, hi, ..made };
    Ok(Value::Act(draft.elementwise(&act, Step::Op(Op::Identity), Clip::NONE, Some(quant))?))
}

/// `DequantizeLinear` of what `QuantizeLinear` made.
pub(super) fn dequantize(call: &Call) -> Result<Value, Reason> {
    let act = call.any_act(0)?;
    let scale = call.constant(1)?.uniform();
    let zero =
        call.optional(2)?.map_or(Ok(0), |array| array.ints().map(|zeros| zeros.first().copied().unwrap_or(0)))?;
    match act.kind {
        Kind::Codes(made, from) if Some(made) == scale && from == zero => {
            Ok(Value::Act(Act { kind: Kind::Real, ..act }))
        }
        Kind::Codes(..) => Err(unsupported("its scale or zero point is not that of QuantizeLinear before it")),
        _ => Err(unsupported("it does not follow QuantizeLinear")),
    }
}

/// `QuantizeLinear` of a constant.
pub(super) fn quantize_constant(call: &Call) -> Result<Array, Reason> {
    let (array, scale) = (call.constant(0)?, call.constant(1)?);
    let (zero, (lo, hi)) = integers(call)?;
    let scales = along(call, &array, &scale)?;
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
    let scales = along(call, &array, &scale)?;
    let zeros = match call.optional(2)? {
        Some(zeros) => along(call, &array, &Array::real(zeros.dims.clone(), zeros.reals()))?,
        None => vec![0.0; array.len()],
    };
    let integers: Vec<f32> = array.reals().iter().zip(&zeros).map(|(value, zero)| value - zero).collect();
    let most = integers.iter().fold(0.0_f32, |most, &value| most.max(if value < 0.0 { -value - 1.0 } else { value }));
    let bits = 33 - (most as u32).leading_zeros();
    let result = integers.iter().zip(&scales).map(|(value, scale)| value * scale).collect();
    let scaled_axis = if scale.len() == 1 { 0 } else { axis(call.int("axis", 1), array.dims.len())? };
    let grid = Grid { scales: scale.reals(), axis: scaled_axis, bits: bits.max(2) };
    let grid = scale.reals().iter().all(|&scale| scale > 0.0 && scale.is_finite()).then_some(grid);
    Ok(Array { grid, ..Array::real(array.dims.clone(), result) })
}

/// One number for each element, from one for all or one for each index along an axis.
fn along(call: &Call, array: &Array, numbers: &Array) -> Result<Vec<f32>, Reason> {
    if call.int("block_size", 0) != 0 {
        return Err(unsupported("scales in blocks"));
    }
    if numbers.len() == 1 {
        return Ok(vec![numbers.scalar()?; array.len()]);
    }
    let along = axis(call.int("axis", 1), array.dims.len())?;
    if numbers.dims != [array.dims[along]] {
        return Err(invalid(format!("scales of {} do not fit to {}", Dims(&numbers.dims), Dims(&array.dims))));
    }
    let inner: usize = array.dims[along + 1..].iter().product();
    let numbers = numbers.reals();
    Ok((0..array.len()).map(|index| numbers[index / inner % numbers.len()]).collect())
}
