"""Small ONNX files with what exporters and users write, each with inputs and outputs of ONNX Runtime (QONNX: of the reference
evaluator with the operators in make_models.py).

Usage: make_imports.py FOLDER [NAME...]. Every model has random numbers of its own, so that one can be made anew alone.
"""

import sys
import tempfile
import zlib
from pathlib import Path

import make_models
import numpy as np
import onnxruntime
from make_models import QONNX, BipolarQuant, Net, Quant
from onnx import TensorProto, helper, numpy_helper, save
from onnx.reference import ReferenceEvaluator
from onnx.reference.op_run import OpRun
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static


class Trunc(OpRun):
    """The form with six operands, after docs/qonnx-custom-ops of the QONNX repository."""

    op_domain = QONNX

    def _run(self, x, scale, zero, bits, out_scale, out_bits, rounding_mode="FLOOR", signed=1, narrow=0):
        low = (-(2 ** (out_bits - 1)) + narrow) if signed else 0
        high = 2 ** (out_bits - 1) - 1 if signed else 2**out_bits - 1 - narrow
        shift = 2.0 ** np.round(np.log2(out_scale / scale))
        rounding = {"ROUND": np.round, "FLOOR": np.floor, "CEIL": np.ceil}[rounding_mode.upper()]
        q = rounding(np.clip(np.round(x / scale + zero) / shift, low, high))
        return ((q * out_scale).astype(np.float32),)


def transposed_input():
    net = Net(["N", 2, 6, 8])
    net.op("Transpose", perm=[0, 1, 3, 2])
    net.conv(3, 2, (3, 2), strides=[2, 1])
    net.op("Relu")
    net.op("Flatten")
    net.op("Gemm", net.random(45, 4))
    return net


def detection_head():
    net = Net(["N", 3, 4, 5])
    net.conv(6, 3, (3, 3), pads=[1, 1, 1, 1])
    net.op("Relu")
    net.conv(12, 6, (1, 1))
    net.op("Reshape", net.const([-1, 2, 6, 4, 5], np.int64))
    net.op("Transpose", perm=[0, 1, 3, 4, 2])
    return net


def one_channel():
    net = Net(["N", 4, 5, 1])
    net.op("Transpose", perm=[0, 3, 2, 1])
    net.conv(1, 1, (3, 3), pads=[1, 1, 1, 1])
    net.op("Transpose", perm=[0, 3, 2, 1])
    return net


def limits_behind_pools():
    net = Net(["N", 2, 9, 9])
    net.conv(4, 2, (2, 2))
    net.op("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
    net.op("Relu")
    empty = net.const([], np.float32)
    net.op("Resize", empty, net.const([1, 1, 2, 2], np.float32), mode="nearest", nearest_mode="floor",
           coordinate_transformation_mode="asymmetric")  # fmt: skip
    net.op("Clip", net.const(0.25), net.const(0.75))
    net.conv(3, 4, (3, 3))
    pooled = net.op("MaxPool", kernel_shape=[2, 2])
    net.op("Flatten")
    net.op("Relu")
    net.op("Gemm", net.random(75, 5))
    first = net.last
    net.op("Flatten", data=pooled)  # a second reader: the limits below are a node of their own
    net.op("Clip", net.const(-0.5), net.const(0.5))
    net.op("Gemm", net.random(75, 5))
    net.op("Add", first)
    return net


def averages():
    net = Net(["N", 2, 7, 7], opset=22)
    net.op("AveragePool", auto_pad="SAME_UPPER", kernel_shape=[3, 3], strides=[2, 2])
    net.op("AveragePool", kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1, count_include_pad=1)
    net.conv(3, 2, (1, 1))
    net.op("Resize", net.const([], np.float32), net.const([1, 1, 2, 2], np.float32), mode="nearest",
           nearest_mode="floor", coordinate_transformation_mode="asymmetric")  # fmt: skip
    net.op("AveragePool", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1, count_include_pad=1)
    net.op("AveragePool", kernel_shape=[2, 2], strides=[2, 2], pads=[1, 1, 0, 0], ceil_mode=1, count_include_pad=1)
    return net


def window_beyond_image():
    net = Net(["N", 2, 5, 5])
    net.conv(3, 2, (1, 1))
    net.op("MaxPool", kernel_shape=[6, 6], strides=[2, 2], ceil_mode=1)
    return net


def crop_and_pad():
    net = Net(["N", 2, 6, 6])
    net.op("Pad", net.const([0, 0, 1, -1, 0, 0, -2, 0], np.int64))
    net.conv(3, 2, (3, 2))
    net.op("Pad", net.const([0, 0, -1, 0, 0, 0, 0, -1], np.int64))
    net.op("Relu")
    net.op("MaxPool", kernel_shape=[2, 2])
    net.op("Flatten")
    return net


def wide_padding():
    net = Net(["N", 2, 4, 4])
    net.conv(3, 2, (1, 1), pads=[1, 1, 1, 1])
    net.op("Pad", net.const([0, 0, 2, 2, 0, 0, 2, 2], np.int64))
    net.op("AveragePool", kernel_shape=[2, 2], strides=[2, 2])
    net.op("Pad", net.const([0, 0, 1, 1, 0, 0, 1, 1], np.int64), net.const(-np.inf))
    net.op("MaxPool", kernel_shape=[3, 3], strides=[2, 2])
    net.op("Pad", net.const([0, 0, 1, 0, 0, 0, 0, 1], np.int64), net.const(0.5))
    net.conv(3, 3, (2, 2), pads=[2, 0, 0, 3])
    net.op("Pad", net.const([0, 0, 1, 1, 0, 0, 0, 0], np.int64))
    return net


def bias_grows():
    net = Net(["N", 3])
    net.op("MatMul", net.random(3, 1))
    net.op("Add", net.random(1, 4))
    net.op("Relu")
    net.op("Gemm", net.random(4, 1))
    net.op("Mul", net.random(3))
    return net


def no_batch_axis():
    net = Net([3, 4, 4])
    net.op("Unsqueeze", net.const([0], np.int64))
    net.conv(5, 3, (2, 2))
    net.op("Flatten")
    net.op("Gemm", net.random(45, 2))
    return net


def softmax_qdq():
    net = Net(["N", 6])
    net.op("Gemm", net.random(6, 4))
    net.op("Softmax", axis=1)
    return net


def columns_mul_add():
    net = Net(["N", 6])
    net.op("Mul", net.random(6))
    net.op("Add", net.random(6))
    net.op("MatMul", net.random(6, 5))
    net.op("Mul", net.const(rng.uniform(0.5, 2, 5)))
    net.op("Add", net.random(5))
    skip = net.op("Relu")
    net.op("Mul", net.random(5))
    net.op("Sub", net.random(5))
    net.op("MatMul", net.random(5, 5))
    net.op("Add", skip)
    return net


def scaled_everywhere():
    net = Net(["N", 3, 8, 8])
    net.op("Sub", net.random(1, 3, 1, 1))
    net.op("Div", net.const(rng.uniform(0.5, 2, (1, 3, 1, 1))))
    net.conv(4, 3, (3, 3), pads=[1, 1, 1, 1])
    net.op("Relu")
    net.op("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
    net.op("Mul", net.const(0.5))  # a change of scale
    net.conv(4, 4, (3, 3), pads=[1, 1, 1, 1])
    net.op("Relu")
    mul = rng.uniform(0.5, 2, (1, 4, 1, 1)).astype(np.float32)
    net.op("Mul", net.const(mul))
    net.op("Add", net.const(0.25 * mul))  # zero lies at -0.25 in every channel
    net.conv(4, 4, (3, 3), pads=[1, 1, 1, 1])
    net.op("Relu")
    net.norm(4)
    net.conv(2, 4, (3, 3), pads=[1, 1, 1, 1])  # nothing takes this norm
    return net


def qdq_with_cast():
    net = Net(["N", 6])
    operands = [net.const(0.05), net.const(120, np.uint8)]
    net.op("QuantizeLinear", *operands)
    net.op("Cast", to=TensorProto.UINT8)
    net.op("DequantizeLinear", *operands)
    net.op("MatMul", net.random(6, 3))
    return net


def extremes():
    net = Net(["N", 6])
    net.op("Max", net.const(-0.5), net.const([-0.25]))
    net.op("Min", net.const(0.5), net.const(0.75), net.const(2.0))
    net.op("Max")
    net.op("MatMul", net.random(6, 3))
    return net


def slopes():
    net = Net(["N", 2, 6, 6])
    net.conv(4, 2, (3, 3))
    net.op("LeakyRelu", alpha=0.0)
    net.conv(4, 4, (1, 1))
    net.op("LeakyRelu", alpha=-0.5)
    net.conv(4, 4, (1, 1))
    net.op("PRelu", net.const(np.array([0.5, -0.25, 0, 1.5]).reshape(4, 1, 1)))
    net.conv(4, 4, (1, 1))
    net.op("PRelu", net.const([[[0.125]]]))
    net.op("GlobalAveragePool")
    return net


def int4_weights():
    net = Net(["N", 5], opset=21)
    values = rng.integers(-8, 8, (5, 3)).astype(np.int8)
    packed = helper.make_tensor("w4", TensorProto.INT4, [5, 3], values.flatten())
    net.weights.append(packed)
    weights = net.op("DequantizeLinear", net.const(0.25), data="w4")
    net.op("MatMul", weights, data="in")
    return net


def bytes_in():
    net = Net(["N", 5])
    net.element = TensorProto.UINT8
    net.op("DequantizeLinear", net.const(0.02), net.const(100, np.uint8))
    net.op("MatMul", net.random(5, 3))
    return net


def scaler():
    net = Net(["N", 5])
    net.op("Scaler", domain="ai.onnx.ml", offset=rng.normal(size=5).tolist(), scale=rng.uniform(0.5, 2, 5).tolist())
    net.op("MatMul", net.random(5, 3))
    return net


def label_and_probabilities():
    net = Net(["N", 5])
    net.op("MatMul", net.random(5, 3))
    probabilities = net.op("Softmax", axis=1)
    net.op("ArgMax", axis=1, keepdims=0)
    net.label, net.last = net.last, probabilities
    return net


def two_probabilities():
    net = Net(["N", 5])
    net.op("MatMul", net.random(5, 4))
    net.op("Relu")
    net.op("MatMul", net.random(4, 1))
    net.op("Add", net.random(1))
    second = net.op("Sigmoid")
    one = net.const([1.0])
    net.nodes.append(helper.make_node("Sub", [one, second], ["first"], "complement"))
    net.op("Concat", second, data="first", axis=1)
    return net


def linear_classifier():
    net = Net(["N", 5])
    net.op("Scaler", domain="ai.onnx.ml", offset=rng.normal(size=5).tolist(), scale=rng.uniform(0.5, 2, 5).tolist())
    weights, shift = rng.normal(size=5), rng.normal()
    net.op(
        "LinearClassifier", domain="ai.onnx.ml", classlabels_ints=[0, 1], post_transform="LOGISTIC",
        coefficients=np.stack([-weights, weights]).flatten().tolist(), intercepts=[-shift, shift],
    )  # fmt: skip
    label = net.last
    net.nodes[-1].output.append("scores")
    net.op("Normalizer", data="scores", domain="ai.onnx.ml", norm="L1")
    net.label = label
    return net


def residual_network(averages=True):
    net = Net(["N", 3, 8, 8])
    net.conv(4, 3, (3, 3), pads=[1, 1, 1, 1])
    net.op("Relu")
    skip = net.op("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
    net.conv(4, 4, (3, 3), pads=[1, 1, 1, 1])
    net.op("Add", skip)
    first = net.op("LeakyRelu", alpha=0.25)
    net.conv(2, 4, (1, 1))
    net.op("Concat", first, axis=1)
    if averages:
        net.op("AveragePool", kernel_shape=[2, 2], strides=[2, 2])
    net.op("GlobalAveragePool")
    net.op("Flatten")
    net.op("Gemm", net.random(6, 5), net.random(5))
    return net


class Images(CalibrationDataReader):
    def __init__(self, inputs):
        self.inputs = iter([{"in": one[None]} for one in inputs])

    def get_next(self):
        return next(self.inputs, None)


def quantized(model, form, kind):
    """What ONNX Runtime's quantize_static makes of a model."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "float.onnx", Path(folder) / "quantized.onnx"
        save(model, source)
        images = Images(rng.normal(size=[8, 3, 8, 8]).astype(np.float32))
        quantize_static(
            source, target, images, quant_format=form, activation_type=kind, weight_type=QuantType.QInt8,
            per_channel=form == QuantFormat.QDQ,
        )  # fmt: skip
        import onnx

        return onnx.load(target)


def operators_on_integers():
    return quantized(residual_network().model(), QuantFormat.QOperator, QuantType.QUInt8)


def quantized_by_pairs():
    # Averages of equal scales have ties, which single precision sends either way.
    return quantized(residual_network(averages=False).model(), QuantFormat.QDQ, QuantType.QInt8)


def pad_before_quant():
    net = Net([1, 2, 4, 4])
    net.op("Pad", net.const([0, 0, 1, 1, 0, 0, 1, 1], np.int64))
    net.quant(4, 0.25)
    image = net.last
    weights = net.quant(4, 0.125, data=net.random(3, 2, 3, 3), narrow=1)
    bias = net.quant(32, 0.03125, data=net.random(3))
    net.op("Conv", weights, bias, data=image, kernel_shape=[3, 3])
    net.op("Relu")
    net.op("Pad", net.const([0, 0, 1, 0, 0, 0, 0, 1], np.int64))
    net.quant(4, 0.25, signed=0)
    net.op("MaxPool", kernel_shape=[2, 2])
    net.op("Relu")
    return net


def trunc_of_six():
    net = Net([1, 2, 4, 4])
    net.quant(4, 0.25, signed=0)
    net.op("AveragePool", kernel_shape=[2, 2], strides=[2, 2])
    operands = [net.const(value) for value in [0.0625, 0.0, 6.0, 0.25, 4.0]]
    net.op("Trunc", *operands, domain=QONNX, rounding_mode="round", signed=0, narrow=0)
    net.conv(3, 2, (1, 1))
    operands = [net.const(value) for value in [0.25, 0.0, 8.0, 1.0, 3.0]]
    net.quant(8, 0.25)
    net.op("Trunc", *operands, domain=QONNX, rounding_mode="FLOOR", signed=1, narrow=1)
    return net


def picked_channels():
    net = Net(["N", 4, 6, 7])
    net.op("Slice", net.const([0, 1], np.int64), net.const([3, 7], np.int64), net.const([1, 3], np.int64))
    net.op("Gather", net.const([2, 0, 1], np.int64), axis=1)
    net.conv(8, 3, (1, 1))
    net.op("Relu")
    whole = net.last
    net.nodes.append(helper.make_node("Split", [whole, net.const([3, 5], np.int64)], ["a", "b"], "Split", axis=1))
    net.conv(5, 3, (3, 3), data="a", pads=[1, 1, 1, 1])
    net.op("Add", "b")
    net.op("Concat", "a", axis=1)
    net.op("Reshape", net.const([0, 2, 4, 6, 6], np.int64))
    net.op("Transpose", perm=[0, 2, 1, 3, 4])  # channels shuffled in front of groups
    net.op("Reshape", net.const([0, 8, 6, 6], np.int64))
    net.conv(4, 8, (1, 1), group=2)
    net.op("DepthToSpace", blocksize=2)
    return net


def operands_on_both_sides():
    net = Net(["N", 4, 5])
    net.op("MatMul", data=net.random(4, 4))
    net.nodes[-1].input.append("in")
    sliced = net.last
    net.op("Sum", "in", net.const(0.25), sliced)
    net.op("Concat", axis=1)
    net.op("Unsqueeze", net.const([2], np.int64))
    net.op("ReduceSum", net.const([2, 3], np.int64), keepdims=0)
    net.op("Transpose", perm=[1, 0])
    net.op("Gemm", data=net.random(4, 3))
    net.nodes[-1].input.extend([f"t{len(net.nodes) - 2}", net.random(3, 1)])
    net.nodes[-1].attribute.extend([helper.make_attribute("transA", 1), helper.make_attribute("alpha", 0.5)])
    net.op("Transpose", perm=[1, 0])
    net.op("MatMul", net.random(3))
    net.spare = "unread"
    return net


def odd_zero_points():
    """Zero points added before rounding (sums, products, averages) and after it; halves are frequent."""
    net = Net(["N", 4, 4, 4], opset=21)
    step, zero, own = net.const(2.0**-4), net.const(5, np.uint8), "com.microsoft"
    half, odd = net.const(2.0**-3), net.const(131, np.uint8)
    net.op("QuantizeLinear", step, zero)
    image = net.last
    weights = net.const(rng.integers(-60, 60, (4, 4, 1, 1)), np.int8)
    net.op("QLinearConv", step, zero, weights, net.const(2.0**-6), net.const(0, np.int8), half, odd)
    net.op("QLinearAdd", half, odd, image, step, zero, half, odd, domain=own)
    factor = net.const(rng.integers(0, 255, (4, 1, 1)), np.uint8)
    net.op("QLinearMul", half, odd, factor, net.const(2.0**-6), net.const(7, np.uint8), step, odd, domain=own)
    net.op("QLinearAveragePool", step, odd, half, zero, kernel_shape=[2, 2], strides=[2, 2], domain=own)
    net.op("Gather", net.const([3, 0], np.int64), axis=1)
    net.op("DequantizeLinear", half, zero)
    return net


MODELS = [
    transposed_input, detection_head, one_channel, limits_behind_pools, averages, window_beyond_image, crop_and_pad,
    wide_padding, bias_grows, no_batch_axis, softmax_qdq, columns_mul_add, scaled_everywhere, qdq_with_cast, extremes,
    slopes, int4_weights, bytes_in, scaler, label_and_probabilities, two_probabilities, linear_classifier, operators_on_integers, quantized_by_pairs,
    pad_before_quant, trunc_of_six, picked_channels, operands_on_both_sides, odd_zero_points,
]  # fmt: skip


def finish(net):
    """The model of a net, with the further output, the input type and the last types that it asks for."""
    if not isinstance(net, Net):
        return net
    if hasattr(net, "label"):
        model = net.model()
        model.graph.output.insert(0, helper.make_tensor_value_info(net.label, TensorProto.INT64, None))
    else:
        model = net.model()
    model.graph.input[0].type.tensor_type.elem_type = getattr(net, "element", TensorProto.FLOAT)
    if hasattr(net, "spare"):
        model.graph.input.append(helper.make_tensor_value_info(net.spare, TensorProto.FLOAT, ["N", 2]))
    model.opset_import.append(helper.make_opsetid("ai.onnx.ml", 3))
    model.ir_version = 10
    return model


def with_types_behind(model):
    """Quantize and dequantize nodes behind the last node, as quantize_static adds them behind a softmax."""
    last = model.graph.output[0].name
    model.graph.initializer.extend([
        numpy_helper.from_array(np.float32(1 / 256), "scale"), numpy_helper.from_array(np.uint8(0), "zero"),
    ])  # fmt: skip
    model.graph.node.append(helper.make_node("QuantizeLinear", [last, "scale", "zero"], ["q"]))
    model.graph.node.append(helper.make_node("DequantizeLinear", ["q", "scale", "zero"], ["dq"]))
    model.graph.output[0].name = "dq"


def evaluate(model, inputs):
    qonnx = any(node.domain == QONNX for node in model.graph.node)
    name = model.graph.input[0].name
    if qonnx:
        evaluator = ReferenceEvaluator(model, new_ops=[Quant, BipolarQuant, Trunc])
        return [evaluator.run(None, {name: one[None]})[0] for one in inputs]
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    batched = len(session.get_inputs()[0].shape) != inputs.ndim - 1
    spare = {other.name: np.zeros([1, 2], np.float32) for other in session.get_inputs()[1:]}
    return [session.run(None, {name: one[None] if batched else one, **spare})[-1] for one in inputs]


def main():
    global rng
    folder, names = Path(sys.argv[1]), sys.argv[2:]
    for make in MODELS:
        name = make.__name__
        if names and name not in names:
            continue
        rng = make_models.rng = np.random.default_rng(zlib.crc32(name.encode()))
        net = make()
        model = finish(net)
        extents = [dim.dim_value for dim in model.graph.input[0].type.tensor_type.shape.dim]
        shape = extents if name == "no_batch_axis" else extents[1:]
        if getattr(net, "element", 1) == TensorProto.UINT8:
            inputs = rng.integers(0, 256, [3, *shape]).astype(np.uint8)
        else:
            inputs = rng.normal(size=[3, *shape]).astype(np.float32)
        if name == "softmax_qdq":
            with_types_behind(model)
        outputs = np.concatenate([np.ravel(one) for one in evaluate(model, inputs)])
        save(model, folder / f"{name}.onnx")
        np.savez_compressed(folder / f"{name}.npz", input=inputs, output=outputs)


if __name__ == "__main__":
    main()
