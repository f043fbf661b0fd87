# SPDX-License-Identifier: MIT OR Apache-2.0
"""Writes `tflite_cnn`: the network of `keras_models.py` as TFLite quantizes it to 8 bits, converted by tf2onnx.

    pip install tensorflow-cpu keras tf2onnx onnx
    python tflite_models.py
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import keras
import numpy as np
import onnx
import tensorflow as tf
from keras_models import HERE, network


def results(interpreter, image):
    interpreter.allocate_tensors()
    source, result = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]
    for one in image:
        interpreter.set_tensor(source, one[None])
        interpreter.invoke()
        yield interpreter.get_tensor(result)[0]


def main():
    image = np.random.default_rng(2).standard_normal((4, 8, 8, 2), np.float32)
    model = network()
    # TFLite's softmax is a table of integers; the host computes it in floating point.
    model.layers[-1].activation = keras.activations.linear
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([one[None]] for one in image)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    content = converter.convert()
    output = np.array(list(results(tf.lite.Interpreter(model_content=content), image)))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cnn.tflite"
        path.write_bytes(content)
        arguments = ["--tflite", str(path), "--opset", "13", "--output", str(HERE / "tflite_cnn.onnx")]
        subprocess.run([sys.executable, "-m", "tf2onnx.convert", *arguments], check=True)
    converted = onnx.load(HERE / "tflite_cnn.onnx")
    converted.graph.doc_string = ""  # the path of the temporary folder
    onnx.save(converted, HERE / "tflite_cnn.onnx")
    np.savez(HERE / "tflite_cnn.npz", input=image, output=output)


if __name__ == "__main__":
    main()
