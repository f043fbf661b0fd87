//! Which function reads which quantizer: those of activations, of constants, and behind a function of the host.

use super::{host_types, quant};
use crate::onnx::attributes::Kind::{self, Int, Text};
use crate::onnx::call::{Call, Value};
use crate::onnx::domain::Domain;
use crate::onnx::draft::Draft;
use crate::onnx::fault::Reason;
use crate::onnx::operator::Operator;

/// Operators of this file.
pub(super) const OPERATORS: &[Operator] = &[
    Operator::of(&["QuantizeLinear"], LINEAR)
        .with(ATTRIBUTES)
        .imports(|draft, call| typed(draft, call, quant::quantize))
        .folds(|call| Ok(quant::quantize_constant(call)?.into())),
    Operator::of(&["DequantizeLinear"], LINEAR)
        .with(ATTRIBUTES)
        .imports(|draft, call| typed(draft, call, quant::dequantize))
        .folds(|call| Ok(quant::dequantize_constant(call)?.into())),
    Operator::of(&["Quant"], &[Domain::Quantizers]).with(QONNX).imports(|draft, call| typed(draft, call, quant::quant)),
    Operator::of(&["BipolarQuant"], &[Domain::Quantizers]).imports(quant::quant),
    Operator::of(&["Trunc"], &[Domain::Quantizers]).with(QONNX).imports(quant::trunc),
];

const LINEAR: &[Domain] = &[Domain::Onnx, Domain::Microsoft];

const ATTRIBUTES: &[(&str, Kind)] =
    &[("axis", Int), ("block_size", Int), ("output_dtype", Int), ("precision", Int), ("saturate", Int)];

const QONNX: &[(&str, Kind)] = &[("narrow", Int), ("rounding_mode", Text), ("signed", Int)];

/// What the host computes gets its type from the host.
fn typed(
    draft: &mut Draft,
    call: &Call,
    import: fn(&mut Draft, &Call) -> Result<Value, Reason>,
) -> Result<Value, Reason> {
    if call.is_done() { host_types::import(call) } else { import(draft, call) }
}
