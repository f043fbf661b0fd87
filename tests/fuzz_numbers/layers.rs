//! Layers with weights.

use rand::Rng;

use crate::blocks::Keep;
use crate::build::{Builder, Edge};
use crate::model::{Attribute, Type};
use crate::value::Value;

impl Builder<'_> {
    /// A convolution or a matrix, as the edge has it.
    pub fn linear(&mut self, edge: Edge, keep: Keep) -> Edge {
        let edge = self.ready(edge);
        if edge.codes.is_some() {
            return self.qlinear(&edge);
        }
        let pixelwise = edge.is_image() && edge.channel != 1 && self.chance(0.5);
        if edge.is_image() && !pixelwise {
            let edge = self.first(edge);
            return self.conv(&edge, keep);
        }
        let rows =
            if keep == Keep::All { edge.channels() } else { self.rng.random_range(1..=self.recipe.channels + 2) };
        let (columns, input) = (edge.channels(), edge.scale);
        let gemm = edge.dims.len() == 2 && self.chance(0.6);
        let transposed = gemm && self.chance(0.7);
        let (dims, axis) = if transposed { ([rows, columns], 0) } else { ([columns, rows], 1) };
        let (matrix, scales) = self.matrix(&dims, axis);
        let bias = self.bias(rows, input, &scales);
        let name = if gemm {
            let operands = [Some(edge.name.as_str()), Some(&matrix), bias.as_deref()];
            let inputs: Vec<&str> = operands.into_iter().flatten().collect();
            let mut attributes = vec![("transB", Attribute::Int(transposed.into()))];
            if self.chance(0.05) {
                attributes.push(("alpha", Attribute::Float(0.5)));
                attributes.push(("beta", Attribute::Float(2.0)));
            }
            self.node("Gemm", &inputs, attributes)
        } else {
            let product = self.node("MatMul", &[&edge.name, &matrix], Vec::new());
            bias.map_or_else(|| product.clone(), |bias| self.node("Add", &[&product, &bias], Vec::new()))
        };
        Edge { grid: self.common(input, &scales), ..self.edge(name, &edge) }
    }

    /// Whether the accumulators of all rows are multiples of one number.
    fn common(&self, input: Option<f64>, scales: &[f64]) -> bool {
        input.is_some() && (self.dyadic() || scales.iter().all(|scale| *scale == scales[0]))
    }

    fn conv(&mut self, edge: &Edge, keep: Keep) -> Edge {
        let (channels, pixels) = (edge.channels(), edge.pixels().to_vec());
        let depthwise = self.chance(0.15);
        let rows = match (depthwise, keep) {
            (true, Keep::Nothing) => channels * self.rng.random_range(1..=2),
            (true, _) | (_, Keep::All) => channels,
            _ => self.rng.random_range(1..=self.recipe.channels),
        };
        let groups = if depthwise { channels } else { 1 };
        let (kernel, attributes) = self.window(&pixels, keep != Keep::Nothing, true);
        let dims = [vec![rows, channels / groups], kernel].concat();
        let (matrix, scales) = self.matrix(&dims, 0);
        let bias = self.bias(rows, edge.scale, &scales);
        let mut attributes = attributes;
        attributes.push(("group", Attribute::Int(groups as i64)));
        let operands = [Some(edge.name.as_str()), Some(&matrix), bias.as_deref()];
        let inputs: Vec<&str> = operands.into_iter().flatten().collect();
        let name = self.node("Conv", &inputs, attributes);
        Edge { grid: self.common(edge.scale, &scales), ..self.edge(name, edge) }
    }

    /// A kernel with strides, dilations and padding that fit an image.
    pub fn window(&mut self, pixels: &[usize], same: bool, conv: bool) -> (Vec<usize>, Vec<(&'static str, Attribute)>) {
        let rank = pixels.len();
        let (mut kernel, mut strides, mut dilations) = (Vec::new(), Vec::new(), Vec::new());
        let (mut begins, mut ends) = (Vec::new(), Vec::new());
        let dilated = conv && self.chance(0.08);
        let long = self.chance(0.02);
        for &extent in pixels {
            let size = if same { self.one_of(&[1, 3, 3, 5]) } else { self.one_of(&[1, 2, 3, 3, 3, 4, 5]) };
            let dilation = if dilated { 2 } else { 1 };
            let size = if same || dilation * (size - 1) < extent + 1 { size } else { 1 };
            let span = dilation * (size - 1) + 1;
            let (begin, end) = if same {
                ((span - 1) / 2, (span - 1) / 2)
            } else {
                let most = if conv { span } else { size };
                let pad = if self.chance(0.5) { 0 } else { self.rng.random_range(0..most) };
                let other = if self.chance(0.85) { pad } else { self.rng.random_range(0..most) };
                (pad, other.max(span.saturating_sub(extent + pad)))
            };
            let stride: i64 = match (same, long) {
                (true, _) => 1,
                (false, true) => 9,
                (false, false) => self.one_of(&[1, 1, 1, 2, 2, 3]),
            };
            kernel.push(size);
            strides.push(stride);
            dilations.push(dilation as i64);
            begins.push(begin as i64);
            ends.push(end as i64);
        }
        let mut attributes = vec![
            ("kernel_shape", Attribute::Ints(kernel.iter().map(|&size| size as i64).collect())),
            ("strides", Attribute::Ints(strides)),
        ];
        if dilated {
            attributes.push(("dilations", Attribute::Ints(dilations)));
        }
        if !same && rank == 2 && self.chance(0.1) {
            attributes.push(("auto_pad", Attribute::Text(self.one_of(&["SAME_UPPER", "SAME_LOWER"]))));
        } else {
            attributes.push(("pads", Attribute::Ints([begins, ends].concat())));
        }
        (kernel, attributes)
    }

    /// `QLinearConv` or `QLinearMatMul`: scales and zero points are operands, the result is integers.
    fn qlinear(&mut self, edge: &Edge) -> Edge {
        let (scale, zero) = edge.codes.unwrap_or((1.0, 0.0));
        let rows = self.rng.random_range(1..=self.recipe.channels);
        let image = edge.is_image();
        let (window, attributes) =
            if image { self.window(edge.pixels().to_vec().as_slice(), false, true) } else { Default::default() };
        let dims = if image { [vec![rows, edge.channels()], window].concat() } else { vec![edge.channels(), rows] };
        let count = dims.iter().product::<usize>();
        let levels = (0..count).map(|_| f64::from(self.rng.random_range(-127..=127))).collect();
        let weight_scale = self.scale(0.6, 127.0);
        let (matrix, weight_zero) =
            (self.constant(Type::Int8, Value::new(&dims, levels)), self.constant(Type::Int8, Value::scalar(0.0)));
        // A rough guess of the results' range: twice the root of the number of columns.
        let reach = 2.0 * (count as f64 / rows as f64).sqrt() * 0.4;
        let (least, most) = edge.kind.range();
        let to = self.scale(2.0 * reach, most - least);
        let to_zero = if self.chance(0.3) { least } else { (f64::midpoint(least, most)).round() };
        let numbers = [scale, weight_scale, to].map(|value| self.float(value));
        let zeros = [zero, to_zero].map(|value| self.constant(edge.kind, Value::scalar(value)));
        let mut inputs =
            vec![&edge.name, &numbers[0], &zeros[0], &matrix, &numbers[1], &weight_zero, &numbers[2], &zeros[1]];
        let bias = if image && self.chance(0.6) {
            let values =
                (0..rows).map(|_| (self.rng.random_range(-0.3..0.3) / (scale * weight_scale)).round()).collect();
            Some(self.constant(Type::Int32, Value::new(&[rows], values)))
        } else {
            None
        };
        inputs.extend(bias.as_ref());
        let inputs: Vec<&str> = inputs.into_iter().map(String::as_str).collect();
        let name = self.typed(if image { "QLinearConv" } else { "QLinearMatMul" }, "", &inputs, attributes, edge.kind);
        let kind = edge.kind;
        Edge { codes: Some((to, to_zero)), scale: Some(to), grid: true, kind, ..self.edge(name, edge) }
    }

    /// Batch normalization.
    pub fn norm(&mut self, edge: Edge) -> Edge {
        let edge = self.first(edge);
        let channels = edge.channels();
        let dyadic = self.dyadic();
        let mut make =
            |least: f64, most: f64| -> Vec<f64> { (0..channels).map(|_| self.rng.random_range(least..most)).collect() };
        let eighths =
            |values: Vec<f64>| if dyadic { values.iter().map(|v| (v * 8.0).round() / 8.0).collect() } else { values };
        let (mean, bias) = (eighths(make(-0.5, 0.5)), eighths(make(-0.5, 0.5)));
        let (mut scale, mut variance) = (make(0.4, 2.0), make(0.2, 3.0));
        let epsilon = 1.0 / 1024.0;
        if dyadic {
            scale = scale.iter().map(|v| v.log2().round().exp2()).collect();
            variance = variance.iter().map(|v| (v.log2() / 2.0).round().exp2().powi(2) - epsilon).collect();
        }
        if self.chance(0.1) {
            scale[0] = -scale[0];
        }
        let operands = [scale, bias, mean, variance].map(|values| self.floats(&[channels], values));
        let inputs = [&edge.name, &operands[0], &operands[1], &operands[2], &operands[3]].map(String::as_str);
        let name = self.node("BatchNormalization", &inputs, vec![("epsilon", Attribute::Float(epsilon as f32))]);
        Edge { grid: edge.grid && dyadic, ..self.edge(name, &edge) }
    }
}
