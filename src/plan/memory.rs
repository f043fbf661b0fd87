//! Where stored tensors lie: first fit over the steps in which each is alive.

use super::graph::StepGraph;
use crate::ir::TensorId;

/// A block of memory and the steps during which it is taken.
#[derive(Clone, Copy, Debug)]
struct Block {
    base: usize,
    size: usize,
    first: usize,
    last: usize,
}

/// First-fit allocator over addresses and steps.
#[derive(Debug, Default)]
pub struct Allocator {
    blocks: Vec<Block>,
    depth: usize,
}

impl Allocator {
    /// Starts with `reserved` addresses taken for good.
    pub fn new(reserved: usize) -> Self {
        Self { blocks: vec![Block { base: 0, size: reserved, first: 0, last: usize::MAX }], depth: reserved }
    }

    /// Takes `size` addresses from step `first` to step `last`, both included.
    pub fn take(&mut self, size: usize, first: usize, last: usize) -> usize {
        let mut taken: Vec<Block> =
            self.blocks.iter().copied().filter(|b| b.first <= last && first <= b.last).collect();
        taken.sort_by_key(|b| b.base);
        let mut base = 0;
        for block in taken {
            if base + size <= block.base {
                break;
            }
            base = base.max(block.base + block.size);
        }
        self.put(base, size, first, last);
        base
    }

    /// Takes a block at a given address: the caller knows that its present owner gives it up word by word.
    pub fn put(&mut self, base: usize, size: usize, first: usize, last: usize) {
        self.blocks.push(Block { base, size, first, last });
        self.depth = self.depth.max(base + size);
    }

    /// Addresses needed so far.
    pub fn depth(&self) -> usize {
        self.depth
    }
}

/// Steps in which a tensor is written and last read: through the window feed, and as residual.
pub fn lifetimes(graph: &StepGraph, id: TensorId) -> (Option<usize>, Option<usize>, Option<usize>) {
    let position = |test: &dyn Fn(&super::graph::Step) -> bool| graph.steps.iter().rposition(test);
    (
        position(&|step| step.output == id),
        position(&|step| step.source == id),
        position(&|step| step.residual.is_some_and(|r| r.tensor == id)),
    )
}
