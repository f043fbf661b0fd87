//! Where stored tensors lie: first fit over the steps in which each is alive.

use std::cmp::Reverse;

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

/// How much a tensor takes, from one step to another one, both included.
#[derive(Clone, Copy, Debug)]
pub struct Life {
    /// Addresses.
    pub size: usize,
    /// Step that writes it.
    pub first: usize,
    /// Last step that reads it.
    pub last: usize,
}

/// Addresses of tensors above `reserved` ones, and all that they need: first fit in the order of the steps; where that leaves gaps, in
/// the order of their sizes, the large ones first, if that needs less. Lives are given in the order of their first steps.
pub fn place(reserved: usize, lives: &[Life]) -> (Vec<usize>, usize) {
    let mut by_step = Allocator::new(reserved);
    let bases = lives.iter().map(|life| by_step.take(life.size, life.first, life.last)).collect();
    if by_step.depth() == reserved + most_alive(lives) {
        return (bases, by_step.depth());
    }
    let (others, depth) = large_first(reserved, lives);
    if depth < by_step.depth() { (others, depth) } else { (bases, by_step.depth()) }
}

/// The most addresses that are alive in a step.
fn most_alive(lives: &[Life]) -> usize {
    let mut ends: Vec<(usize, usize)> = lives.iter().map(|life| (life.last, life.size)).collect();
    ends.sort_unstable();
    let (mut ended, mut alive, mut most) = (ends.into_iter().peekable(), 0, 0);
    for life in lives {
        while let Some((_, size)) = ended.next_if(|(last, _)| *last < life.first) {
            alive -= size;
        }
        alive += life.size;
        most = most.max(alive);
    }
    most
}

fn large_first(reserved: usize, lives: &[Life]) -> (Vec<usize>, usize) {
    let mut order: Vec<usize> = (0..lives.len()).collect();
    order.sort_by_key(|&index| Reverse(lives[index].size));
    let (mut bases, mut depth) = (vec![reserved; lives.len()], reserved);
    let steps = lives.iter().map(|life| life.last + 1).max().unwrap_or(0);
    // What is taken in each step: from where, to where.
    let mut taken = vec![Vec::new(); steps];
    for index in order {
        let Life { size, first, last } = lives[index];
        let mut met: Vec<[usize; 2]> = taken[first..=last].concat();
        met.sort_unstable();
        let mut base = reserved;
        for [from, to] in met {
            if base + size <= from {
                break;
            }
            base = base.max(to);
        }
        taken[first..=last].iter_mut().for_each(|step| step.push([base, base + size]));
        bases[index] = base;
        depth = depth.max(base + size);
    }
    (bases, depth)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_tensor_comes_first() {
        let life = |size, first, last| Life { size, first, last };
        // The last one fits into none of the two places that are free again.
        let lives = [life(4, 0, 1), life(4, 1, 2), life(5, 2, 3)];
        assert_eq!(place(10, &lives), (vec![10, 15, 10], 19));
        assert_eq!(place(0, &[]), (Vec::new(), 0));
    }
}
