//! A writer of ONNX files of its own, so that files can claim what they do not hold.

/// Element types.
pub const FLOAT: u64 = 1;
pub const INT64: u64 = 7;

fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

/// A number with its field.
pub fn number(tag: u64, value: u64) -> Vec<u8> {
    [varint(tag << 3), varint(value)].concat()
}

/// Bytes, text, a message or packed numbers with their field.
pub fn field(tag: u64, value: impl AsRef<[u8]>) -> Vec<u8> {
    let value = value.as_ref();
    [varint(tag << 3 | 2), varint(value.len() as u64), value.to_vec()].concat()
}

/// A tensor of these extents, whatever its data.
pub fn tensor(name: &str, kind: u64, dims: &[u64], data: &[u8]) -> Vec<u8> {
    let dims: Vec<u8> = dims.iter().flat_map(|&extent| number(1, extent)).collect();
    [dims, number(2, kind), field(8, name), data.to_vec()].concat()
}

/// A tensor that holds these integers.
pub fn integers(name: &str, values: &[i64]) -> Vec<u8> {
    let raw: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    tensor(name, INT64, &[values.len() as u64], &field(9, raw))
}

/// A list of integers as an attribute.
pub fn ints(name: &str, values: &[u64]) -> Vec<u8> {
    let values: Vec<u8> = values.iter().flat_map(|&value| number(8, value)).collect();
    field(5, [field(1, name), values].concat())
}

/// A node; operands are separated by blanks.
pub fn node(op: &str, inputs: &str, output: &str, attributes: &[u8]) -> Vec<u8> {
    let inputs: Vec<u8> = inputs.split_whitespace().flat_map(|name| field(1, name)).collect();
    [inputs, field(2, output), field(4, op), attributes.to_vec()].concat()
}

/// A file of one graph from `x` of these extents to `y`.
pub fn model(dims: &[u64], tensors: &[Vec<u8>], nodes: &[Vec<u8>]) -> Vec<u8> {
    let shape: Vec<u8> = dims.iter().flat_map(|&extent| field(1, number(1, extent))).collect();
    let kind = field(1, [number(1, FLOAT), field(2, shape)].concat());
    let input = field(11, [field(1, "x"), field(2, kind)].concat());
    let nodes: Vec<u8> = nodes.iter().flat_map(|node| field(1, node)).collect();
    let tensors: Vec<u8> = tensors.iter().flat_map(|tensor| field(5, tensor)).collect();
    let graph = [nodes, tensors, input, field(12, field(1, "y"))].concat();
    [field(8, number(2, 17)), field(7, graph)].concat()
}
