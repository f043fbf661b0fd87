//! Resource estimates per module, from the geometry of memories and coefficients measured per family.

mod logic;
mod memory;
mod resources;
mod table;
mod xc7;

use super::clog2;
use resources::Amount;
pub use resources::{ModuleCost, Resources};
