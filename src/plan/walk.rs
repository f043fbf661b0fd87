//! What programs need of the input unit, and how they walk over an image.

use super::input::{InputUnit, NARROWEST, Values};
use super::layout::{Fold, Strip};
use super::{Core, Program, Short};

/// What a program takes out of beats at once, in bytes, and whether only one image's end may cut it short.
struct Takes {
    sizes: Vec<usize>,
    /// All takes are of one size, from the start of an image on.
    even: bool,
}

impl Takes {
    fn of(program: &Program) -> Self {
        let (image, q) = (program.image, program.shape.q);
        if program.fold.is_some() {
            return Self { sizes: vec![image.channels], even: true };
        }
        if image.pixels() == 1 || image.channels.is_multiple_of(q) {
            return Self { sizes: vec![q], even: true };
        }
        Self { sizes: vec![q, image.channels % q], even: image.channels < q }
    }

    /// The size that a beat must be a multiple of, so that nothing straddles.
    fn step(&self) -> Option<usize> {
        self.even.then(|| *self.sizes.last().unwrap_or(&1))
    }

    fn straddle(&self, bytes: usize) -> bool {
        self.step().is_none_or(|step| !bytes.is_multiple_of(step))
    }
}

impl InputUnit {
    /// The least unit that takes the images of all programs. Where their windows differ, it has a larger one, for which they
    /// are to be compiled again.
    pub(super) fn of(programs: &[&Program]) -> Self {
        let folds: Vec<&Fold> = programs.iter().filter_map(|program| program.fold.as_ref()).collect();
        let axis = |axis: usize| {
            let mut sizes = folds.iter().map(|fold| fold.window[axis]);
            let first = sizes.next().unwrap_or(1);
            if sizes.all(|size| size == first) {
                return first;
            }
            folds.iter().map(|fold| fold.kernel[axis]).max().unwrap_or(1)
        };
        let window = [axis(0), axis(1)];
        let channels = folds.iter().map(|fold| fold.channels).max().unwrap_or(0);
        let passes = folds.len() < programs.len();
        let q = programs.first().map_or(1, |program| program.shape.q);
        let take = channels.max(if passes { q } else { 0 });
        let takes: Vec<Takes> = programs.iter().map(|program| Takes::of(program)).collect();
        let straddles = |bytes: usize| takes.iter().any(|takes| takes.straddle(bytes));
        let mut bytes = take.max(NARROWEST).next_power_of_two();
        if straddles(bytes) && 2 * take > bytes {
            // Two takes in a row would reach into a beat that is still to come.
            bytes *= 2;
        }
        let grain = takes.iter().flat_map(|takes| &takes.sizes).fold(bytes, |grain, size| gcd(grain, *size));
        Self {
            window,
            channels,
            passes,
            bytes,
            grain,
            straddles: straddles(bytes),
            values: Values {
                signed: programs.iter().any(|program| program.graph.tensor(program.graph.input).act.signed),
                pads: programs.iter().any(|program| program.pads_image()),
            },
        }
    }

    /// What of it is too small for a program.
    pub(super) fn short_of(&self, program: &Program) -> Vec<Short> {
        let takes = Takes::of(program);
        let (mut short, finest) = (Vec::new(), takes.sizes.iter().fold(self.grain, |grain, size| gcd(grain, *size)));
        match &program.fold {
            Some(fold) => {
                for (axis, what) in ["rows of the input's windows", "columns of the input's windows"].iter().enumerate()
                {
                    let have = self.window[axis];
                    let need = if have == fold.stride[axis] { have } else { fold.kernel[axis] };
                    short.extend(Short::of(*what, need as u64, have as u64));
                }
                short.extend(Short::of("channels of the input's pixels", fold.channels as u64, self.channels as u64));
            }
            None => short.extend(Short::of("inputs that are stored pixel by pixel", 1, self.passes.into())),
        }
        let straddles = takes.straddle(self.bytes);
        short.extend(Short::of("input pixels that reach from beat to beat", straddles.into(), self.straddles.into()));
        let parts = (self.bytes.div_ceil(finest) as u64, self.bytes.div_ceil(self.grain) as u64);
        short.extend(Short::of("parts of an input beat", parts.0, parts.1));
        let signed = program.graph.tensor(program.graph.input).act.signed;
        short.extend(Short::of("signed elements of images", signed.into(), self.values.signed.into()));
        short.extend(Short::of(
            "padding of images with other numbers than 0",
            program.pads_image().into(),
            self.values.pads.into(),
        ));
        short
    }

    /// Whether a fold of a network's input is one that the unit can do.
    pub(super) fn takes(&self, fold: Option<&Fold>) -> bool {
        fold.map_or(self.passes, |fold| fold.window == self.window && fold.channels == self.channels)
    }
}

/// How a program walks over an image: rows and columns with the padding around them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Walk {
    /// First row and column of the image.
    pub first: [usize; 2],
    /// First row and column behind it.
    pub behind: [usize; 2],
    /// Rows and columns of the walk.
    pub extent: [usize; 2],
    /// Rows and columns from window to window.
    pub step: [usize; 2],
    /// Rows and columns of windows, or pixels, that are stored.
    pub windows: [usize; 2],
}

impl Walk {
    /// Pixels from one stored window to the next, its own included.
    pub(super) fn gaps(&self, window: [usize; 2]) -> Vec<usize> {
        let ends = |axis: usize| (0..self.windows[axis]).map(move |index| index * self.step[axis] + window[axis] - 1);
        let at = ends(0).flat_map(|y| ends(1).map(move |x| y * self.extent[1] + x));
        let mut before = 0;
        at.map(|at| at + 1 - std::mem::replace(&mut before, at + 1)).collect()
    }
}

impl Program {
    /// The walk over the network's image.
    pub fn walk(&self) -> Walk {
        let folded = self.graph.tensor(self.graph.input).shape;
        let stored = [folded.height, self.input_pixels() / folded.height.max(1)];
        let image = [self.image.height, self.image.width];
        let Some(fold) = &self.fold else {
            return Walk { first: [0; 2], behind: image, extent: stored, step: [1; 2], windows: stored };
        };
        let first = fold.offset;
        let behind = [0, 1].map(|axis| first[axis] + image[axis]);
        let windows = |axis: usize| (stored[axis] - 1) * fold.stride[axis] + fold.window[axis];
        let mut extent = [0, 1].map(|axis| behind[axis].max(windows(axis)));
        if fold.window[0] > 1 {
            // The rows' memory is read for a column while another one is written.
            extent[1] = extent[1].max(2);
        }
        // A step that leads beyond the image ends a walk after one window.
        let alone = |axis: usize| extent[axis] - fold.window[axis] + 1;
        let step = [0, 1].map(|axis| if stored[axis] == 1 { alone(axis) } else { fold.stride[axis] });
        Walk { first, behind, extent, step, windows: stored }
    }

    /// Whether the input unit adds pixels to an image that are not stored as 0.
    fn pads_image(&self) -> bool {
        let walk = self.walk();
        let inside = walk.first == [0, 0] && walk.extent == walk.behind;
        self.fold.is_some() && !inside && self.graph.tensor(self.graph.input).padding() != 0
    }

    /// How the image comes in by a ring of rows, if it does.
    pub fn strip(&self) -> Option<Strip> {
        let step = self.steps.iter().find(|step| step.in_strips())?;
        Some(Strip::of(&step.taps(self.shape.px), step.source.plane_rows))
    }

    /// Bytes of an image.
    pub fn input_bytes(&self) -> usize {
        self.image.len()
    }

    /// Elements that a pixel's last slice, or a pixel of a window, has.
    pub fn input_keep(&self) -> usize {
        match &self.fold {
            Some(_) => self.image.channels,
            None => self.image.channels - (self.input_slices() - 1) * self.shape.q,
        }
    }

    /// Cycles in which the input unit takes an image while nothing else wants the memory's write port.
    pub(super) fn input_cycles(&self) -> u64 {
        let walk = self.walk();
        let [rows, columns] = walk.extent;
        let digits = self.places[self.graph.input.0].act.map_or(1, |layout| layout.digits);
        let stored = walk.windows[0] * walk.windows[1];
        let slices = stored * self.input_slices() * digits;
        let windows = if self.fold.is_some() { rows * columns - stored + 1 } else { 0 };
        (slices + windows + 1) as u64
    }
}

impl Core {
    /// Beats of a program's image.
    pub fn input_beats(&self, program: &Program) -> usize {
        program.input_bytes().div_ceil(self.input.bytes)
    }
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}
