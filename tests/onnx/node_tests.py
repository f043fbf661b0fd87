"""Packs the single-operator tests of the onnx package into one file.

Usage: node_tests.py FILE. An input of the test that is a weight or a parameter for the importer becomes an
initializer; the one input that stays is the first that holds more than one real number.
Each test gives three arrays: NAME.model (bytes), NAME.input, NAME.output.
"""

import sys
import zipfile
from io import BytesIO

import numpy as np
from onnx import TensorProto, numpy_helper
from onnx.backend.test.loader import load_model_tests
from onnx.backend.test.case.node import collect_testcases

OPERATORS = """Add AveragePool BatchNormalization Cast Clip Concat Conv DequantizeLinear Div Dropout Flatten Gemm
GlobalAveragePool GlobalMaxPool Identity LeakyRelu MatMul Max MaxPool Min Mul Neg PRelu Pad QuantizeLinear ReduceMax
ReduceMean Relu Reshape Resize Shape Sigmoid Softmax Squeeze Sub Transpose Unsqueeze Upsample""".split()
LARGEST = 4096


def single(case):
    graph = case.model.graph
    return len(graph.node) == 1 and graph.node[0].op_type in OPERATORS and graph.node[0].domain == ""


def pack(case):
    inputs, outputs = case.data_sets[0]
    arrays = [value for value in [*inputs, *outputs]]
    if not all(isinstance(value, np.ndarray) and value.size <= LARGEST for value in arrays):
        return None
    model = type(case.model)()
    model.CopyFrom(case.model)
    graph = model.graph
    operands = dict(zip([value.name for value in graph.input], inputs))
    first = graph.node[0].input[0] if graph.node[0].input else None
    if first not in operands or operands[first].dtype != np.float32 or operands[first].ndim == 0:
        return None
    del graph.input[:]
    graph.input.extend(value for value in case.model.graph.input if value.name == first)
    graph.initializer.extend(numpy_helper.from_array(a, n) for n, a in operands.items() if n != first)
    del graph.output[1:]
    output = outputs[0]
    if output.dtype != np.float32:
        return None
    return model.SerializeToString(), operands[first], output


def main():
    packed = {}
    for case in collect_testcases(None):
        if single(case):
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
