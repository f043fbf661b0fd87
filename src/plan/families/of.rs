//! The one place that tells families apart.

use super::facts::FamilyFacts;
use super::{ecp5, gowin, ice40, nexus, xc7};
use crate::plan::{ArrayBuild, Lane};
use crate::target::Family;

/// What is known of a family.
pub fn facts(family: Family) -> &'static FamilyFacts {
    match family {
        Family::Ice40 => &ice40::FACTS,
        Family::Ecp5 => &ecp5::FACTS,
        Family::Xc7 => &xc7::FACTS,
        Family::Gowin => &gowin::FACTS,
        Family::Nexus => &nexus::FACTS,
    }
}

impl ArrayBuild {
    /// The build of a lane kind with the fewest DSP blocks per product, and among those the fewest LUTs.
    pub fn of(lane: Lane, family: Family, ci: usize, px: usize, act: u32) -> Self {
        (facts(family).array)(lane, ci, px, act)
    }
}
