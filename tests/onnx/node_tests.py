"""Packs the single-operator tests of the onnx package into one file.

Usage: node_tests.py FILE. The first input of a test stays an input, the others become initializers. Operators that know
no batch get one: an axis in front. Each test gives three arrays: NAME.model (bytes), NAME.input, NAME.output.
"""

import sys
import zipfile
from io import BytesIO

import numpy as np
from onnx import helper, numpy_helper
from onnx.backend.test.case.node import collect_testcases

OPERATORS = """Abs Add AveragePool BatchNormalization Cast Clip Concat Conv DequantizeLinear Div Dropout Flatten
Gemm GlobalAveragePool GlobalMaxPool HardSigmoid Identity LeakyRelu MatMul Max MaxPool Min Mul Neg
PRelu Pad QuantizeLinear ReduceMax ReduceMean Relu Reshape Resize Sigmoid Softmax Squeeze Sub
Transpose Unsqueeze Upsample""".split()
BATCHLESS = """Abs Add Clip Concat Div HardSigmoid LeakyRelu Max Min Mul Neg PRelu Relu Reshape Sigmoid Sub Transpose""".split()
LARGEST = 1500


def add_batch(node, operands, first):
    """An axis of extent 1 in front of the first operand; attributes and shapes follow."""
    for attribute in node.attribute:
        if attribute.name == "perm":
            perm = [0] + [axis + 1 for axis in attribute.ints]
            del attribute.ints[:]
            attribute.ints.extend(perm)
        if attribute.name == "axis" and attribute.i >= 0:
            attribute.i += 1
    if node.op_type == "Transpose" and not node.attribute:
        rank = operands[first].ndim
        node.attribute.append(helper.make_attribute("perm", [0, *range(rank, 0, -1)]))
    if node.op_type == "Reshape":
        operands[node.input[1]] = np.concatenate([[1], operands[node.input[1]]]).astype(np.int64)
    if node.op_type == "Concat":
        operands.update({name: operands[name][None] for name in node.input[1:]})
    operands[first] = operands[first][None]


def pack(case):
    inputs, outputs = case.data_sets[0]
    if not all(isinstance(value, np.ndarray) and value.size <= LARGEST for value in [*inputs, *outputs]):
        return None
    model = type(case.model)()
    model.CopyFrom(case.model)
    graph, node = model.graph, model.graph.node[0]
    operands = dict(zip([value.name for value in graph.input], inputs))
    first = node.input[0] if node.input else None
    if first not in operands or operands[first].dtype != np.float32 or operands[first].ndim == 0:
        return None
    output = outputs[0]
    if output.dtype != np.float32:
        return None
    if node.op_type in BATCHLESS:
        add_batch(node, operands, first)
    source = helper.make_tensor_value_info(first, 1, operands[first].shape)
    del graph.input[:], graph.output[1:]
    graph.input.append(source)
    graph.initializer.extend(numpy_helper.from_array(a, n) for n, a in operands.items() if n != first)
    return model.SerializeToString(), operands[first], output


def main():
    packed = {}
    for case in collect_testcases(None):
        nodes = case.model.graph.node
        if len(nodes) == 1 and nodes[0].op_type in OPERATORS and nodes[0].domain == "":
            result = pack(case)
            if result:
                packed[case.name] = result
    with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, (model, source, output) in sorted(packed.items()):
            arrays = {"model": np.frombuffer(model, np.uint8), "input": source, "output": output}
            for kind, array in arrays.items():
                data = BytesIO()
                np.save(data, np.ascontiguousarray(array))
                archive.writestr(zipfile.ZipInfo(f"{name}.{kind}.npy"), data.getvalue(), zipfile.ZIP_DEFLATED)
    print(len(packed), "tests")


main()
