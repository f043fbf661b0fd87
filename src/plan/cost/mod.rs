//! Resource estimates per module, from the geometry of memories and coefficients measured per family.

mod amount;
mod input;
mod logic;
mod memory;
mod requant;
mod resources;
mod stream;
mod table;

use super::clog2;
pub(super) use amount::Amount;
pub use amount::Term;
pub use resources::{ModuleCost, Resources};
