//! Attributes by operator: one that is unknown or has another type may change what a node computes, so it is named.

use super::call::Call;
use super::fault::{Reason, invalid, unsupported};
use super::names::escaped;
use super::proto::Attribute;

const FLOAT: i32 = 1;
const INT: i32 = 2;
const STRING: i32 = 3;
const TENSOR: i32 = 4;
const FLOATS: i32 = 6;
const INTS: i32 = 7;
const STRINGS: i32 = 8;

/// Names and types of the attributes that an operator has in any version.
fn known(op: &str) -> &'static [(&'static str, i32)] {
    const WINDOW: &[(&str, i32)] = &[
        ("auto_pad", STRING),
        ("ceil_mode", INT),
        ("count_include_pad", INT),
        ("dilations", INTS),
        ("group", INT),
        ("kernel_shape", INTS),
        ("pads", INTS),
        ("storage_order", INT),
        ("strides", INTS),
    ];
    match op {
        "Conv" | "QLinearConv" | "MaxPool" | "AveragePool" => WINDOW,
        "QLinearAveragePool" => &[
            ("auto_pad", STRING),
            ("ceil_mode", INT),
            ("channels_last", INT),
            ("count_include_pad", INT),
            ("kernel_shape", INTS),
            ("pads", INTS),
            ("strides", INTS),
        ],
        "QLinearGlobalAveragePool" => &[("channels_last", INT)],
        "Add" | "Sub" | "Mul" | "Div" | "Pow" => &[("axis", INT), ("broadcast", INT)],
        "BatchNormalization" => {
            &[("epsilon", FLOAT), ("is_test", INT), ("momentum", FLOAT), ("spatial", INT), ("training_mode", INT)]
        }
        "Cast" => &[("to", INT), ("saturate", INT), ("round_mode", STRING)],
        "Clip" => &[("max", FLOAT), ("min", FLOAT)],
        "Concat" | "Flatten" | "Gather" | "Softmax" | "QLinearConcat" => &[("axis", INT)],
        "QLinearSoftmax" => &[("axis", INT), ("opset", INT)],
        "ConstantOfShape" => &[("value", TENSOR)],
        "QuantizeLinear" | "DequantizeLinear" => {
            &[("axis", INT), ("block_size", INT), ("output_dtype", INT), ("precision", INT), ("saturate", INT)]
        }
        "Dropout" => &[("is_test", INT), ("ratio", FLOAT), ("seed", INT)],
        "Gemm" | "QGemm" => &[("alpha", FLOAT), ("beta", FLOAT), ("broadcast", INT), ("transA", INT), ("transB", INT)],
        "LeakyRelu" | "QLinearLeakyRelu" => &[("alpha", FLOAT)],
        "Pad" => &[("mode", STRING), ("pads", INTS), ("paddings", INTS), ("value", FLOAT)],
        "ReduceMax" | "ReduceMean" | "ReduceSum" | "QLinearReduceMean" => {
            &[("axes", INTS), ("keepdims", INT), ("noop_with_empty_axes", INT)]
        }
        "Reshape" => &[("allowzero", INT), ("shape", INTS)],
        "Resize" | "Upsample" => &[
            ("antialias", INT),
            ("axes", INTS),
            ("coordinate_transformation_mode", STRING),
            ("cubic_coeff_a", FLOAT),
            ("exclude_outside", INT),
            ("extrapolation_value", FLOAT),
            ("height_scale", FLOAT),
            ("keep_aspect_ratio_policy", STRING),
            ("mode", STRING),
            ("nearest_mode", STRING),
            ("scales", FLOATS),
            ("width_scale", FLOAT),
        ],
        "DepthToSpace" | "SpaceToDepth" => &[("blocksize", INT), ("mode", STRING)],
        "Split" => &[("axis", INT), ("num_outputs", INT), ("split", INTS)],
        "Shape" => &[("end", INT), ("start", INT)],
        "Slice" => &[("axes", INTS), ("ends", INTS), ("starts", INTS)],
        "Squeeze" | "Unsqueeze" => &[("axes", INTS)],
        "Transpose" => &[("perm", INTS)],
        "Quant" | "Trunc" => &[("narrow", INT), ("rounding_mode", STRING), ("signed", INT)],
        "LinearClassifier" => &[
            ("classlabels_ints", INTS),
            ("classlabels_strings", STRINGS),
            ("coefficients", FLOATS),
            ("intercepts", FLOATS),
            ("multi_class", INT),
            ("post_transform", STRING),
        ],
        "LinearRegressor" => {
            &[("coefficients", FLOATS), ("intercepts", FLOATS), ("post_transform", STRING), ("targets", INT)]
        }
        "Normalizer" => &[("norm", STRING)],
        "Scaler" => &[("offset", FLOATS), ("scale", FLOATS)],
        _ => &[],
    }
}

/// Refuses attributes that the operator does not have, or not of this type.
pub(super) fn check(call: &Call) -> Result<(), Reason> {
    // What a constant holds is told by its attribute; old files list operands to overwrite.
    let read = call.node.attribute.iter().filter(|attribute| attribute.name != "consumed_inputs");
    for attribute in read.filter(|_| call.op() != "Constant") {
        let name = escaped(&attribute.name);
        let Some((_, kind)) = known(call.op()).iter().find(|(known, _)| *known == attribute.name) else {
            return Err(unsupported(format!("the attribute `{name}` is unknown: remove it if it has no meaning")));
        };
        if !holds(attribute, *kind) {
            return Err(invalid(format!("the attribute `{name}` is not {}", described(*kind))));
        }
    }
    Ok(())
}

/// Whether an attribute has a type; files of the first version do not state it.
fn holds(attribute: &Attribute, kind: i32) -> bool {
    let others = [
        (FLOAT, attribute.f != 0.0),
        (INT, attribute.i != 0),
        (STRING, !attribute.s.is_empty()),
        (TENSOR, attribute.t.is_some()),
        (FLOATS, !attribute.floats.is_empty()),
        (INTS, !attribute.ints.is_empty()),
        (STRINGS, !attribute.strings.is_empty()),
    ];
    let only = others.iter().all(|(other, there)| *other == kind || !there);
    only && (attribute.kind == kind || attribute.kind == 0)
}

fn described(kind: i32) -> &'static str {
    match kind {
        FLOAT => "a real number",
        INT => "an integer",
        STRING => "a string",
        TENSOR => "a tensor",
        FLOATS => "a list of real numbers",
        STRINGS => "a list of strings",
        _ => "a list of integers",
    }
}
