//! An entry of the table of operators.

use super::attributes::{self, Kind};
use super::call::{Call, Value};
use super::domain::Domain;
use super::draft::Draft;
use super::fault::{Reason, unsupported};

/// Which outputs of a node have values; others are labels, masks and indices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outputs {
    First,
    Second,
    All,
}

/// Imports a node of which at least one operand is an activation.
type Import = fn(&mut Draft, &Call) -> Result<Value, Reason>;
/// Computes a node all of whose operands are constants.
type Fold = fn(&Call) -> Result<Value, Reason>;

/// Operators that are read alike.
pub(super) struct Operator {
    pub names: &'static [&'static str],
    pub domains: &'static [Domain],
    /// Names and types of the attributes in any version.
    attributes: &'static [(&'static str, Kind)],
    import: Option<Import>,
    fold: Option<Fold>,
    pub outputs: Outputs,
}

impl Operator {
    /// Operators of ONNX itself.
    pub const fn onnx(names: &'static [&'static str]) -> Self {
        Self::of(names, &[Domain::Onnx])
    }

    /// Operators of some domains, without attributes, for neither activations nor constants.
    pub const fn of(names: &'static [&'static str], domains: &'static [Domain]) -> Self {
        Self { names, domains, attributes: &[], import: None, fold: None, outputs: Outputs::First }
    }

    /// With these attributes.
    pub const fn with(self, attributes: &'static [(&'static str, Kind)]) -> Self {
        Self { attributes, ..self }
    }

    /// Read by this function where an operand is an activation.
    pub const fn imports(self, import: Import) -> Self {
        Self { import: Some(import), ..self }
    }

    /// Computed by this function where all operands are constants.
    pub const fn folds(self, fold: Fold) -> Self {
        Self { fold: Some(fold), ..self }
    }

    /// With values in these outputs.
    pub const fn gives(self, outputs: Outputs) -> Self {
        Self { outputs, ..self }
    }

    /// Imports one node of which at least one operand is an activation, or one of QONNX.
    pub fn import(&self, draft: &mut Draft, call: &Call) -> Result<Value, Reason> {
        attributes::check(call, self.attributes)?;
        self.import.ok_or_else(|| unsupported("it is supported only on constants"))?(draft, call)
    }

    /// Result of a node all of whose operands are constants.
    pub fn fold(&self, call: &Call) -> Result<Value, Reason> {
        attributes::check(call, self.attributes)?;
        self.fold.ok_or(Reason::Operator)?(call)
    }
}
