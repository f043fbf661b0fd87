//! What the user fixes, and the search for the rest.

use super::{ArraySpec, CoreShape, Plan, PlanError};
use crate::ir::Network;
use crate::target::Target;

/// Parts of a core's shape that are given; the planner chooses the others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// CI, PX and R.
    pub dims: Option<(usize, usize, usize)>,
    /// Arrays.
    pub arrays: Option<Vec<ArraySpec>>,
}

impl Request {
    /// Reads `--shape` and `--rows`.
    pub fn parse(shape: Option<&str>, rows: Option<&str>) -> Result<Self, PlanError> {
        let dims = shape.map(CoreShape::parse_dims).transpose()?;
        let arrays = rows.map(CoreShape::parse_rows).transpose()?;
        if let (Some((_, _, total)), Some(arrays)) = (dims, &arrays) {
            let given: usize = arrays.iter().map(|a| a.rows).sum();
            if given != total {
                return Err(PlanError::shape(format!("--shape has {total} rows, --rows has {given}")));
            }
        }
        Ok(Self { dims, arrays })
    }

    /// Plans a network for a target.
    pub fn plan(&self, network: &Network, target: &Target) -> Result<Plan, PlanError> {
        let (ci, px, rows) = self.dims.unwrap_or((4, 1, 8));
        let arrays = self.arrays.clone().ok_or_else(|| PlanError::shape("search is not there yet"))?;
        let q = [4, 2, 1].into_iter().find(|q| ci % q == 0 && rows % q == 0).unwrap_or(1);
        Plan::build(network, target, &CoreShape { ci, px, q, arrays })
    }
}
