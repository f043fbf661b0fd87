//! Weights from DRAM: how they lie there, and the cycles of a core that waits for them.
//!
//! A ring holds a part of the weights: a word is the codes of an array step. Read ports fill it in the order in which steps use
//! words, each port its columns of 64 bits of every word, from a region of its own, pass after pass over the weights. A step that
//! uses a word for the first time waits for it; a word's room is free again behind the step that uses it for the last time.

use std::collections::VecDeque;
use std::ops::Range;

use super::program::{PlannedStep, Program};
use super::{Core, PlanError, Weights};
use crate::target::Dram;

/// Bits of a column, of a beat of a read port.
pub const COLUMN_BITS: usize = 64;
/// Words of a ring at least: a block of RAM of most families is as deep where it is widest.
const LEAST_RING: usize = 512;
/// Beats of a burst at most.
const BURST: u64 = 16;
/// A beat, in 256ths of a byte.
const BEAT: u64 = 8 * 256;
/// Bursts that the memory has open for a port at most.
const OPEN: usize = 8;
/// Images that are simulated; the cycles are those of the last, as in the run that measures them.
const IMAGES: usize = 4;

impl Core {
    /// Whether weights come from DRAM while the core runs.
    pub fn is_streamed(&self) -> bool {
        self.loading.weights == Weights::Dram
    }

    /// Columns that each weight memory has of a ring's word, in the order of [`Core::memories`].
    pub fn ring_columns(&self) -> Vec<Range<usize>> {
        let mut first = 0;
        let stores = self.weight_stores().into_iter();
        stores
            .map(|store| {
                let end = first + store.bits.len().div_ceil(COLUMN_BITS);
                std::mem::replace(&mut first, end)..end
            })
            .collect()
    }

    /// The DRAM that weights are read from while the core runs, if they are.
    pub fn dram(&self) -> Option<&Dram> {
        self.target.dram.as_ref().filter(|_| self.is_streamed())
    }

    /// Read ports, and the columns of each; none where weights are resident.
    pub fn read_ports(&self) -> (usize, usize) {
        let Some(dram) = self.dram() else { return (0, 0) };
        let columns = self.ring_columns().last().map_or(1, |last| last.end);
        let per = columns.div_ceil(dram.ports as usize);
        (columns.div_ceil(per), per)
    }

    /// Cycles from a step to the moment when its word of the ring may be written again.
    pub fn ring_delay(&self) -> u64 {
        let slowest = (0..self.shape.arrays.len()).map(|array| self.address_delay(array)).max().unwrap_or(0);
        slowest + self.memory_latency() + self.way_registers()
    }
}

/// Words of the ring that a program needs.
pub(super) fn ring_words(core: &Core, program: &Program) -> Result<usize, PlanError> {
    if core.target.dram.is_none() {
        return Err(PlanError::unsupported(&format!(
            "weights from DRAM for `{}`: its profile has no [dram] section",
            core.target.name
        )));
    }
    let blocks = |step: &&PlannedStep| step.step.output == program.graph.output && step.blocks > 1 && step.groups > 1;
    if let Some(step) = program.steps.iter().filter(|step| step.on_arrays()).find(blocks) {
        return Err(PlanError::unsupported(&format!(
            "weights from DRAM where the last layer, `{}`, has pixels and more rows than the arrays: its weights are used block by block",
            step.step.name
        )));
    }
    // A step that goes block by block needs the weights of all groups again and again.
    let words = |step: &PlannedStep| step.block_steps() * if step.in_strips() { step.groups } else { 1 };
    let largest = program.steps.iter().filter(|step| step.on_arrays()).map(words).max().unwrap_or(1);
    // A burst may bring more than the group's last word.
    let beyond = (BURST as usize).div_ceil(core.read_ports().1) + 1;
    Ok((largest + beyond).max(LEAST_RING).next_power_of_two())
}

/// A DRAM behind read ports, as the testbench has it: beats of 8 bytes, as many as the bandwidth allows, LATENCY cycles behind their
/// burst's address and not in a refresh; ports take turns.
struct Memory<'a> {
    dram: &'a Dram,
    cycle: u64,
    /// Bandwidth saved up, in 256ths of a byte.
    tokens: u64,
    turn: usize,
    bursts: Vec<VecDeque<(u64, u64)>>,
}

impl Memory<'_> {
    /// A cycle: how many beats come on each port (0 or 1), and which ports could take an address in it.
    fn tick(&mut self, beats: &mut [bool], ready: &mut [bool]) {
        let ports = self.bursts.len();
        for (ready, bursts) in ready.iter_mut().zip(&self.bursts) {
            *ready = bursts.len() < OPEN;
        }
        beats.fill(false);
        let [interval, refresh] = [self.dram.refresh_interval, self.dram.refresh_cycles].map(u64::from);
        if interval == 0 || self.cycle % interval >= refresh {
            self.tokens = (self.tokens + self.dram.rate()).min(2 * BEAT * ports as u64);
            let first = self.turn;
            for offset in 0..ports {
                let port = (first + offset) % ports;
                let Some(head) = self.bursts[port].front_mut() else { continue };
                if self.cycle < head.0 || self.tokens < BEAT {
                    continue;
                }
                self.tokens -= BEAT;
                self.turn = (port + 1) % ports;
                beats[port] = true;
                head.1 -= 1;
                if head.1 == 0 {
                    self.bursts[port].pop_front();
                }
            }
        }
        self.cycle += 1;
    }
}

/// A read port and its part of the ring, register by register (`rws_axi_read`, `rws_stream_in`).
#[derive(Clone, Default)]
struct Port {
    room: u64,
    left: u64,
    asked: Option<u64>,
    column: u64,
    ahead: u64,
}

/// The ring with its ports and the memory behind them.
struct Ring<'a> {
    memory: Memory<'a>,
    ports: Vec<Port>,
    per: u64,
    /// Beats of a pass over the weights.
    pass: u64,
    /// Words that will be free, by cycle.
    freed: VecDeque<u64>,
    delay: u64,
    beats: Vec<bool>,
    ready: Vec<bool>,
}

impl Ring<'_> {
    fn has_word(&self) -> bool {
        self.ports.iter().all(|port| port.ahead > 0)
    }

    /// A cycle, in which a step uses a word for the first time, or for the last time.
    fn tick(&mut self, first: bool, last: bool) {
        let now = self.memory.cycle;
        self.memory.tick(&mut self.beats, &mut self.ready);
        let freed = self.freed.front() == Some(&now);
        if freed {
            self.freed.pop_front();
        }
        if last {
            self.freed.push_back(now + self.delay);
        }
        for (index, port) in self.ports.iter_mut().enumerate() {
            let taken = port.asked.is_some() && self.ready[index];
            if let (Some(size), true) = (port.asked, taken) {
                self.memory.bursts[index].push_back((now + u64::from(self.memory.dram.latency), size));
            }
            let asks = (port.asked.is_none() || taken) && port.room >= BURST;
            if taken {
                port.asked = None;
            }
            if asks {
                let size = port.left.min(BURST);
                port.asked = Some(size);
                port.room -= size;
                port.left = if port.left == size { self.pass } else { port.left - size };
            }
            if freed {
                port.room += self.per;
            }
            let mut arrived = false;
            if self.beats[index] {
                port.column += 1;
                arrived = port.column == self.per;
                port.column %= self.per;
            }
            port.ahead = port.ahead + u64::from(arrived) - u64::from(first);
        }
    }
}

/// Sets the cycles of a streamed program's steps, and returns those of an image. `behind` has for each step the cycles from its last
/// issue to the first one of the next.
pub(super) fn count(core: &Core, dram: &Dram, program: &mut Program, behind: &[u64]) -> u64 {
    let (ports, per) = core.read_ports();
    let words = program.weight_words() as u64;
    let (per, ring_words) = (per as u64, 1_u64 << core.fields().weight);
    let (room, pass) = (ring_words * per, words * per);
    let memory = Memory { dram, cycle: 0, tokens: 0, turn: 0, bursts: vec![VecDeque::new(); ports] };
    let port = Port { room, left: pass, ..Port::default() };
    let mut ring = Ring {
        memory,
        ports: vec![port; ports],
        per,
        pass,
        freed: VecDeque::new(),
        delay: core.ring_delay(),
        beats: vec![false; ports],
        ready: vec![false; ports],
    };
    // The ring fills while the first image comes in.
    (0..program.input_cycles()).for_each(|_| ring.tick(false, false));
    let mut image = 0;
    for _ in 0..IMAGES {
        let start = ring.memory.cycle;
        for (step, behind) in program.steps.iter_mut().zip(behind) {
            let begin = ring.memory.cycle;
            issue(&mut ring, step);
            for _ in 1..*behind {
                ring.tick(false, false);
            }
            step.cycles = ring.memory.cycle - begin;
        }
        image = ring.memory.cycle - start;
    }
    image
}

/// Issues all array steps of a step of the program.
fn issue(ring: &mut Ring, step: &PlannedStep) {
    let (steps, spacing) = (step.block_steps() as u64, step.spacing() as u64);
    let mut next_end = 0;
    for pass in 0..step.passes() {
        let digit = pass % step.digits;
        let block = if step.in_strips() { pass / step.digits / step.groups } else { pass / step.digits % step.blocks };
        let first = step.on_arrays() && block == 0 && digit == 0;
        let last = step.on_arrays() && block + 1 == step.blocks && digit + 1 == step.digits;
        for index in 0..steps {
            while (first && !ring.has_word()) || (index + 1 == steps && ring.memory.cycle < next_end) {
                ring.tick(false, false);
            }
            if index + 1 == steps {
                next_end = ring.memory.cycle + spacing;
            }
            ring.tick(first, last);
        }
    }
}
