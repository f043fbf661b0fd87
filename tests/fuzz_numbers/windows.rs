//! Convolutions, pools and reductions.

use crate::model::Node;
use crate::value::{Sum, Value, product, rounded};

/// One axis of a sliding window.
#[derive(Clone, Copy, Debug)]
struct Axis {
    input: usize,
    output: usize,
    kernel: usize,
    stride: usize,
    dilation: usize,
    begin: usize,
    end: usize,
}

impl Axis {
    /// The input position of a tap, if it is none of the padding.
    fn tap(self, output: usize, tap: usize) -> Option<usize> {
        (output * self.stride + tap * self.dilation).checked_sub(self.begin).filter(|&at| at < self.input)
    }
}

/// The axes of a node's window; a 1-D one gets rows of one pixel.
fn axes(node: &Node, dims: &[usize], kernel: &[usize]) -> [Axis; 2] {
    let rank = kernel.len();
    let list = |name: &str, default: i64| node.ints(name).map_or_else(|| vec![default; rank], <[i64]>::to_vec);
    let (strides, dilations) = (list("strides", 1), list("dilations", 1));
    let pads = node.ints("pads").map_or_else(|| vec![0; 2 * rank], <[i64]>::to_vec);
    let one = |axis: usize| {
        let (input, stride, dilation) = (dims[2 + axis], strides[axis] as usize, dilations[axis] as usize);
        let span = dilation * (kernel[axis] - 1) + 1;
        let mut made = Axis { input, output: 0, kernel: kernel[axis], stride, dilation, begin: 0, end: 0 };
        match node.text("auto_pad", "NOTSET") {
            "NOTSET" => (made.begin, made.end) = (pads[axis] as usize, pads[rank + axis] as usize),
            "VALID" => {}
            mode => {
                let total = ((input.div_ceil(stride) - 1) * stride + span).saturating_sub(input);
                made.begin = if mode == "SAME_UPPER" { total / 2 } else { total.div_ceil(2) };
                made.end = total - made.begin;
            }
        }
        let room = input + made.begin + made.end - span;
        made.output = if node.int("ceil_mode", 0) == 0 { room / stride } else { room.div_ceil(stride) } + 1;
        // A window that begins behind the image and its leading padding is left out.
        if (made.output - 1) * stride >= input + made.begin {
            made.output -= 1;
        }
        made
    };
    let pixel = Axis { input: 1, output: 1, kernel: 1, stride: 1, dilation: 1, begin: 0, end: 0 };
    if rank == 1 { [pixel, one(0)] } else { [one(0), one(1)] }
}

fn output_dims(dims: &[usize], channels: usize, axes: &[Axis; 2]) -> Vec<usize> {
    let spatial = &[axes[0].output, axes[1].output][4 - dims.len()..];
    [&[dims[0], channels], spatial].concat()
}

/// The input indices under a window, with the index of the tap.
fn taps(axes: [Axis; 2], y: usize, x: usize) -> impl Iterator<Item = (usize, usize)> {
    let [rows, columns] = axes;
    let row = move |tap: usize| rows.tap(y, tap).map(|at| (tap, at));
    (0..rows.kernel).filter_map(row).flat_map(move |(tap_y, at_y)| {
        let column = move |tap: usize| columns.tap(x, tap).map(|at| (tap, at));
        (0..columns.kernel)
            .filter_map(column)
            .map(move |(tap_x, at_x)| (tap_y * columns.kernel + tap_x, at_y * columns.input + at_x))
    })
}

/// `Conv`.
pub fn conv(node: &Node, x: &Value, weight: &Value, bias: Option<&Value>) -> Value {
    let axes = axes(node, &x.dims, &weight.dims[2..]);
    let groups = node.int("group", 1) as usize;
    let (rows, channels) = (weight.dims[0], weight.dims[1]);
    assert_eq!(x.dims[1], channels * groups, "channels");
    let (pixels, kernel) = (axes[0].input * axes[1].input, axes[0].kernel * axes[1].kernel);
    let products = x.grid().zip(weight.grid()).map(|(a, b)| a + b);
    let grid = match bias {
        Some(bias) => products.zip(bias.grid()).map(|(a, b)| a.min(b)),
        None => products,
    };
    let dims = output_dims(&x.dims, rows, &axes);
    let mut result = Value { dims, ..Value::default() };
    for row in 0..rows {
        let first = row / (rows / groups) * channels;
        for pixel in 0..axes[0].output * axes[1].output {
            let mut sum = Sum::default();
            for c in 0..channels {
                for (tap, at) in taps(axes, pixel / axes[1].output, pixel % axes[1].output) {
                    let (a, b) = ((first + c) * pixels + at, (row * channels + c) * kernel + tap);
                    sum.add(product((x.lo[a], x.hi[a]), (weight.lo[b], weight.hi[b])));
                }
            }
            if let Some(bias) = bias {
                sum.add((bias.lo[row], bias.hi[row]));
            }
            let (lo, hi) = sum.ends(grid);
            result.lo.push(lo);
            result.hi.push(hi);
        }
    }
    result
}

/// `MaxPool` and `AveragePool`.
pub fn pool(node: &Node, x: &Value) -> Value {
    let kernel: Vec<usize> = node.ints("kernel_shape").expect("kernel").iter().map(|&size| size as usize).collect();
    let axes = axes(node, &x.dims, &kernel);
    let pixels = axes[0].input * axes[1].input;
    let grid = x.grid();
    let count_padding = node.int("count_include_pad", 0) != 0;
    let mut result = Value { dims: output_dims(&x.dims, x.dims[1], &axes), ..Value::default() };
    for channel in 0..x.dims[1] {
        for pixel in 0..axes[0].output * axes[1].output {
            let (row, column) = (pixel / axes[1].output, pixel % axes[1].output);
            let under: Vec<usize> = taps(axes, row, column).map(|(_, at)| channel * pixels + at).collect();
            let (lo, hi) = if node.op == "MaxPool" {
                largest(x, &under)
            } else {
                // Padding counts, but not what `ceil_mode` adds behind it.
                let inside = |axis: Axis, at: usize| {
                    let first = at * axis.stride;
                    (0..axis.kernel)
                        .filter(|tap| first + tap * axis.dilation < axis.input + axis.begin + axis.end)
                        .count()
                };
                let all = inside(axes[0], row) * inside(axes[1], column);
                mean(x, &under, if count_padding { all } else { under.len() }, grid)
            };
            result.lo.push(lo);
            result.hi.push(hi);
        }
    }
    result
}

fn largest(x: &Value, under: &[usize]) -> (f64, f64) {
    let most = |ends: &[f64]| under.iter().map(|&at| ends[at]).fold(f64::NEG_INFINITY, f64::max);
    (most(&x.lo), most(&x.hi))
}

fn mean(x: &Value, under: &[usize], count: usize, grid: Option<i32>) -> (f64, f64) {
    let mut sum = Sum::default();
    for &at in under {
        sum.add((x.lo[at], x.hi[at]));
    }
    let (lo, hi) = sum.ends(grid);
    let count = count as f64;
    rounded((lo / count, hi / count), lo / count * count == lo)
}

/// The mean or the largest number over some axes.
pub fn reduce(x: &Value, over: &[usize], keep: bool, max: bool) -> Value {
    let kept: Vec<usize> = x.dims.iter().enumerate().map(|(a, &n)| if over.contains(&a) { 1 } else { n }).collect();
    let mut under = vec![Vec::new(); kept.iter().product()];
    for index in 0..x.len() {
        let (mut rest, mut target, mut stride) = (index, 0, 1);
        for axis in (0..kept.len()).rev() {
            if kept[axis] > 1 {
                target += rest % x.dims[axis] * stride;
            }
            rest /= x.dims[axis];
            stride *= kept[axis];
        }
        under[target].push(index);
    }
    let grid = x.grid();
    let each = under.iter().map(|under| if max { largest(x, under) } else { mean(x, under, under.len(), grid) });
    let (lo, hi) = each.unzip();
    let dims = if keep {
        kept
    } else {
        (0..x.dims.len()).filter(|axis| !over.contains(axis)).map(|axis| x.dims[axis]).collect()
    };
    Value { dims, lo, hi }
}
