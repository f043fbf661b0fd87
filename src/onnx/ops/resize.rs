//! Enlarging by whole factors.

use crate::float::Op;
use crate::ir::Shape;
use crate::onnx::act::Act;
use crate::onnx::array::Dims;
use crate::onnx::attributes::Kind::{Float, Floats, Int, Ints, Text};
use crate::onnx::call::{Call, Value, axis};
use crate::onnx::draft::{Draft, Step};
use crate::onnx::fault::{Reason, invalid, unsupported};
use crate::onnx::names::escaped;
use crate::onnx::operator::Operator;
use crate::onnx::view::{View, channels_first, channels_last};

/// Operators of this file.
pub(super) const OPERATORS: &[Operator] = &[Operator::onnx(&["Resize", "Upsample"])
    .with(&[
        ("antialias", Int),
        ("axes", Ints),
        ("coordinate_transformation_mode", Text),
        ("cubic_coeff_a", Float),
        ("exclude_outside", Int),
        ("extrapolation_value", Float),
        ("height_scale", Float),
        ("keep_aspect_ratio_policy", Text),
        ("mode", Text),
        ("nearest_mode", Text),
        ("scales", Floats),
        ("width_scale", Float),
    ])
    .imports(resize)];

/// `Resize` and `Upsample`: every pixel repeated.
fn resize(draft: &mut Draft, call: &Call) -> Result<Value, Reason> {
    let act = call.ordered_act(0)?;
    let dims = act.view.dims();
    let mode = call.text("mode", "nearest");
    if mode != "nearest" {
        return Err(unsupported(format!("mode \"{}\"; only \"nearest\" is supported", escaped(mode))));
    }
    let factors = factors(call, &dims)?;
    if factors.iter().all(|&factor| factor == 1) {
        return Ok(Value::Act(act));
    }
    if !dims.iter().zip(&factors).all(|(&extent, &factor)| repeats(call, extent, factor)) {
        return Err(unsupported("its coordinates do not repeat every pixel the same number of times"));
    }
    let rank = dims.len();
    let last = rank > 2 && factors[rank - 1] == 1 && factors[1] != 1;
    let order = if last { channels_first(rank) } else { (0..rank).collect() };
    if !(3..=4).contains(&rank) || factors[order[0]] != 1 || factors[order[1]] != 1 {
        return Err(unsupported(format!(
            "only rows and columns of pixels can be enlarged, not other axes of {}",
            Dims(&dims)
        )));
    }
    let image = Act { view: act.view.transposed(&order), ..act };
    let (act, shape) = draft.image(image)?;
    let factor = [if rank == 4 { factors[order[2]] } else { 1 }, factors[order[rank - 1]]];
    let output = Shape { height: shape.height * factor[0], width: shape.width * factor[1], ..shape };
    let tensor = draft.emit(Step::Op(Op::Upsample(factor)), vec![act.tensor], Some(output))?;
    let view = View::image(output, rank);
    let view = if last { view.transposed(&channels_last(rank)) } else { view };
    Ok(Value::Act(Act { tensor, view, ..act }))
}

/// Whole factors, one per axis.
fn factors(call: &Call, dims: &[usize]) -> Result<Vec<usize>, Reason> {
    if call.text("keep_aspect_ratio_policy", "stretch") != "stretch" {
        return Err(unsupported("`keep_aspect_ratio_policy`"));
    }
    let over = match call.ints("axes") {
        Some(list) => list.iter().map(|&one| axis(one, dims.len())).collect::<Result<Vec<_>, _>>()?,
        None => (0..dims.len()).collect(),
    };
    let given = given(call, &over.iter().map(|&axis| dims[axis]).collect::<Vec<_>>())?;
    let mut factors = vec![1; dims.len()];
    over.iter().zip(given).for_each(|(&axis, factor)| factors[axis] = factor);
    Ok(factors)
}

/// The factors that the operands give, for the axes with these extents.
fn given(call: &Call, dims: &[usize]) -> Result<Vec<usize>, Reason> {
    let scales_at = if call.op() == "Upsample" || call.opset < 11 { 1 } else { 2 };
    let scales = match call.attribute("scales") {
        Some(attribute) => attribute.floats.clone(),
        None => call.optional(scales_at)?.map(|array| array.reals()).unwrap_or_default(),
    };
    if scales.is_empty() {
        let sizes = call.constant(3)?.ints()?;
        let whole = |(&extent, &size): (&usize, &i64)| {
            let size = usize::try_from(size).ok()?;
            (size % extent == 0).then_some(size / extent).filter(|&factor| factor > 0)
        };
        let factors: Option<Vec<usize>> = dims.iter().zip(&sizes).map(whole).collect();
        return match factors {
            Some(factors) if sizes.len() == dims.len() => limited(factors),
            _ => Err(unsupported("only whole factors are supported")),
        };
    }
    if scales.len() != dims.len() {
        return Err(invalid(format!("{} scales for {} axes", scales.len(), dims.len())));
    }
    if scales.iter().any(|&scale| !(1.0..=4096.0).contains(&scale) || scale.fract() != 0.0) {
        return Err(unsupported("only whole factors from 1 to 4096 are supported"));
    }
    limited(scales.iter().map(|&scale| scale as usize).collect())
}

fn limited(factors: Vec<usize>) -> Result<Vec<usize>, Reason> {
    if factors.iter().any(|&factor| factor > 4096) {
        return Err(unsupported("only whole factors from 1 to 4096 are supported"));
    }
    Ok(factors)
}

/// Whether the operator's formula picks pixel `i / factor` for every `i`.
fn repeats(call: &Call, extent: usize, factor: usize) -> bool {
    if factor == 1 || call.op() == "Upsample" || call.opset < 11 {
        return true;
    }
    let transformation = call.text("coordinate_transformation_mode", "half_pixel");
    let rounding = call.text("nearest_mode", "round_prefer_floor");
    // The first, an inner and the last pixel: the formula treats all inner ones alike.
    (0..extent.min(3) * factor).all(|index| {
        let (position, factor_real) = (index as f64, factor as f64);
        let source = match transformation {
            "half_pixel" | "pytorch_half_pixel" => (position + 0.5) / factor_real - 0.5,
            "asymmetric" => position / factor_real,
            _ => return false,
        };
        let picked = match rounding {
            "round_prefer_floor" => (source - 0.5).ceil(),
            "round_prefer_ceil" => (source + 0.5).floor(),
            "floor" => source.floor(),
            "ceil" => source.ceil(),
            _ => return false,
        };
        picked.clamp(0.0, (extent.min(3) - 1) as f64) as usize == index / factor
    })
}
