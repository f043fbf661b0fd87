//! The table of operators: one file for each family, and the one place that finds an operator in them.

mod arithmetic;
mod classical;
mod constants;
mod conv;
mod dense;
mod host;
mod host_types;
mod join;
mod norm;
mod pad;
mod pool;
mod qlinear;
mod quant;
mod quantizers;
mod rectifier;
mod resize;
mod same;
mod select;
mod shape;

use super::domain::Domain;
use super::fault::Reason;
use super::operator::Operator;

/// The operators of all families.
const FAMILIES: &[&[Operator]] = &[
    arithmetic::OPERATORS,
    classical::OPERATORS,
    constants::OPERATORS,
    conv::OPERATORS,
    dense::OPERATORS,
    host::OPERATORS,
    join::OPERATORS,
    norm::OPERATORS,
    pad::OPERATORS,
    pool::OPERATORS,
    qlinear::OPERATORS,
    quantizers::OPERATORS,
    rectifier::OPERATORS,
    resize::OPERATORS,
    same::OPERATORS,
    select::OPERATORS,
    shape::OPERATORS,
];

/// Operators that keep shapes, supported or not: behind a refused one the import goes on, to find all faults at once.
const SHAPE_KEEPING: &[&str] = &[
    "Abs",
    "BatchNormalization",
    "BipolarQuant",
    "Celu",
    "Clip",
    "Div",
    "Elu",
    "Erf",
    "Exp",
    "Gelu",
    "HardSigmoid",
    "HardSwish",
    "InstanceNormalization",
    "LRN",
    "LayerNormalization",
    "LeakyRelu",
    "Log",
    "LogSoftmax",
    "Mish",
    "Mul",
    "PRelu",
    "Quant",
    "Relu",
    "Round",
    "Selu",
    "Sigmoid",
    "Sign",
    "Sin",
    "Softmax",
    "Softplus",
    "Softsign",
    "Sqrt",
    "Swish",
    "Tanh",
    "ThresholdedRelu",
    "Trunc",
];

/// Whether an operator keeps the shape of its first operand.
pub(super) fn keeps_shape(op: &str) -> bool {
    SHAPE_KEEPING.contains(&op)
}

/// The operator of a node; refused if it cannot be imported whatever its operands are.
pub(super) fn find(domain: &str, name: &str) -> Result<&'static Operator, Reason> {
    let domain = Domain::of(domain).ok_or(Reason::Operator)?;
    let is = |operator: &&Operator| operator.domains.contains(&domain) && operator.names.contains(&name);
    FAMILIES.iter().copied().flatten().find(is).ok_or(Reason::Operator)
}
