//! Number systems: schemes, their levels and codes, projection, and the width algebra.

mod levels;
mod scheme;
mod width;

pub use levels::Levels;
pub use scheme::{ParseSchemeError, Scheme};
pub use width::{
    Integer, Range, act_range, dot_range, padded_range, requant_range, row_range, scaled_range, sum_range,
};
