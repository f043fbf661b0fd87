# SPDX-License-Identifier: MIT OR Apache-2.0
"""Writes `qkeras_cnn`: a QKeras network of 4-bit weights and activations as QONNX.

    pip install 'qonnx[qkeras]==0.4.0' tf2onnx==1.16.1
    python qkeras_models.py
"""

from pathlib import Path

import numpy as np
import qkeras
import tensorflow as tf
from qonnx.converters import from_keras
from tensorflow.keras import initializers, layers

HERE = Path(__file__).resolve().parent


def normal(deviation, seed):
    return initializers.RandomNormal(0, deviation, seed)


def network():
    bits = qkeras.quantized_bits
    weights = {"kernel_quantizer": bits(4, 0, symmetric=1, alpha=1), "bias_quantizer": bits(8, 2, alpha=1)}
    first = {"kernel_initializer": normal(0.4, 1), "bias_initializer": normal(0.2, 2)}
    last = {"kernel_initializer": normal(0.5, 3), "bias_initializer": normal(0.5, 4)}
    return tf.keras.Sequential([
        layers.Input((8, 8, 2), name="image"),
        qkeras.QConv2D(6, 3, strides=2, padding="same", name="conv1", **weights, **first),
        qkeras.QActivation(qkeras.quantized_relu(4, 2), name="relu1"),
        layers.Flatten(name="flat"),
        qkeras.QDense(5, name="logits", **weights, **last),
    ])


def main():
    model = network()
    image = np.random.default_rng(2).standard_normal((4, 8, 8, 2), np.float32)
    output = model(image, training=False).numpy()
    from_keras(model, opset=13, output_path=str(HERE / "qkeras_cnn.onnx"))
    np.savez(HERE / "qkeras_cnn.npz", input=image, output=output)


if __name__ == "__main__":
    main()
