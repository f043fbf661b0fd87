# SPDX-License-Identifier: MIT OR Apache-2.0
"""Trains the float network of the digits example; writes it as ONNX, with the data that `rowsmith quantize` needs.

    python train.py              trains on the 1437 training images, writes everything into this folder
    python train.py --validate   trains on 80 % of the training images, reports the other 20 %, writes nothing
"""

import argparse
import hashlib
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import onnx
import optax
from onnx import helper, numpy_helper
from sklearn.datasets import load_digits

HERE = Path(__file__).resolve().parent

SEED = 1
BATCH = 64
EPOCHS, RATE = 120, 2e-3
UNCHANGED = 0.3  # part of the images that augmentation leaves alone in a batch
TEST_IMAGES = 360
CALIBRATION_IMAGES = 256
COPIES = 7  # augmented copies of every training image in train.npz
OPSET, IR_VERSION = 13, 7

INPUT_SCALE = 1 / 16  # pixel 16 is white; integer inputs are min(pixel, 15)
CONVS = {"conv1": (1, 16, 1), "conv2": (16, 32, 1), "conv3": (32, 32, 2)}  # channels in, out, stride
CLASSES = 10


# ---------------------------------------------------------------- data


def split(labels, indices, count):
    """Stratified split without a random generator: (rest, picked), with `count` picked.

    A class gives its proportional share of `count`, rounded by largest remainder (ties to the smaller class);
    within a class, samples are ordered by SHA-256 of their decimal index in the dataset and the first ones picked.
    """
    groups = [sorted(indices[labels[indices] == c], key=digest) for c in range(CLASSES)]
    shares = [len(group) * count for group in groups]
    quota = [share // len(indices) for share in shares]
    by_remainder = sorted(range(CLASSES), key=lambda c: (-(shares[c] % len(indices)), c))
    for c in by_remainder[: count - sum(quota)]:
        quota[c] += 1
    picked = np.sort(np.concatenate([group[:n] for group, n in zip(groups, quota)]))
    return np.setdiff1d(indices, picked), picked


def digest(index):
    return hashlib.sha256(str(index).encode()).digest()


def load():
    """Integer images [n, 8, 8, 1] 0..15 and labels."""
    data = load_digits()
    images = np.minimum(data.images, 15).astype(np.float32)[..., None]
    return images, data.target.astype(np.int32)


def move(images, rng):
    """Shifts by up to one pixel and turns, scales and shears a little; bilinear, rounded to integers."""
    n = len(images)
    angle, shear = rng.uniform(-0.2, 0.2, n), rng.uniform(-0.15, 0.15, n)
    zoom_y, zoom_x = rng.uniform(0.88, 1.14, n), rng.uniform(0.88, 1.14, n)
    shift_y, shift_x = rng.uniform(-1, 1, n), rng.uniform(-1, 1, n)
    grid_y, grid_x = np.mgrid[0:8, 0:8].reshape(2, 1, 64) - 3.5
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    y = (cos * grid_y - sin * grid_x) * zoom_y[:, None] + shift_y[:, None] + 3.5
    x = (sin * grid_y + (cos + shear[:, None]) * grid_x) * zoom_x[:, None] + shift_x[:, None] + 3.5
    y0, x0 = np.floor(y).astype(int), np.floor(x).astype(int)
    padded = np.pad(images[..., 0], ((0, 0), (4, 5), (4, 5)))
    which = np.arange(n)[:, None]
    moved = np.zeros((n, 64))
    for dy in (0, 1):
        for dx in (0, 1):
            part = np.abs(1 - dy - (y - y0)) * np.abs(1 - dx - (x - x0))
            moved += part * padded[which, np.clip(y0 + dy + 4, 0, 16), np.clip(x0 + dx + 4, 0, 16)]
    return np.floor(moved + 0.5).clip(0, 15).astype(np.float32).reshape(n, 8, 8, 1)


def augment(images, rng):
    """Moves most of the images."""
    moved = move(images, rng)
    return np.where(rng.random((len(images), 1, 1, 1)) < UNCHANGED, images, moved)


# ---------------------------------------------------------------- network


def initial_parameters(rng):
    """He initialisation; weights are [rows, columns] with columns in the order channel, row, column."""
    params = {}
    for name, (channels, rows, _) in CONVS.items():
        params[name] = dense_parameters(rng, rows, channels * 9, 2.0)
    params["logits"] = dense_parameters(rng, CLASSES, 128, 1.0)
    return params


def dense_parameters(rng, rows, columns, gain):
    weight = rng.normal(0, np.sqrt(gain / columns), (rows, columns)).astype(np.float32)
    return {"weight": jnp.asarray(weight), "bias": jnp.zeros(rows, jnp.float32)}


def patches(x, stride):
    """3x3 windows, padding 1: [n, h, w, channels] to [n, h', w', channels * 9]."""
    n, height, width, channels = x.shape
    x = jnp.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    parts = [x[:, i : i + height : stride, j : j + width : stride] for i in range(3) for j in range(3)]
    return jnp.stack(parts, -1).reshape(n, height // stride, width // stride, channels * 9)


def network(params, x):
    """Logits of integer images."""
    x = x * INPUT_SCALE
    for name, (_, _, stride) in CONVS.items():
        x = jax.nn.relu(patches(x, stride) @ params[name]["weight"].T + params[name]["bias"])
    n = len(x)
    x = x.reshape(n, 2, 2, 2, 2, 32).max(axis=(2, 4))
    x = x.transpose(0, 3, 1, 2).reshape(n, 128)
    return x @ params["logits"]["weight"].T + params["logits"]["bias"]


# ---------------------------------------------------------------- training


def cross_entropy(logits, labels):
    return optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean()


def batches(images, labels, rng):
    """Shuffled, augmented batches of all epochs; a rest smaller than a batch is left out."""
    for _ in range(EPOCHS):
        order = rng.permutation(len(images))
        moved = augment(images[order], rng)
        for i in range(0, len(order) - BATCH + 1, BATCH):
            yield moved[i : i + BATCH], labels[order[i : i + BATCH]]


def train(images, labels):
    rng = np.random.default_rng(SEED)
    params = initial_parameters(rng)
    steps = EPOCHS * (len(images) // BATCH)
    adam = optax.adamw(optax.cosine_decay_schedule(RATE, steps), weight_decay=1e-4)
    state = adam.init(params)

    @jax.jit
    def step(params, state, x, t):
        gradient = jax.grad(lambda p: cross_entropy(network(p, x), t))(params)
        updates, state = adam.update(gradient, state, params)
        return optax.apply_updates(params, updates), state

    for x, t in batches(images, labels, rng):
        params, state = step(params, state, x, t)
    return params


# ---------------------------------------------------------------- export


def model(params):
    """The network as ONNX: from images [N, 1, 8, 8] of 0..15 to probabilities; conv1's weights hold the input scale."""
    nodes, tensors, source = [], [], "image"

    def weights(name, shape, scale=1.0):
        values = {"weight": np.asarray(params[name]["weight"]).reshape(shape) * np.float32(scale)}
        values["bias"] = np.asarray(params[name]["bias"])
        tensors.extend(numpy_helper.from_array(array, f"{name}.{key}") for key, array in values.items())
        return [f"{name}.{key}" for key in values]

    def node(op, name, inputs, **attributes):
        nodes.append(helper.make_node(op, inputs, [name], name, **attributes))
        return name

    for name, (channels, rows, stride) in CONVS.items():
        constants = weights(name, (rows, channels, 3, 3), INPUT_SCALE if source == "image" else 1.0)
        window = {"kernel_shape": [3, 3], "strides": [stride] * 2, "pads": [1] * 4}
        conv = node("Conv", name, [source, *constants], **window)
        source = node("Relu", f"{name}_relu", [conv])
    pool = node("MaxPool", "pool", [source], kernel_shape=[2, 2], strides=[2, 2])
    flat = node("Flatten", "flat", [pool])
    logits = node("Gemm", "logits", [flat, *weights("logits", (CLASSES, 128))], transB=1)
    output = node("Softmax", "probabilities", [logits])

    real = onnx.TensorProto.FLOAT
    inputs = [helper.make_tensor_value_info("image", real, ["N", 1, 8, 8])]
    outputs = [helper.make_tensor_value_info(output, real, ["N", CLASSES])]
    graph = helper.make_graph(nodes, "digits", inputs, outputs, tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)


def integers(images):
    """[n, 8, 8, 1] to uint8 [n, 1, 8, 8]."""
    return np.ascontiguousarray(images.transpose(0, 3, 1, 2)).astype(np.uint8)


def write_data(x, t, x_out, t_out):
    """Samples for calibration, fine-tuning and the final test."""
    rng = np.random.default_rng(SEED + 1)
    many = np.concatenate([x, *(move(x, rng) for _ in range(COPIES))])
    labels = np.tile(t, COPIES + 1).astype(np.uint8)
    spread = x[np.arange(CALIBRATION_IMAGES) * len(x) // CALIBRATION_IMAGES]
    np.savez_compressed(HERE / "train.npz", image=integers(many), label=labels)
    np.savez_compressed(HERE / "calib.npz", image=integers(spread))
    np.savez_compressed(HERE / "test.npz", image=integers(x_out), label=t_out.astype(np.uint8))
    np.save(HERE / "test_images.npy", integers(x_out))
    np.save(HERE / "test_labels.npy", t_out.astype(np.uint8))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--validate", action="store_true", help="hold out a part of the training images, write nothing")
    arguments = parser.parse_args()

    images, labels = load()
    chosen, held_out = split(labels, np.arange(len(labels)), TEST_IMAGES)
    if arguments.validate:
        chosen, held_out = split(labels, chosen, len(chosen) // 5)
    x, t, x_out, t_out = images[chosen], labels[chosen], images[held_out], labels[held_out]
    params = train(x, t)
    right = int(np.sum(np.argmax(np.asarray(network(params, x_out)), axis=1) == t_out))
    print(f"{right} of {len(t_out)} held-out images are right: {100 * right / len(t_out):.2f} %")
    if not arguments.validate:
        onnx.save(model(params), HERE / "digits.onnx")
        write_data(x, t, x_out, t_out)


if __name__ == "__main__":
    main()
