# SPDX-License-Identifier: MIT OR Apache-2.0
"""Writes an NHWC network with padding of `same`, exported by Keras 3.

    pip install tensorflow-cpu tf2onnx
    KERAS_BACKEND=tensorflow python keras_models.py

    pip install keras torch onnx onnxscript
    KERAS_BACKEND=torch python keras_models.py

With TensorFlow: `keras_cnn` (Keras's export) and `tf2onnx_cnn` (tf2onnx, batch fixed to 1); with PyTorch: `keras_torch_cnn`.
"""

from pathlib import Path

import keras
import numpy as np
from keras import initializers, layers

HERE = Path(__file__).resolve().parent


def normal(deviation, seed):
    return initializers.RandomNormal(0, deviation, seed)


def network():
    statistics = {
        "beta_initializer": normal(0.2, 1),
        "gamma_initializer": initializers.RandomUniform(0.5, 1.5, 2),
        "moving_mean_initializer": normal(0.2, 3),
        "moving_variance_initializer": initializers.RandomUniform(0.1, 0.5, 4),
    }
    first = {"use_bias": False, "kernel_initializer": normal(0.3, 5)}
    second = {"kernel_initializer": normal(0.2, 6), "bias_initializer": normal(0.1, 7)}
    last = {"kernel_initializer": normal(0.5, 8), "bias_initializer": normal(0.5, 9)}
    return keras.Sequential([
        keras.Input((8, 8, 2), name="image"),
        layers.Conv2D(8, 3, padding="same", name="conv1", **first),
        layers.BatchNormalization(name="bn1", **statistics),
        layers.ReLU(name="relu1"),
        layers.MaxPooling2D(2, name="pool"),
        layers.Conv2D(6, 3, strides=2, padding="same", activation="relu", name="conv2", **second),
        layers.Flatten(name="flat"),
        layers.Dense(5, activation="softmax", name="probabilities", **last),
    ])


def save(name, image, model):
    output = keras.ops.convert_to_numpy(model(image, training=False))
    np.savez(HERE / f"{name}.npz", input=image, output=output)


def with_tensorflow(model, image):
    import tensorflow as tf
    import tf2onnx

    save("keras_cnn", image, model)
    model.export(str(HERE / "keras_cnn.onnx"), format="onnx", opset_version=13)
    function = tf.function(lambda image: model(image, training=False))
    signature = [tf.TensorSpec((1, 8, 8, 2), tf.float32, name="image")]
    tf2onnx.convert.from_function(function, signature, opset=13, output_path=str(HERE / "tf2onnx_cnn.onnx"))
    save("tf2onnx_cnn", image, model)


def with_torch(model, image):
    from torch_models import strip

    save("keras_torch_cnn", image, model)
    model.export(str(HERE / "keras_torch_cnn.onnx"), format="onnx")
    strip(HERE / "keras_torch_cnn.onnx")


def main():
    image = np.random.default_rng(2).standard_normal((4, 8, 8, 2), np.float32)
    {"tensorflow": with_tensorflow, "torch": with_torch}[keras.backend.backend()](network(), image)


if __name__ == "__main__":
    main()
