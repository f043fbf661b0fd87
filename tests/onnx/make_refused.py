"""Files that have to be refused, one for each reason.

Usage: make_refused.py FOLDER
"""

import sys
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

FOLDER = Path(sys.argv[1])
value = helper.make_tensor_value_info
node = helper.make_node


def write(name, nodes, weights=(), shape=("N", 4), inputs=None, outputs=("y",), opset=17):
    weights = [w if isinstance(w, TensorProto) else numpy_helper.from_array(*w) for w in weights]
    inputs = [value(i, TensorProto.FLOAT, list(shape)) for i in (inputs or ["x"])]
    outputs = [value(o, TensorProto.FLOAT, None) for o in outputs]
    graph = helper.make_graph(nodes, "g", inputs, outputs, weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    (FOLDER / f"{name}.onnx").write_bytes(model.SerializeToString())


def claimed(name, dims, external=None):
    tensor = TensorProto(name=name, dims=dims, data_type=TensorProto.FLOAT)
    if external:
        tensor.data_location = TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value=external)
    else:
        tensor.raw_data = b"1234"
    return tensor


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    relu = node("Relu", ["x"], ["y"], "act")
    w = (np.ones((4, 2), np.float32), "w")
    write("opset_5", [relu], opset=5)
    write("two_inputs", [node("Add", ["x", "z"], ["y"], "sum")], inputs=["x", "z"])
    write("open_extent", [relu], shape=(1, 3, "H", "W"))
    write("duplicate", [relu, node("Neg", ["x"], ["y"], "again")])
    write("dangling", [node("Add", ["x", "nowhere"], ["y"], "sum")])
    write("cycle", [node("Add", ["x", "b"], ["a"], "one"), node("Relu", ["a"], ["b"], "two"), node("Relu", ["b"], ["y"])])
    write("too_much", [node("Gemm", ["x", "w"], ["y"])], [claimed("w", [1 << 15, 1 << 15])])
    write("claims_2_gb", [node("Gemm", ["x", "w"], ["y"])], [claimed("w", [4, 1 << 26])])
    write("outside", [node("Gemm", ["x", "w"], ["y"])], [claimed("w", [4, 2], "../weights.bin")])
    write("constant_output", [node("Relu", ["w"], ["y"])], [w])
    write(
        "unknown_operators",
        [
            node("Gemm", ["x", "w"], ["a"], "dense"),
            node("Selu", ["a"], ["b"], "first"),
            node("Frobnicate", ["b"], ["c"], "second\n\x1b[2J", domain="com.example"),
            node("Erf", ["c"], ["y"]),
        ],
        [w],
    )
    write("wrong_shape", [node("Gemm", ["x", "w"], ["y"], "dense")], [(np.ones((5, 2), np.float32), "w")])
    write(
        "softmax_inside",
        [node("Softmax", ["x"], ["a"], "attention"), node("Gemm", ["a", "w"], ["y"], "dense")],
        [w],
    )
    pads = (np.array([0, 0, 1, 1, 0, 0, 1, 1], np.int64), "p")
    write("reflected", [node("Pad", ["x", "p"], ["y"], "border", mode="reflect")], [pads], shape=(1, 2, 4, 4))
    lowest = (np.array(-np.inf, np.float32), "low")
    write("lowest_at_end", [node("Pad", ["x", "p", "low"], ["y"], "border")], [pads, lowest], shape=(1, 2, 4, 4))
    write(
        "attributes",
        [node("LeakyRelu", ["x"], ["a"], "slope", alpha=1), node("Gemm", ["a", "w"], ["y"], "dense", gamma=2.0)],
        [w],
    )
    write("two_outputs", [node("Relu", ["x"], ["y"]), node("Neg", ["x"], ["z"])], outputs=("y", "z"))
    image, kernel = (1, 2, 4, 4), (np.ones((3, 2, 3, 3), np.float32), "k")
    write("kernel_shape", [node("Conv", ["x", "k"], ["y"], "conv", kernel_shape=[2, 2])], [kernel], shape=image)
    border = (np.arange(8, dtype=np.float32).reshape(2, 2, 2), "b")
    write("pixels_grow", [node("GlobalAveragePool", ["x"], ["a"]), node("Add", ["a", "b"], ["y"], "sum")], [border], shape=image)
    write("folded_operator", [node("Mish", ["w"], ["v"], "mish"), node("Gemm", ["x", "v"], ["y"], "dense")], [w])
    write("two_activations", [node("Neg", ["x"], ["a"]), node("Max", ["x", "a"], ["y"], "larger")])
    write("dynamic_weight", [node("MatMul", ["x", "x"], ["y"], "gram")], shape=(1, 4, 4))
    scalars = [(np.array(v, np.float32), n) for v, n in ((1, "s"), (1, "z1"), (-1, "z2"), (-5, "z3"), (32, "b32"), (31, "b31"))]
    quant = [
        node("Quant", ["x", "s", f"z{i}", bits], [f"q{i}"], domain="qonnx.custom_op.general", signed=signed, narrow=0)
        for i, bits, signed in ((1, "b32", 1), (2, "b32", 1), (3, "b31", 0))
    ]
    write("zero_points", [*quant, node("Add", ["q1", "q2"], ["a"]), node("Add", ["a", "q3"], ["y"])], scalars)
    parts = [f"p{i}" for i in range(2049)]
    split = node("Split", ["c"], parts, "parts")
    write("many_parts", [split, node("Add", ["x", "p7"], ["y"])], [(np.arange(2049, dtype=np.float32), "c")])
    left = [(np.ones((3, 4), np.float32), "w"), (np.ones(6, np.float32), "b")]
    across = [node("Transpose", ["x"], ["t"], perm=[1, 0]), node("Reshape", ["t", "d"], ["r"])]
    gemm = node("Gemm", ["w", "r", "b"], ["y"], "dense")
    write("bias_across", [*across, gemm], [*left, (np.array([4, 6], np.int64), "d")], shape=(1, 24))
    one = (np.array([1e9], np.int64), "s")
    write("huge_fill", [node("ConstantOfShape", ["s"], ["c"], "fill"), node("Add", ["x", "c"], ["y"])], [one])


main()
