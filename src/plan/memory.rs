//! Where stored tensors lie: first fit over the steps in which each is alive.

/// A block of memory and the last step in which it is taken.
#[derive(Clone, Copy, Debug)]
struct Block {
    base: usize,
    size: usize,
    last: usize,
}

/// First-fit allocator over addresses; steps follow each other.
#[derive(Debug, Default)]
pub struct Allocator {
    /// Blocks still taken, by address.
    blocks: Vec<Block>,
    depth: usize,
}

impl Allocator {
    /// Starts with `reserved` addresses taken for good.
    pub fn new(reserved: usize) -> Self {
        Self { blocks: vec![Block { base: 0, size: reserved, last: usize::MAX }], depth: reserved }
    }

    /// Takes `size` addresses from step `first`, no earlier than that of the call before, to step `last`, both included.
    pub fn take(&mut self, size: usize, first: usize, last: usize) -> usize {
        self.blocks.retain(|block| first <= block.last);
        let mut base = 0;
        for block in &self.blocks {
            if base + size <= block.base {
                break;
            }
            base = base.max(block.base + block.size);
        }
        self.put(base, size, last);
        base
    }

    /// Takes a block at a given address up to step `last`: the caller knows that its present owner gives it up word by word.
    pub fn put(&mut self, base: usize, size: usize, last: usize) {
        let place = self.blocks.partition_point(|block| block.base <= base);
        self.blocks.insert(place, Block { base, size, last });
        self.depth = self.depth.max(base + size);
    }

    /// Addresses needed so far.
    pub fn depth(&self) -> usize {
        self.depth
    }
}
