//! Resource estimates per module, from the geometry of memories and coefficients measured per family.

mod lanes;
mod logic;
mod memory;
mod requant;
mod resources;
mod table;

use super::clog2;
use resources::Amount;
pub use resources::{ModuleCost, Resources, Term};
