//! What is left to the host: from the user's numbers to those of the core, and back.

use serde::{Deserialize, Serialize};

use super::Shape;

/// What the host does before and after the core; informative, no result of the core depends on it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Keys", into = "Keys")]
pub struct Host {
    /// Name of the user's input array, if it is not that of the input tensor.
    pub input_name: Option<String>,
    /// Name of the user's result, if it is not that of the output tensor.
    pub output_name: Option<String>,
    /// The core's real input is `x * input_mul + input_add`, `x` the user's number: one factor, or one for each channel.
    pub input_mul: Vec<f64>,
    /// One summand, or one for each channel; see `input_mul`.
    pub input_add: Vec<f64>,
    /// How the core's real input becomes integers.
    pub input_rounding: InputRounding,
    /// How the user's array of one image becomes the core's.
    pub input: Layout,
    /// How the core's result becomes the user's array.
    pub output: Layout,
    /// Function of the output.
    pub function: Option<HostFunction>,
    /// Type of the function's results, if the network's own file prescribes one.
    pub steps: Option<OutputSteps>,
}

/// A type of results that the host computes: the nearest multiple of the scale, of two equally near ones the even one, within limits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OutputSteps {
    /// Real value of a step.
    pub scale: f64,
    /// Least and most steps.
    pub clamp: [i64; 2],
}

impl Default for Host {
    /// Nothing to do.
    fn default() -> Self {
        Self {
            input_name: None,
            output_name: None,
            input_mul: vec![1.0],
            input_add: vec![0.0],
            input_rounding: InputRounding::default(),
            input: Layout::default(),
            output: Layout::default(),
            function: None,
            steps: None,
        }
    }
}

impl Host {
    /// The core's real input, in channel, row, column order, from one image as it lies in the user's array.
    pub fn core_input(&self, image: &[f32], shape: Shape) -> Vec<f32> {
        let mut values = self.input.permuted(image);
        let one = |numbers: &[f64], channel: usize| numbers[if numbers.len() == 1 { 0 } else { channel }];
        for (channel, pixels) in values.chunks_mut(shape.pixels().max(1)).enumerate() {
            let (mul, add) = (one(&self.input_mul, channel), one(&self.input_add, channel));
            for value in pixels {
                *value = (f64::from(*value) * mul + add) as f32;
            }
        }
        values
    }

    /// The user's result, in the order of the user's array, from the core's real result.
    pub fn user_output(&self, values: &[f32]) -> Vec<f32> {
        self.apply(&self.output.permuted(values))
    }

    /// The host's function of one result, in its type.
    pub fn apply(&self, values: &[f32]) -> Vec<f32> {
        let mut results = self.evaluate(values);
        if let Some(OutputSteps { scale, clamp: [least, most] }) = self.steps {
            let rounded = |value: f32| (value / scale as f32).round_ties_even().clamp(least as f32, most as f32);
            for value in &mut results {
                *value = (f64::from(rounded(*value)) * scale) as f32;
            }
        }
        results
    }

    fn evaluate(&self, values: &[f32]) -> Vec<f32> {
        match self.function {
            None => values.to_vec(),
            Some(HostFunction::Sigmoid) => values.iter().map(|v| 1.0 / (1.0 + (-v).exp())).collect(),
            Some(HostFunction::Softmax) => {
                let largest = values.iter().copied().fold(f32::MIN, f32::max);
                let exponentials: Vec<f32> = values.iter().map(|v| (v - largest).exp()).collect();
                let sum: f32 = exponentials.iter().sum();
                exponentials.iter().map(|e| e / sum).collect()
            }
        }
    }
}

/// Shape and order of the user's array of one image.
///
/// Both directions are one permutation. Input: `core = array.reshape(split).transpose(axes).ravel()`; output:
/// `array = core.reshape(split).transpose(axes).reshape(shape)`, where `core` is in channel, row, column order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// Extents of the user's array without the batch axis, which may leave none; absent for those of the core's tensor.
    pub shape: Option<Vec<usize>>,
    /// Extents of the axes that change places; empty if the orders are equal.
    pub split: Vec<usize>,
    /// Axis of `split` that each axis of the result is.
    pub axes: Vec<usize>,
}

impl Layout {
    /// Extents of the user's array, for a tensor of this shape in the core.
    pub fn extents(&self, tensor: Shape) -> Vec<usize> {
        self.shape.clone().unwrap_or_else(|| vec![tensor.channels, tensor.height, tensor.width])
    }

    /// `values.reshape(split).transpose(axes).ravel()`.
    pub fn permuted<T: Copy>(&self, values: &[T]) -> Vec<T> {
        let mut strides = vec![1; self.split.len()];
        for axis in (1..self.split.len()).rev() {
            strides[axis - 1] = strides[axis] * self.split[axis];
        }
        let mut offsets = vec![0];
        for &axis in &self.axes {
            let (extent, stride) = (self.split[axis], strides[axis]);
            offsets = offsets.iter().flat_map(|offset| (0..extent).map(move |index| offset + index * stride)).collect();
        }
        if self.axes.is_empty() { values.to_vec() } else { offsets.into_iter().map(|offset| values[offset]).collect() }
    }

    /// What is wrong with the layout of a tensor of so many elements, if anything is.
    pub fn fault(&self, elements: usize) -> Option<&'static str> {
        let holds = |extents: &[usize]| {
            extents.iter().try_fold(1_usize, |product, &extent| product.checked_mul(extent)) == Some(elements)
        };
        let mut sorted = self.axes.clone();
        sorted.sort_unstable();
        if self.shape.as_ref().is_some_and(|shape| !holds(shape)) {
            Some("the shape does not have as many elements as the tensor")
        } else if !self.split.is_empty() && !holds(&self.split) {
            Some("the split does not have as many elements as the tensor")
        } else if !sorted.into_iter().eq(0..self.split.len()) {
            Some("the axes do not list each axis of the split once")
        } else {
            None
        }
    }
}

/// How the host turns a real number into an integer of the core's input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InputRounding {
    /// To the nearest integer, of two equally near ones to the even one.
    #[default]
    HalfEven,
    /// To the nearest integer, of two equally near multiples of the scale to the odd one: an odd zero point is added before
    /// the rounding.
    HalfOdd,
    /// To the nearest integer, of two equally near ones to the larger.
    HalfUp,
    /// Down.
    Floor,
}

impl InputRounding {
    /// The integer, as a float, that stands for `value` on the grid `scale * integer + offset`; computed in 32-bit floats as
    /// the network's own file does: a zero point, which is a whole number of steps, is added behind the rounding.
    pub fn integer(self, value: f32, scale: f64, offset: f64) -> f32 {
        let steps = offset / scale;
        let whole = (steps - steps.round()).abs() <= 1e-6 * (1.0 + steps.abs());
        let (zero, rest) = if whole { (steps.round(), 0.0) } else { (0.0, offset) };
        let units = scale as f32;
        let grid = match self {
            Self::HalfEven => ((value - rest as f32) / units).round_ties_even(),
            Self::HalfOdd => ((value - rest as f32) / units + 1.0).round_ties_even() - 1.0,
            Self::HalfUp => (value / units + (0.5 - rest / scale) as f32).floor(),
            Self::Floor => ((value - rest as f32) / units).floor(),
        };
        grid - zero as f32
    }
}

impl OutputSteps {
    /// Limits where none are stated: single precision tells no more steps.
    const MOST: i64 = 1 << 24;
}

/// Functions that stay on the host: they change no class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HostFunction {
    /// Normalised exponentials over all outputs.
    Softmax,
    /// Logistic function of each output.
    Sigmoid,
}

/// [`Host`] as the manifest and reports spell it.
#[derive(Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Keys {
    #[serde(skip_serializing_if = "Option::is_none")]
    input_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_name: Option<String>,
    input_mul: Numbers,
    input_add: Numbers,
    input_rounding: InputRounding,
    #[serde(skip_serializing_if = "Option::is_none")]
    input_shape: Option<Vec<usize>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    input_split: Vec<usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    input_axes: Vec<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_shape: Option<Vec<usize>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    output_split: Vec<usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    output_axes: Vec<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<HostFunction>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_scale: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_clamp: Option<[i64; 2]>,
}

/// One number, or one for each channel.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Numbers {
    One(f64),
    Each(Vec<f64>),
}

impl From<Numbers> for Vec<f64> {
    fn from(numbers: Numbers) -> Self {
        match numbers {
            Numbers::One(number) => vec![number],
            Numbers::Each(numbers) => numbers,
        }
    }
}

impl From<Vec<f64>> for Numbers {
    fn from(numbers: Vec<f64>) -> Self {
        match numbers[..] {
            [number] => Self::One(number),
            _ => Self::Each(numbers),
        }
    }
}

impl Default for Keys {
    fn default() -> Self {
        Host::default().into()
    }
}

impl From<Keys> for Host {
    fn from(keys: Keys) -> Self {
        Self {
            input_name: keys.input_name,
            output_name: keys.output_name,
            input_rounding: keys.input_rounding,
            input_mul: keys.input_mul.into(),
            input_add: keys.input_add.into(),
            input: Layout { shape: keys.input_shape, split: keys.input_split, axes: keys.input_axes },
            output: Layout { shape: keys.output_shape, split: keys.output_split, axes: keys.output_axes },
            function: keys.output,
            steps: match (keys.output_scale, keys.output_clamp) {
                (None, None) => None,
                // A clamp without a scale is refused with the scale.
                (scale, clamp) => Some(OutputSteps {
                    scale: scale.unwrap_or(f64::NAN),
                    clamp: clamp.unwrap_or([-OutputSteps::MOST, OutputSteps::MOST]),
                }),
            },
        }
    }
}

impl From<Host> for Keys {
    fn from(host: Host) -> Self {
        Self {
            input_name: host.input_name,
            output_name: host.output_name,
            input_rounding: host.input_rounding,
            input_mul: host.input_mul.into(),
            input_add: host.input_add.into(),
            input_shape: host.input.shape,
            input_split: host.input.split,
            input_axes: host.input.axes,
            output_shape: host.output.shape,
            output_split: host.output.split,
            output_axes: host.output.axes,
            output: host.function,
            output_scale: host.steps.map(|steps| steps.scale),
            output_clamp: host.steps.map(|steps| steps.clamp),
        }
    }
}
