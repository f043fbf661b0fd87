"""Small ONNX files, each with inputs and the outputs of the reference evaluator.

Usage: make_models.py FOLDER. QONNX operators are evaluated by the few lines below, after the definitions in the
QONNX repository (docs/qonnx-custom-ops).
"""

import sys
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save
from onnx.reference import ReferenceEvaluator
from onnx.reference.op_run import OpRun

QONNX = "qonnx.custom_op.general"
rng = np.random.default_rng(1)


class Quant(OpRun):
    op_domain = QONNX

    def _run(self, x, scale, zero, bits, signed=1, narrow=0, rounding_mode="ROUND"):
        low = (-(2 ** (bits - 1)) + narrow) if signed else 0
        high = 2 ** (bits - 1) - 1 if signed else 2**bits - 1 - narrow
        rounding = {"ROUND": np.round, "FLOOR": np.floor}[rounding_mode]
        q = np.clip(rounding(x / scale + zero), low, high)
        return (((q - zero) * scale).astype(np.float32),)


class BipolarQuant(OpRun):
    op_domain = QONNX

    def _run(self, x, scale):
        return (np.where(x >= 0, scale, -scale).astype(np.float32),)


class Trunc(OpRun):
    op_domain = QONNX

    def _run(self, x, scale, zero, bits, out_bits, rounding_mode="FLOOR"):
        q = np.round(x / scale + zero) / 2.0 ** (bits - out_bits)
        return (((np.floor(q) - zero) * scale).astype(np.float32),)


class Net:
    """Nodes one after the other; weights are random."""

    def __init__(self, shape, opset=17):
        self.shape, self.opset, self.nodes, self.weights, self.last = shape, opset, [], [], "in"

    def const(self, value, dtype=np.float32):
        name = f"c{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.asarray(value, dtype), name))
        return name

    def random(self, *shape):
        return self.const(rng.normal(size=shape) * 0.5)

    def op(self, kind, *inputs, domain="", data=None, **attributes):
        name = f"block{len(self.nodes)}/{kind}"
        data = [self.last if data is None else data] if data != "" else []
        self.last = f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, data + list(inputs), [self.last], name, domain=domain, **attributes))
        return self.last

    def conv(self, rows, channels, kernel, bias=True, group=1, **attributes):
        weights = [self.random(rows, channels // group, *kernel)] + ([self.random(rows)] if bias else [])
        return self.op("Conv", *weights, group=group, kernel_shape=list(kernel), **attributes)

    def norm(self, channels):
        positive = self.const(rng.uniform(0.5, 2, channels))
        return self.op("BatchNormalization", self.random(channels), self.random(channels), self.random(channels), positive)

    def quant(self, bits, scale, data=None, signed=1, narrow=0, mode="ROUND", zero=0.0):
        operands = [self.const(scale), self.const(zero), self.const(bits)]
        return self.op(
            "Quant", *operands, data=data, domain=QONNX, signed=signed, narrow=narrow, rounding_mode=mode
        )

    def model(self):
        value = helper.make_tensor_value_info
        inputs = [value("in", TensorProto.FLOAT, self.shape)]
        outputs = [value(self.last, TensorProto.FLOAT, None)]
        graph = helper.make_graph(self.nodes, "net", inputs, outputs, self.weights)
        opsets = [helper.make_opsetid("", self.opset), helper.make_opsetid(QONNX, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def mlp():
    net = Net(["batch", 6])
    net.op("Gemm", net.random(5, 6), net.random(5), transB=1, alpha=0.5, beta=2.0)
    net.op("Relu")
    net.op("MatMul", net.random(5, 4))
    net.op("Add", net.random(4))
    net.op("Softmax", axis=-1)
    return net


def norm_everywhere():
    net = Net([1, 3, 6, 6])
    net.norm(3)  # before a padded convolution: stays a convolution of each channel
    net.conv(4, 3, (3, 3), pads=[1, 1, 1, 1], bias=False)
    net.norm(4)  # into the convolution before
    net.op("Relu")
    net.norm(4)  # into the convolution behind
    net.conv(4, 4, (1, 1))
    net.op("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
    net.norm(4)  # at the end
    return net


def keras_nhwc():
    net = Net([1, 6, 5, 3])
    net.op("Transpose", perm=[0, 3, 1, 2])
    net.conv(4, 3, (3, 3), auto_pad="SAME_UPPER", strides=[2, 2])
    net.op("Mul", net.random(1, 4, 1, 1))
    net.op("Add", net.random(1, 4, 1, 1))
    net.op("Relu")
    net.op("Transpose", perm=[0, 2, 3, 1])
    net.op("MatMul", net.random(4, 5))
    net.op("Add", net.random(5))
    net.op("Reshape", net.const([1, -1], np.int64))
    net.op("Mul", net.random(1, 45))
    net.op("Relu")
    net.op("MatMul", net.random(45, 3))
    net.op("Sigmoid")
    return net


def residual():
    net = Net([1, 4, 6, 6])
    skip = net.conv(4, 4, (3, 3), pads=[1, 1, 1, 1])
    net.op("Relu")
    left = net.conv(4, 4, (3, 3), pads=[1, 1, 1, 1], group=4)
    net.op("Sub", skip, data=left)
    net.op("Clip", net.const(0.0), net.const(6.0))
    block = net.last
    net.op("Neg")
    net.op("Add", block)
    net.op("Mul", net.const(2.0))
    net.op("Add", skip)
    net.op("LeakyRelu", alpha=0.25)
    net.op("ReduceMean", axes=[2, 3], keepdims=0)
    return net


def branches():
    net = Net([1, 3, 4, 4])
    first = net.conv(4, 3, (3, 3), pads=[2, 2, 2, 2], dilations=[2, 2])
    net.op("MaxPool", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    empty = net.const([], np.float32)
    net.op(
        "Resize", empty, net.const([1, 1, 2, 2]), mode="nearest", nearest_mode="floor",
        coordinate_transformation_mode="asymmetric",
    )
    net.op("Concat", first, axis=1)
    net.op("AveragePool", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    net.op("Pad", net.const([0, 0, 1, 0, 0, 0, 0, 2], np.int64))
    net.conv(3, 8, (2, 2))
    net.op("GlobalAveragePool")
    net.op("Flatten")
    return net


def line():
    net = Net([1, 2, 12])
    net.conv(4, 2, (3,), pads=[1, 1], strides=[2])
    net.op("Relu")
    net.op("MaxPool", kernel_shape=[2], strides=[2])
    net.op("Flatten")
    net.op("Gemm", net.random(12, 3))
    return net


def unflatten():
    net = Net([1, 48])
    net.op("Reshape", net.const([1, 3, 4, 4], np.int64))
    net.op("Mul", net.const(2.0))
    net.op("Sub", net.const([1.0]))
    net.conv(4, 3, (2, 2))
    net.op("Squeeze", net.const([0], np.int64))
    net.op("Unsqueeze", net.const([0], np.int64))
    net.op("Flatten")
    net.op("Gemm", net.random(36, 3))
    return net


def exporter_shapes():
    net = Net(["N", 2, 4, 4])
    net.conv(3, 2, (1, 1))
    image = net.last
    net.op("Shape")
    net.op("Gather", net.const(0, np.int64), axis=0)
    net.op("Unsqueeze", net.const([0], np.int64))
    net.op("Concat", net.const([-1], np.int64), axis=0)
    shape = net.last
    net.op("Reshape", shape, data=image)
    scale = net.op("Sqrt", data=net.const([4.0]))
    net.op("Div", scale, data=net.nodes[-2].output[0])
    net.op("Gemm", net.random(48, 3))
    return net


def qdq():
    net = Net([1, 2, 5, 5], opset=19)

    def pair(scale, zero, dtype=np.uint8, data=None):
        operands = [net.const(scale), net.const(zero, dtype)]
        net.op("QuantizeLinear", *operands, data=data)
        net.op("DequantizeLinear", *operands)

    pair(0.05, 128)
    scales = net.const([0.01, 0.02, 0.03])
    zeros = net.const([0, 0, 0], np.int8)
    weights = net.const(rng.integers(-127, 128, (3, 2, 3, 3)), np.int8)
    image = net.last
    weights = net.op("DequantizeLinear", scales, zeros, data=weights, axis=0)
    net.op("Conv", weights, data=image, kernel_shape=[3, 3])
    net.op("Relu")
    pair(0.1, 0)
    net.op("GlobalAveragePool")
    net.op("Flatten")
    pair(0.125, -4, np.int8)
    return net


def qonnx():
    net = Net([1, 2, 4, 4])
    net.quant(4, 0.25)
    image = net.last
    weights = net.quant(3, [[[[0.5]]], [[[0.25]]], [[[0.125]]]], data=net.random(3, 2, 3, 3), narrow=1)
    net.op("Conv", weights, data=image, kernel_shape=[3, 3])
    net.op("Relu")
    net.quant(4, 0.5, signed=0)
    net.op("AveragePool", kernel_shape=[2, 2])
    net.op("Mul", net.const(4.0))
    net.op("Trunc", net.const(0.5), net.const(0.0), net.const(6.0), net.const(4.0), domain=QONNX, rounding_mode="FLOOR")
    net.op("Flatten")
    features = net.last
    weights = net.op("BipolarQuant", net.const(0.5), data=net.random(4, 3), domain=QONNX)
    net.op("Gemm", weights, data=features, transB=1)
    net.op("BipolarQuant", net.const(0.75), domain=QONNX)
    net.quant(3, 0.25, mode="FLOOR", zero=1.0)
    return net


MODELS = [
    mlp, norm_everywhere, keras_nhwc, residual, branches, line, unflatten, exporter_shapes, qdq, qonnx,
]  # fmt: skip


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for make in MODELS:
        model = make().model()
        save(model, folder / f"{make.__name__}.onnx")
        shape = [extent if isinstance(extent, int) else 1 for extent in [1] + make().shape[1:]]
        evaluator = ReferenceEvaluator(model, new_ops=[Quant, BipolarQuant, Trunc])
        inputs = rng.normal(size=[3] + shape[1:]).astype(np.float32)
        outputs = np.concatenate([evaluator.run(None, {"in": one[None]})[0] for one in inputs])
        np.savez_compressed(folder / f"{make.__name__}.npz", input=inputs, output=outputs)


if __name__ == "__main__":
    main()
