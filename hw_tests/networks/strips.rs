//! Images that come in by a ring of rows while the first layer reads them.

use rayon::prelude::*;
use rowsmith::plan::Plan;
use rowsmith::tool::{Tool, ToolKind};

use super::harness::check_on;
use crate::seeded::{Subject, strips, without_block_ram};

#[test]
fn images_in_strips() {
    let verilator = Tool::find(ToolKind::Verilator).unwrap();
    let faults: Vec<_> = (0..10_u64)
        .into_par_iter()
        .filter_map(|index| {
            let Subject { network, target, shape, .. } = strips(index);
            let target = without_block_ram(target);
            let plan = Plan::build(&network, &target, &shape).unwrap();
            assert!(plan.core.room.strip > 0);
            let outcome = check_on(index, &network, &target, &shape, &verilator);
            Some(format!("{index}, {shape}: {:?}: {}", network.layers, outcome.err()?))
        })
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
