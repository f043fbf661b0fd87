//! What the manifest can state and the core does not do yet: each is refused by name, with a way out.

use std::iter;

use super::PlanError;
use super::graph::StepGraph;
use crate::ir::{Average, Layer, Network, Op, Padding, Rounding, RowMatrix, Window};
use crate::num::{dot_range, padded_range};

/// Widest tensor that the window feed reads, in bits; operands of adds and results may be as wide as tensors get.
const ACT_BITS: u32 = 8;

/// Widest accumulator in bits: that of a DSP slice.
const ACC_BITS: u32 = 48;

/// Weights of one layer at most, where groups are computed as one.
const MOST_WEIGHTS: usize = 1 << 26;

/// Refuses the first layer or tensor that would not be computed exactly; operators without any step are left to the
/// lowering.
pub fn check(network: &Network) -> Result<(), PlanError> {
    network.layers.iter().try_for_each(|layer| check_layer(network, layer))
}

/// Refuses the first tensor that the window feed would have to read and cannot.
pub fn check_reads(graph: &StepGraph) -> Result<(), PlanError> {
    let read = iter::once(graph.input).chain(graph.steps.iter().map(|step| step.source)).map(|id| graph.tensor(id));
    match read.into_iter().find(|tensor| tensor.act.bits > ACT_BITS) {
        None => Ok(()),
        Some(tensor) => Err(PlanError::unsupported(&format!(
            "the tensor `{}` has {} bits, but layers of a core read at most {ACT_BITS}: give it a narrower type, or quantize with `--untyped narrow`",
            tensor.name, tensor.act.bits
        ))),
    }
}

fn check_layer(network: &Network, layer: &Layer) -> Result<(), PlanError> {
    let padded = |window: &Window| window.padding != Padding::default();
    match &layer.op {
        _ if layer.rounding == Rounding::HalfOdd => {
            Err(refused(layer, "a layer that rounds halves to odd integers", EVEN))
        }
        Op::Conv(conv) if conv.matrix.levels.len().saturating_mul(conv.groups) > MOST_WEIGHTS => Err(refused(
            layer,
            "a grouped convolution with more than 2^26 weights, including the zeros outside its groups",
            "give it fewer groups or channels",
        )),
        Op::Conv(conv) if acc_bits(network, layer, &conv.matrix) > ACC_BITS => Err(refused(
            layer,
            "a matrix whose accumulators have more than 48 bits",
            "give it fewer columns, a narrower input, or schemes with smaller levels",
        )),
        Op::AvgPool(window, Average::Image(_)) if padded(window) => {
            Err(refused(layer, "an average that leaves padding out", "let padding count: give one `requant`"))
        }
        _ => Ok(()),
    }
}

/// Bits of the widest accumulator, for any input and any levels of the rows' schemes.
fn acc_bits(network: &Network, layer: &Layer, matrix: &RowMatrix) -> u32 {
    let values = padded_range(network.tensor(layer.inputs[0]));
    let widest = matrix.schemes.iter().max_by_key(|scheme| scheme.max_magnitude());
    widest.map_or(0, |scheme| dot_range(*scheme, values, matrix.columns).signed_bits())
}

const EVEN: &str = "quantize its result with an even zero point, or with scales that are no powers of two";

/// A layer that the core does not do yet.
pub fn refused(layer: &Layer, what: &str, remedy: &str) -> PlanError {
    PlanError::unsupported(&format!("`{}` is {what}, which the core does not support yet: {remedy}", layer.name))
}
