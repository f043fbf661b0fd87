//! Images that come in by a ring of rows while the first step reads them: cycle by cycle, for either waits for the other.

use std::collections::VecDeque;

use super::layout::Strip;
use super::program::PlannedStep;
use super::{Core, Program};

/// Images that are simulated; the cycles are those of the last.
const IMAGES: usize = 3;

/// What the core does with the image in a cycle.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Event {
    None,
    /// It begins a block.
    Start,
    /// It has begun the last one.
    Tail,
    /// It needs the image no more.
    Free,
}

/// Rows of an image that the core and the input unit hand to each other, register by register (`rws_strips`).
struct Ring {
    strip: Strip,
    /// Rows that may still be written; rows beyond those that the next block needs.
    left: usize,
    more: isize,
    /// A row ended, a block began.
    pulses: [bool; 2],
    /// An image has ended; it is there as a whole.
    whole: [bool; 2],
    /// The next row may be written, the next block and the next image may begin.
    open: bool,
    rows: bool,
    ready: bool,
}

impl Ring {
    fn new(strip: Strip) -> Self {
        let more = -(strip.ahead as isize);
        let [pulses, whole] = [[false; 2]; 2];
        Self { strip, left: strip.room, more, pulses, whole, open: false, rows: false, ready: false }
    }

    fn tick(&mut self, event: Event, row_end: bool, ended: bool) {
        if event == Event::Free {
            *self = Self::new(self.strip);
            return;
        }
        let ([row_ended, begun], [had_ended, whole]) = (self.pulses, self.whole);
        let start = event == Event::Start;
        self.pulses = [row_end, start];
        self.whole = [ended, whole || had_ended];
        self.left = self.left + usize::from(begun) - usize::from(row_end);
        self.open = !self.whole[1] && (event == Event::Tail || self.left > 0);
        self.rows = whole || self.more >= isize::from(start);
        self.ready |= row_ended || whole;
        self.more += isize::from(row_ended) - isize::from(start);
    }
}

/// The input unit, register by register where that matters (`rws_axis_in`).
struct Input {
    ring: Ring,
    px: usize,
    /// Writes of a window.
    writes: usize,
    /// Pixels from each window to the one before, and those behind the last; none where pixels are stored as they come.
    gaps: Vec<usize>,
    rest: usize,
    windows: usize,
    /// An image is about to begin; a window is about to wait in the queue.
    starts: bool,
    pending: bool,
    /// Windows that were walked over, pixels behind the last of them, windows in the queue, writes left of the first, windows written.
    walked: usize,
    gap: usize,
    queue: usize,
    left: usize,
    written: usize,
}

impl Input {
    fn of(program: &Program, strip: Strip, step: &PlannedStep) -> Self {
        let walk = program.walk();
        let gaps = program.fold.map_or(Vec::new(), |fold| walk.gaps(fold.window));
        let writes = program.input_slices() * step.source.digits;
        let rest = walk.extent[0] * walk.extent[1] - gaps.iter().sum::<usize>();
        Self {
            ring: Ring::new(strip),
            px: program.shape.px,
            writes,
            gaps,
            rest,
            windows: walk.windows[0] * walk.windows[1],
            starts: true,
            pending: false,
            walked: 0,
            gap: 0,
            queue: 0,
            left: writes,
            written: 0,
        }
    }

    /// A cycle; `taken` where the drain writes.
    fn tick(&mut self, taken: bool, event: Event) {
        let folds = !self.gaps.is_empty();
        let there = if folds { self.queue > 0 } else { self.written < self.windows };
        let mut row_end = false;
        let pushed = std::mem::take(&mut self.pending);
        if there && self.ring.open && !taken && !self.starts {
            self.left -= 1;
            if self.left == 0 {
                self.left = self.writes;
                self.queue -= usize::from(folds);
                self.written += 1;
                row_end = self.written.is_multiple_of(self.px);
            }
        }
        let walked = !folds || (self.walked == self.windows && self.gap == self.rest);
        if !walked && !self.starts && self.queue + usize::from(pushed) < Strip::QUEUED {
            self.gap += 1;
            if self.gaps.get(self.walked) == Some(&self.gap) {
                (self.walked, self.gap, self.pending) = (self.walked + 1, 0, true);
            }
        }
        self.queue += usize::from(pushed);
        self.starts = walked && !self.starts && self.written == self.windows;
        if self.starts {
            (self.walked, self.gap, self.written) = (0, 0, 0);
        }
        self.ring.tick(event, row_end, self.starts);
    }
}

/// The first step and the input unit side by side.
struct Run {
    input: Input,
    /// Writes of the drain, cycle by cycle from now on.
    busy: VecDeque<bool>,
    now: u64,
}

impl Run {
    fn tick(&mut self, event: Event) {
        let taken = self.busy.pop_front().unwrap_or(false);
        self.input.tick(taken, event);
        self.now += 1;
    }

    /// Slices that are drained from so many cycles on, and which of them are written.
    fn drain(&mut self, from: usize, slots: &[bool]) {
        self.busy.resize(self.busy.len().max(from + slots.len()), false);
        for (busy, write) in self.busy.range_mut(from..).zip(slots) {
            *busy |= write;
        }
    }
}

/// Cycles of a program's first step and of an image, what they wait for the image's rows included. The cycles of all other steps are set;
/// `behind` are those from the first step's last issue to the second step.
pub(super) fn count(core: &Core, program: &Program, strip: Strip, behind: u64) -> [u64; 2] {
    let Some(step) = program.steps.first() else { return [0; 2] };
    let mut run = Run { input: Input::of(program, strip, step), busy: VecDeque::new(), now: 0 };
    let (steps, spacing) = (step.block_steps() as u64, step.spacing() as u64);
    let writes = program.first_writes(step);
    // From a pass's last step to its first write.
    let flight = core.latency() + core.back_latency() + core.second_latency() + 2 * core.memory_latency() + 5;
    let flight = (flight - core.lead()) as usize;
    let others: Vec<(u64, u64)> =
        program.steps.iter().skip(1).map(|step| (step.cycles, program.written(step) as u64)).collect();
    let mut image = [0; 2];
    for _ in 0..IMAGES {
        let start = run.now;
        while !run.input.ring.ready {
            run.tick(Event::None);
        }
        let mut next_end = run.now;
        for groups in &writes {
            for (pass, slots) in groups.iter().flat_map(|slots| vec![slots; step.digits]).enumerate() {
                for index in 0..steps {
                    let (begins, ends) = (pass == 0 && index == 0, index + 1 == steps);
                    while (begins && !run.input.ring.rows) || (ends && run.now < next_end) {
                        run.tick(Event::None);
                    }
                    if ends {
                        next_end = run.now + spacing;
                        if (pass + 1).is_multiple_of(step.digits) {
                            run.drain(flight, slots);
                        }
                    }
                    run.tick(if begins { Event::Start } else { Event::None });
                }
            }
        }
        for _ in 2..behind {
            run.tick(Event::Tail);
        }
        while !run.input.ring.whole[1] {
            run.tick(Event::Tail);
        }
        run.tick(Event::Free);
        image[0] = run.now - start;
        for (cycles, written) in &others {
            for cycle in 0..*cycles {
                // Writes are spread over the step.
                run.drain(0, &[(cycle + 1) * written / cycles > cycle * written / cycles]);
                run.tick(Event::None);
            }
        }
        image[1] = run.now - start;
    }
    image
}

impl Program {
    /// For each block and row group of the first step, whether the slices that are drained are written to activation memory.
    fn first_writes(&self, step: &PlannedStep) -> Vec<Vec<Vec<bool>>> {
        let output = step.step.output;
        let order = self.orders.rows(output);
        let stored = self.places[step.step.fed().0].act.is_some();
        let slices: Vec<Vec<bool>> = match &order {
            Some(order) => order.written.chunks(step.slices).map(<[bool]>::to_vec).collect(),
            None => vec![vec![true; step.slices]; step.groups],
        };
        let (px, pitch) = (self.shape.px, step.source.pitch);
        let grid = self.graph.grid(&step.step);
        let ends = self.window_ends(step);
        let written = |flat: usize| {
            let (y, x) = (flat / pitch, flat % pitch);
            // Of a grid's rows and columns those that end windows.
            stored && y < grid.height && x < grid.width && ends.as_ref().is_none_or(|ends| ends[0][y] && ends[1][x])
        };
        let block = |block: usize| {
            let group = |slices: &Vec<bool>| {
                let stops = (0..step.stops()).map(|stop| written(block * px + stop * step.drained));
                stops
                    .flat_map(|stop| slices.iter().flat_map(move |slice| vec![stop && *slice; step.parts]))
                    .collect::<Vec<bool>>()
            };
            slices.iter().map(group).collect()
        };
        (0..step.blocks).map(block).collect()
    }
}
