//! Writes a model as `onnx.proto` prescribes; by hand, because the reader under test has its own messages.

use crate::model::{Attribute, Constant, Model, Node, Type};

fn varint(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn number(tag: u64, value: i64) -> Vec<u8> {
    let mut out = Vec::new();
    varint(tag << 3, &mut out);
    varint(value as u64, &mut out);
    out
}

fn field(tag: u64, value: impl AsRef<[u8]>) -> Vec<u8> {
    let mut out = Vec::new();
    varint(tag << 3 | 2, &mut out);
    varint(value.as_ref().len() as u64, &mut out);
    out.extend_from_slice(value.as_ref());
    out
}

fn real(tag: u64, value: f32) -> Vec<u8> {
    let mut out = Vec::new();
    varint(tag << 3 | 5, &mut out);
    out.extend_from_slice(&value.to_le_bytes());
    out
}

fn raw(constant: &Constant) -> Vec<u8> {
    let values = constant.value.lo.iter();
    match constant.kind {
        Type::Float => values.flat_map(|v| (*v as f32).to_le_bytes()).collect(),
        Type::Uint8 => values.map(|v| *v as u8).collect(),
        Type::Int8 => values.map(|v| *v as i8 as u8).collect(),
        Type::Int32 => values.flat_map(|v| (*v as i32).to_le_bytes()).collect(),
        Type::Int64 => values.flat_map(|v| (*v as i64).to_le_bytes()).collect(),
        // Two to a byte, the first in the lower half.
        Type::Uint4 | Type::Int4 => {
            let codes: Vec<u8> = values.map(|v| *v as i8 as u8 & 15).collect();
            codes.chunks(2).map(|pair| pair[0] | pair.get(1).map_or(0, |high| high << 4)).collect()
        }
    }
}

fn tensor(constant: &Constant) -> Vec<u8> {
    let dims = constant.value.dims.iter().flat_map(|&extent| number(1, extent as i64));
    let mut out: Vec<u8> = dims.collect();
    out.extend(number(2, constant.kind as i64));
    out.extend(field(8, &constant.name));
    out.extend(field(9, raw(constant)));
    out
}

fn attribute((name, value): &(&str, Attribute)) -> Vec<u8> {
    let mut out = field(1, name);
    match value {
        Attribute::Float(value) => out.extend([real(2, *value), number(20, 1)].concat()),
        Attribute::Int(value) => out.extend([number(3, *value), number(20, 2)].concat()),
        Attribute::Text(value) => out.extend([field(4, value), number(20, 3)].concat()),
        Attribute::Ints(values) => {
            out.extend(values.iter().flat_map(|value| number(8, *value)));
            out.extend(number(20, 7));
        }
    }
    out
}

fn node(node: &Node) -> Vec<u8> {
    let mut out: Vec<u8> = node.inputs.iter().flat_map(|name| field(1, name)).collect();
    out.extend(field(2, &node.output));
    out.extend(field(3, &node.name));
    out.extend(field(4, node.op));
    out.extend(node.attributes.iter().flat_map(|one| field(5, attribute(one))));
    out.extend(field(7, node.domain));
    out
}

fn value_info(name: &str, dims: &[usize]) -> Vec<u8> {
    let shape: Vec<u8> = dims.iter().flat_map(|&extent| field(1, number(1, extent as i64))).collect();
    let kind = field(1, [number(1, Type::Float as i64), field(2, shape)].concat());
    [field(1, name), field(2, kind)].concat()
}

/// The bytes of the file.
pub fn bytes(model: &Model) -> Vec<u8> {
    let mut graph: Vec<u8> = model.nodes.iter().flat_map(|one| field(1, node(one))).collect();
    graph.extend(field(2, "fuzz"));
    graph.extend(model.constants.iter().flat_map(|one| field(5, tensor(one))));
    graph.extend(field(11, value_info("x", &model.input)));
    graph.extend(field(12, value_info(&model.output, &model.output_dims)));
    let mut domains: Vec<&str> = model.nodes.iter().map(|node| node.domain).filter(|name| !name.is_empty()).collect();
    domains.sort_unstable();
    domains.dedup();
    // The form of Trunc with six operands is the second version of QONNX's operators.
    let version = if model.nodes.iter().any(|node| node.op == "Trunc" && node.inputs.len() == 6) { 2 } else { 1 };
    let imports = domains.iter().flat_map(|name| field(8, [field(1, name), number(2, version)].concat()));
    let mut out = number(1, 10);
    out.extend(field(8, number(2, model.opset)));
    out.extend(imports);
    out.extend(field(7, graph));
    out
}
