//! Zeros around images, and borders cut off, become part of the windows that read them.

use super::draft::{DraftNode, DraftTensor, Step};
use super::fault::{Reason, unsupported};
use super::fuse::Fused;
use super::window::POINT;
use crate::float::{ActQuant, Clip, Conv, Op, Rounding, WeightQuant};
use crate::ir::{Padding, Window};

impl Fused {
    /// Gives every reader of padding or of a cut image a window that does the same, as far as it has one; else a convolution
    /// of each channel by itself makes the image.
    pub(super) fn padding(&mut self) -> Result<(), (usize, Reason)> {
        for index in 0..self.draft.nodes.len() {
            let (step, source) = (self.draft.nodes[index].step.clone(), self.draft.nodes[index].source);
            let Some(&image) = self.draft.nodes[index].inputs.first() else { continue };
            let positive = self.draft.is_nonnegative(image);
            let take = |reader: &mut Step| match step {
                Step::Pad(padding) => take_padding(reader, padding, positive),
                Step::Lowest(padding) => take_lowest(reader, padding),
                Step::Crop(padding) => take_crop(reader, padding),
                _ => false,
            };
            if !matches!(step, Step::Pad(_) | Step::Lowest(_) | Step::Crop(_)) {
                continue;
            }
            let readers: Vec<usize> = self.readers(index + 1).collect();
            let mut left = usize::from(self.output == index + 1);
            for reader in readers {
                let node = &mut self.draft.nodes[reader];
                if take(&mut node.step) {
                    node.inputs[0] = image;
                } else {
                    left += 1;
                }
            }
            if left == 0 {
                self.draft.nodes[index].step = Step::Gone;
                self.draft.nodes[index].inputs.clear();
                continue;
            }
            let channels = self.draft.shape(image).channels;
            let conv = match step {
                Step::Pad(padding) => picking(channels, Window { padding, ..POINT }, 0),
                Step::Crop(Padding { top, left, bottom, right }) => {
                    let kernel = [top + bottom + 1, left + right + 1];
                    picking(channels, Window { kernel, ..POINT }, top * kernel[1] + left)
                }
                _ => {
                    let text =
                        "padding with the lowest number is supported only before a maximum; pad with zeros instead";
                    return Err((source, unsupported(text)));
                }
            };
            self.draft.occupy(conv.weight.len()).map_err(|reason| (source, reason))?;
            self.draft.tensors[index + 1].quant = self.draft.tensors[image].quant.and_then(with_zero);
            self.draft.nodes[index].step = Step::Op(Op::Conv(conv));
        }
        Ok(())
    }

    /// A copy of an image whose type has no zero, before each window that pads it with zeros: the copy's grid has one.
    pub(super) fn give_zeros(&mut self) -> Result<(), (usize, Reason)> {
        let mut index = 0;
        while index < self.draft.nodes.len() {
            let node = &self.draft.nodes[index];
            let padding = match &node.step {
                Step::Pad(padding) => *padding,
                Step::Op(Op::Conv(conv)) => conv.window.padding,
                Step::Op(Op::AvgPool { window, count_padding: true }) => window.padding,
                _ => Padding::default(),
            };
            if padding != Padding::default() && self.is_without_zero(node.inputs[0]) {
                self.insert_copy(index)?;
                index += 1;
            }
            index += 1;
        }
        Ok(())
    }

    /// Puts a copy of the first operand before a node.
    fn insert_copy(&mut self, index: usize) -> Result<(), (usize, Reason)> {
        let DraftNode { source, ref inputs, .. } = self.draft.nodes[index];
        let image = inputs[0];
        let shape = self.draft.tensors[image].shape;
        let conv = picking(self.draft.shape(image).channels, POINT, 0);
        self.draft.occupy(conv.weight.len()).map_err(|reason| (source, reason))?;
        let moved = |tensor: &mut usize| *tensor += usize::from(*tensor > index);
        self.draft.nodes.iter_mut().flat_map(|node| &mut node.inputs).for_each(moved);
        moved(&mut self.output);
        let step = Step::Op(Op::Conv(conv));
        self.draft.nodes.insert(index, DraftNode { step, inputs: vec![image], clip: Clip::NONE, source });
        self.draft.tensors.insert(index + 1, DraftTensor { shape, quant: None });
        self.draft.nodes[index + 1].inputs[0] = index + 1;
        self.count_uses();
        Ok(())
    }

    /// Kernels grow by zeros until they are wider than their padding.
    pub(super) fn widen_kernels(&mut self) -> Result<(), (usize, Reason)> {
        for index in 0..self.draft.nodes.len() {
            let source = self.draft.nodes[index].source;
            let Step::Op(Op::Conv(conv)) = &mut self.draft.nodes[index].step else { continue };
            let Window { kernel: [height, width], padding, .. } = conv.window;
            let more = |pad: usize, kernel: usize| (pad + 1).saturating_sub(kernel);
            let zeros = Padding {
                top: more(padding.bottom, height),
                left: more(padding.right, width),
                bottom: more(padding.top, height),
                right: more(padding.left, width),
            };
            if zeros == Padding::default() {
                continue;
            }
            let taps = |window: &Window| window.kernel[0] * window.kernel[1];
            let before = taps(&conv.window);
            frame(conv, zeros);
            widen(&mut conv.window.padding, zeros);
            let grown = conv.weight.len() - conv.weight.len() / taps(&conv.window) * before;
            self.draft.occupy(grown).map_err(|reason| (source, reason))?;
        }
        Ok(())
    }
}

/// The type of an image with zeros around it: values that are on its grid already, and zero.
fn with_zero(quant: ActQuant) -> Option<ActQuant> {
    let zero = -quant.offset / quant.scale;
    let (lo, hi) = (quant.lo.min(zero as i32), quant.hi.max(zero as i32));
    (zero.fract() == 0.0).then_some(ActQuant { lo, hi, rounding: Rounding::HalfEven, ..quant })
}

/// One pixel of each window, channel by channel.
fn picking(channels: usize, window: Window, tap: usize) -> Conv {
    let columns = window.kernel[0] * window.kernel[1];
    let mut weight = vec![0.0; channels * columns];
    weight.iter_mut().skip(tap).step_by(columns).for_each(|weight| *weight = 1.0);
    let quant = Some(WeightQuant { scales: vec![1.0; channels], bits: 2 });
    Conv { window, groups: channels, rows: channels, columns, weight, bias: vec![0.0; channels], quant }
}

/// Puts zeros around a kernel.
fn frame(conv: &mut Conv, zeros: Padding) {
    let [height, width] = conv.window.kernel;
    let kernel = [height + zeros.top + zeros.bottom, width + zeros.left + zeros.right];
    let planes = conv.weight.len() / (height * width);
    let mut weight = vec![0.0; planes * kernel[0] * kernel[1]];
    for (index, &value) in conv.weight.iter().enumerate() {
        let (plane, y, x) = (index / (height * width), index / width % height, index % width);
        weight[(plane * kernel[0] + y + zeros.top) * kernel[1] + x + zeros.left] = value;
    }
    conv.columns = conv.columns / (height * width) * kernel[0] * kernel[1];
    conv.window.kernel = kernel;
    conv.weight = weight;
}

/// Whether a window can read zeros around its image as padding; if so, it does from now on.
fn take_padding(step: &mut Step, zeros: Padding, positive: bool) -> bool {
    match step {
        Step::Op(Op::Conv(Conv { window, .. })) => widen(&mut window.padding, zeros),
        Step::Pad(padding) => widen(padding, zeros),
        Step::Op(Op::AvgPool { window, count_padding }) if *count_padding || window.padding == Padding::default() => {
            let Some(padding) = within(window, zeros) else { return false };
            (window.padding, *count_padding) = (padding, true);
        }
        Step::Op(Op::MaxPool(window)) if positive => {
            let Some(padding) = within(window, zeros) else { return false };
            window.padding = padding;
        }
        _ => return false,
    }
    true
}

/// Whether a maximum can leave a border out as padding; if so, it does from now on.
fn take_lowest(step: &mut Step, border: Padding) -> bool {
    let Step::Op(Op::MaxPool(window)) = step else { return false };
    let Some(padding) = within(window, border) else { return false };
    window.padding = padding;
    true
}

/// Whether a window can skip a border of its image; if so, it does from now on.
fn take_crop(step: &mut Step, border: Padding) -> bool {
    let Step::Op(Op::Conv(conv)) = step else { return false };
    let Padding { top, left, bottom, right } = conv.window.padding;
    let pairs = [(border.top, top), (border.left, left), (border.bottom, bottom), (border.right, right)];
    if pairs.iter().any(|&(cut, padded)| cut > 0 && padded > 0) {
        return false;
    }
    frame(conv, border);
    true
}

/// The wider padding, if it is narrower than the window.
fn within(window: &Window, more: Padding) -> Option<Padding> {
    let mut padding = window.padding;
    widen(&mut padding, more);
    let Padding { top, left, bottom, right } = padding;
    (top.max(bottom) < window.kernel[0] && left.max(right) < window.kernel[1]).then_some(padding)
}

fn widen(padding: &mut Padding, more: Padding) {
    padding.top += more.top;
    padding.left += more.left;
    padding.bottom += more.bottom;
    padding.right += more.right;
}
