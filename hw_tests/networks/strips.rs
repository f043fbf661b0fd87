//! Images that come in by a ring of rows while the first layer reads them.

use rayon::prelude::*;
use rowsmith::plan::Plan;
use rowsmith::target::Target;
use rowsmith::tool::{Tool, ToolKind};

use super::harness::check_on;
use crate::seeded::{Subject, strips};

/// A target without block RAM: images come in by strips.
fn small(target: &str) -> Target {
    let mut target = Target::find(target).unwrap();
    target.block_ram.blocks = 0;
    target
}

#[test]
fn images_in_strips() {
    let verilator = Tool::find(ToolKind::Verilator).unwrap();
    let faults: Vec<_> = (0..10_u64)
        .into_par_iter()
        .filter_map(|index| {
            let Subject { network, target, shape, .. } = strips(index);
            let plan = Plan::build(&network, &small(target), &shape).unwrap();
            assert!(plan.core.room.strip > 0);
            let outcome = check_on(index, &network, &small(target), &shape, &verilator);
            Some(format!("{index}, {shape}: {:?}: {}", network.layers, outcome.err()?))
        })
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
