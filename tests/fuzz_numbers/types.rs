//! Quantizers and quantized constants as each kind of file has them.

use rand::Rng;

use crate::build::{Builder, Edge};
use crate::model::{Attribute, Type};
use crate::quantizers::limits;
use crate::recipe::Family;
use crate::value::Value;

const QONNX: &str = "qonnx.custom_op.general";

impl Builder<'_> {
    /// A scale at which these numbers fill about this many steps.
    pub fn scale(&mut self, largest: f64, steps: f64) -> f64 {
        let ideal = largest.max(1e-3) / steps.max(1.0);
        if self.dyadic() {
            return (ideal.log2().round() + self.one_of(&[-1.0, 0.0, 0.0, 0.0, 1.0])).exp2();
        }
        f64::from((ideal * self.rng.random_range(0.6..1.3)) as f32)
    }

    /// An activation with a prescribed type.
    pub fn quantize(&mut self, edge: &Edge) -> Edge {
        match self.recipe.family {
            Family::Float => edge.clone(),
            Family::Qonnx => self.qonnx(edge),
            Family::Qdq | Family::QOperator => {
                let codes = self.codes(edge);
                if self.recipe.family == Family::QOperator { codes } else { self.real(&codes) }
            }
        }
    }

    fn qonnx(&mut self, edge: &Edge) -> Edge {
        let (lo, hi) = self.range(&edge.name);
        let largest = hi.max(-lo);
        if self.chance(0.03) {
            let scale = self.scale(largest, 2.0);
            let scale_name = self.float(scale);
            let name = self.typed("BipolarQuant", QONNX, &[&edge.name, &scale_name], Vec::new(), Type::Float);
            return Edge { scale: Some(scale), grid: true, ..self.edge(name, edge) };
        }
        let bits = self.one_of(&[2, 3, 4, 4, 4, 5, 6, 7, 8, 8]);
        let signed = if lo < 0.0 { self.chance(0.9) } else { self.chance(0.3) };
        let narrow = self.chance(0.3);
        let (least, most) = limits(f64::from(bits), signed, narrow);
        let zero =
            if !signed && self.chance(0.08) { f64::from(self.rng.random_range(1..1 << (bits - 1))) } else { 0.0 };
        let scale = self.scale(largest, most.max(-least) - zero);
        let rounding = if self.chance(0.07) { "FLOOR" } else { "ROUND" };
        let operands = [scale, zero, f64::from(bits)].map(|value| self.float(value));
        let attributes = vec![
            ("signed", Attribute::Int(signed.into())),
            ("narrow", Attribute::Int(narrow.into())),
            ("rounding_mode", Attribute::Text(rounding)),
        ];
        let inputs = [&edge.name, &operands[0], &operands[1], &operands[2]].map(String::as_str);
        let name = self.typed("Quant", QONNX, &inputs, attributes, Type::Float);
        Edge { scale: Some(scale), grid: true, ..self.edge(name, edge) }
    }

    /// Bits fall off, with the operands of either version.
    pub fn trunc(&mut self, edge: &Edge, scale: f64) -> Edge {
        let (lo, hi) = self.range(&edge.name);
        let steps = (hi.max(-lo) / scale).max(1.0);
        let from = steps.log2().floor() + 2.0;
        let lost = f64::from(self.rng.random_range(0..=3)).min(from - 2.0).max(0.0);
        // A file has one version of the operator.
        let six = self.recipe.seed.is_multiple_of(2);
        let to_scale = if six { scale * lost.exp2() } else { scale };
        let mut operands = vec![edge.name.clone(), self.float(scale), self.float(0.0), self.float(from)];
        if six {
            operands.push(self.float(to_scale));
        }
        operands.push(self.float(from - lost));
        let rounding = if self.chance(0.5) { "FLOOR" } else { "ROUND" };
        let mut attributes = vec![("rounding_mode", Attribute::Text(rounding))];
        if six {
            attributes.push(("signed", Attribute::Int(1)));
            attributes.push(("narrow", Attribute::Int(0)));
        }
        let inputs: Vec<&str> = operands.iter().map(String::as_str).collect();
        let name = self.typed("Trunc", QONNX, &inputs, attributes, Type::Float);
        Edge { scale: Some(to_scale), grid: true, ..self.edge(name, edge) }
    }

    /// `QuantizeLinear`, perhaps with what exporters write behind it.
    pub fn codes(&mut self, edge: &Edge) -> Edge {
        let (lo, hi) = self.range(&edge.name);
        let four = self.model.opset >= 21 && self.recipe.family == Family::Qdq && self.chance(0.1);
        let kind = match (four, self.chance(0.5)) {
            (true, true) => Type::Uint4,
            (true, false) => Type::Int4,
            (false, true) => Type::Uint8,
            (false, false) => Type::Int8,
        };
        let (least, most) = kind.range();
        let symmetric = self.chance(0.4) && (lo >= 0.0 || least < 0.0);
        let (scale, zero) = if symmetric {
            (self.scale(hi.max(-lo), most), 0.0)
        } else {
            let (lo, hi) = (lo.min(0.0), hi.max(0.0));
            let scale = self.scale(hi - lo, most - least);
            (scale, (least - lo / scale).round().clamp(least, most))
        };
        let operands = [self.float(scale), self.constant(kind, Value::scalar(zero))];
        let mut name = self.typed("QuantizeLinear", "", &[&edge.name, &operands[0], &operands[1]], Vec::new(), kind);
        if !four && self.recipe.family == Family::Qdq {
            if self.chance(0.05) {
                name = self.typed("Cast", "", &[&name], vec![("to", Attribute::Int(kind as i64))], kind);
            } else if self.chance(0.06) {
                let bounds = [least + (most - least) / 4.0, most - (most - least) / 4.0].map(f64::floor);
                let bounds = bounds.map(|bound| self.constant(kind, Value::scalar(bound)));
                name = self.typed("Clip", "", &[&name, &bounds[0], &bounds[1]], Vec::new(), kind);
            }
        }
        Edge { codes: Some((scale, zero)), scale: Some(scale), grid: true, kind, ..self.edge(name, edge) }
    }

    /// `DequantizeLinear` of codes.
    pub fn real(&mut self, codes: &Edge) -> Edge {
        let Some((scale, zero)) = codes.codes else { return codes.clone() };
        let operands = [self.float(scale), self.constant(codes.kind, Value::scalar(zero))];
        let name = self.node("DequantizeLinear", &[&codes.name, &operands[0], &operands[1]], Vec::new());
        Edge { scale: Some(scale), grid: true, ..self.edge(name, codes) }
    }

    /// Scales of a matrix's rows: one for all, or one each.
    fn row_scales(&mut self, rows: usize, bits: u32) -> Vec<f64> {
        let steps = f64::from((1 << (bits - 1)) - 1).max(1.0);
        let one = self.scale(0.6, steps);
        if self.chance(0.5) {
            return vec![one; rows];
        }
        (0..rows)
            .map(|_| if self.dyadic() { one * self.one_of(&[0.5, 1.0, 1.0, 2.0]) } else { self.scale(0.6, steps) })
            .collect()
    }

    /// A matrix with rows along an axis: its name, and the scales of its rows if they are prescribed.
    pub fn matrix(&mut self, dims: &[usize], axis: usize) -> (String, Vec<f64>) {
        let (rows, count) = (dims[axis], dims.iter().product::<usize>());
        let inner: usize = dims[axis + 1..].iter().product();
        if self.recipe.family == Family::Float {
            let spread = (3.0 / (count / rows) as f64).sqrt();
            let values = (0..count).map(|_| f64::from((self.rng.random_range(-1.0..1.0) * spread) as f32)).collect();
            return (self.weights(Type::Float, Value::new(dims, values), Some(axis)), Vec::new());
        }
        let four = self.model.opset >= 21 && self.recipe.family == Family::Qdq && self.chance(0.15);
        let bits = match self.recipe.family {
            Family::Qonnx => self.one_of(&[2, 3, 4, 4, 5, 6, 8, 8]),
            _ if four => 4,
            _ => 8,
        };
        let scales = self.row_scales(rows, bits);
        let most = (1_i32 << (bits - 1)) - 1;
        let narrow = self.chance(0.5);
        let least = if narrow { -most } else { -most - 1 };
        let levels: Vec<f64> = (0..count).map(|_| f64::from(self.rng.random_range(least..=most))).collect();
        let row = |index: usize| index / inner % rows;
        let name = if self.recipe.family == Family::Qonnx {
            let jitter: Vec<f64> = (0..count).map(|_| self.rng.random_range(-0.3..0.3)).collect();
            let values = (0..count).map(|i| (levels[i] + jitter[i]) * scales[row(i)]).collect();
            let single = scales.iter().all(|scale| *scale == scales[0]);
            let mut shape = vec![1; dims.len()];
            shape[axis] = rows;
            let scale_values = if single { vec![scales[0]] } else { scales.clone() };
            let scale = self.floats(if single { &[] } else { &shape }, scale_values);
            let (value, zero, width) = (self.floats(dims, values), self.float(0.0), self.float(f64::from(bits)));
            let attributes = vec![
                ("signed", Attribute::Int(1)),
                ("narrow", Attribute::Int(narrow.into())),
                ("rounding_mode", Attribute::Text("ROUND")),
            ];
            self.typed("Quant", QONNX, &[&value, &scale, &zero, &width], attributes, Type::Float)
        } else {
            self.integer_matrix(dims, &levels, &scales, axis)
        };
        (name, scales)
    }

    /// A matrix of integers of one of the types that hold them, with a zero point in the middle of an unsigned one.
    fn integer_matrix(&mut self, dims: &[usize], levels: &[f64], scales: &[f64], axis: usize) -> String {
        let most = levels.iter().fold(0.0_f64, |most, level| most.max(level.abs()));
        let unsigned = self.chance(0.15);
        let (kind, zero) = match (most <= 8.0 && self.model.opset >= 21 && self.chance(0.7), unsigned) {
            (true, false) => (Type::Int4, 0.0),
            (true, true) => (Type::Uint4, 8.0),
            (false, false) => (Type::Int8, 0.0),
            (false, true) => (Type::Uint8, 128.0),
        };
        let (least, greatest) = kind.range();
        let codes = levels.iter().map(|level| (level + zero).clamp(least, greatest)).collect();
        self.dequantized(dims, codes, scales, axis, (kind, zero))
    }

    /// A constant behind a `DequantizeLinear`.
    pub fn dequantized(
        &mut self,
        dims: &[usize],
        levels: Vec<f64>,
        scales: &[f64],
        axis: usize,
        (kind, zero): (Type, f64),
    ) -> String {
        let single = scales.iter().all(|scale| *scale == scales[0]);
        let shape: &[usize] = if single { &[] } else { &[scales.len()] };
        let list = if single { vec![scales[0]] } else { scales.to_vec() };
        let values = self.constant(kind, Value::new(dims, levels));
        let zeros = self.constant(kind, Value::new(shape, vec![zero; list.len()]));
        let scale = self.floats(shape, list);
        let attributes = if single { Vec::new() } else { vec![("axis", Attribute::Int(axis as i64))] };
        self.node("DequantizeLinear", &[&values, &scale, &zeros], attributes)
    }

    /// A bias on the grid of the accumulators, or none.
    pub fn bias(&mut self, rows: usize, input: Option<f64>, scales: &[f64]) -> Option<String> {
        if self.chance(0.3) {
            return None;
        }
        let Some(input) = input.filter(|_| !scales.is_empty()) else {
            let values = (0..rows).map(|_| self.rng.random_range(-0.5..0.5)).collect();
            return Some(self.floats(&[rows], values));
        };
        let grid: Vec<f64> = scales.iter().map(|scale| f64::from((scale * input) as f32)).collect();
        let levels: Vec<f64> = grid.iter().map(|step| (self.rng.random_range(-0.5..0.5) / step).round()).collect();
        if self.recipe.family == Family::Qdq && self.chance(0.8) {
            return Some(self.dequantized(&[rows], levels, &grid, 0, (Type::Int32, 0.0)));
        }
        let values = levels.iter().zip(&grid).map(|(level, step)| level * step).collect();
        let name = self.floats(&[rows], values);
        if self.recipe.family == Family::Qonnx && self.chance(0.3) {
            let single = grid.iter().all(|step| *step == grid[0]);
            let shape: &[usize] = if single { &[] } else { &[rows] };
            let scale = self.floats(shape, if single { vec![grid[0]] } else { grid });
            let operands = [self.float(0.0), self.float(32.0)];
            let attributes = vec![
                ("signed", Attribute::Int(1)),
                ("narrow", Attribute::Int(0)),
                ("rounding_mode", Attribute::Text("ROUND")),
            ];
            return Some(self.typed(
                "Quant",
                QONNX,
                &[&name, &scale, &operands[0], &operands[1]],
                attributes,
                Type::Float,
            ));
        }
        Some(name)
    }
}
