# SPDX-License-Identifier: MIT OR Apache-2.0
"""Makes a small network of ResNet-8's shape with seeded weights (not trained), its inputs and expected outputs.

    python make.py

Row constants are chosen from one forward pass over random images so that activations are well spread.
"""

import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import integer_reference  # noqa: E402
import manifest_writer  # noqa: E402

NAME = "resnet8_shape"
SEED = 8
SCHEMES = {"s": "sp2(4;2,1)", "f": "fixed(4)"}
ACTIVATION = {"bits": 4, "signed": False, "clamp": [0, 15]}
ADDEND = {"bits": 6, "signed": True, "clamp": [-31, 31]}
LOGITS = {"bits": 8, "signed": True, "clamp": [-127, 127]}
IDENTITY = {"mul": 1, "add": 0, "shift": 0}
THREE_QUARTERS = {"mul": 3, "add": 2, "shift": 2}  # rounded half up

# Wanted mean and standard deviation of a row's result before the clamp, over pixels and images.
SPREAD = {"activation": (4.0, 5.0), "addend": (2.0, 7.0), "logits": (0.0, 40.0)}


def images(rng, count):
    """Integer images [count, 3, 16, 16] of 0..15 in turn: noise, waves, sparse dots, blocks of extremes."""
    y, x = np.mgrid[0:16, 0:16]
    result = np.zeros((count, 3, 16, 16), np.uint8)
    for n in range(count):
        for c in range(3):
            match n % 4:
                case 0:
                    result[n, c] = rng.integers(0, 16, (16, 16))
                case 1:
                    fy, fx, phase = rng.uniform(0.1, 0.9), rng.uniform(0.1, 0.9), rng.uniform(0, 6)
                    result[n, c] = np.rint(7.5 + 7.5 * np.sin(fy * y + fx * x + phase))
                case 2:
                    result[n, c] = rng.integers(1, 16, (16, 16)) * (rng.random((16, 16)) < 0.15)
                case 3:
                    result[n, c] = 15 * np.kron(rng.integers(0, 2, (4, 4)), np.ones((4, 4), int))
    return result


class Builder:
    """Collects layers; each layer with weights is scaled by what the layers before it give on `calibration`."""

    def __init__(self, rng, calibration):
        self.rng = rng
        self.layers = []
        self.tensors = {}
        self.results = {"image": calibration.astype(np.int64)}

    def rows(self, count):
        """A shuffled order of 75 % sp2 and 25 % fixed rows."""
        aliases = ["s"] * round(0.75 * count)
        return list(self.rng.permutation(aliases + ["f"] * (count - len(aliases))))

    def conv(self, name, source, rows, kernel, stride, padding, kind):
        x = self.results[source]
        weight = self._levels(rows, (x.shape[1], kernel, kernel))
        patches = integer_reference.windows(x, [kernel] * 2, [stride] * 2, padding, 0)
        acc = np.einsum("nchwij,rcij->nrhw", patches, weight)
        window = {"kernel": [kernel] * 2, "stride": [stride] * 2, "padding": padding}
        self._finish({"name": name, "op": "conv2d", "input": source}, rows, window, weight, acc, kind)

    def dense(self, name, source, rows):
        x = self.results[source].reshape(len(self.results[source]), -1)
        weight = self._levels(rows, (x.shape[1],))
        acc = (x @ weight.T)[:, :, None, None]
        self._finish({"name": name, "op": "dense", "input": source}, rows, {}, weight, acc, "logits")

    def add(self, name, operands, requants):
        first, second = (integer_reference.requant(self.results[o], **r) for o, r in zip(operands, requants))
        self.results[name] = np.clip(first + second, 0, 15)
        entry = {"name": name, "op": "add", "inputs": operands, "requant": requants, "output": ACTIVATION}
        self.layers.append(entry)

    def global_average(self, name, source):
        x = self.results[source]
        requant = {"mul": 1, "add": x[0, 0].size // 2, "shift": x[0, 0].size.bit_length() - 1}
        self.results[name] = integer_reference.requant(x.sum(axis=(2, 3), keepdims=True), **requant)
        entry = {"name": name, "op": "global_avg_pool", "input": source, "requant": requant, "output": ACTIVATION}
        self.layers.append(entry)

    def flatten(self, name, source):
        self.results[name] = self.results[source]
        self.layers.append({"name": name, "op": "flatten", "input": source})

    def _levels(self, rows, shape):
        """Normally distributed weights, nearest level of each row's scheme; the full range is 2.5 deviations."""
        weight = np.zeros((len(rows), *shape), np.int64)
        for row, alias in enumerate(rows):
            grid = np.array(integer_reference.magnitudes(SCHEMES[alias]))
            values = self.rng.normal(size=shape) * grid[-1] / 2.5
            nearest = np.abs(np.abs(values)[..., None] - grid).argmin(-1)
            weight[row] = np.sign(values) * grid[nearest]
        return weight

    def _finish(self, entry, rows, window, weight, acc, kind):
        output = {"activation": ACTIVATION, "addend": ADDEND, "logits": LOGITS}[kind]
        mul, add, shift = self._constants(acc, *SPREAD[kind])
        y = integer_reference.requant(acc, *(c[:, None, None] for c in (mul, add, shift)))
        self.results[entry["name"]] = np.clip(y, *integer_reference.limits(output))
        self.tensors |= manifest_writer.weight_tensors(entry["name"], weight, mul, add, shift)
        self.layers.append(entry | {"rows": manifest_writer.compact_rows(rows)} | window | {"output": output})

    def _constants(self, acc, mean, deviation):
        """Mantissas 8..15, shifts and constants that bring every row near the wanted mean and deviation."""
        factor = deviation / np.maximum(acc.std(axis=(0, 2, 3)), 1.0)
        shift = np.clip(np.floor(np.log2(15.5 / factor)), 0, 24).astype(np.int64)
        mul = np.clip(np.rint(factor * 2.0**shift), 8, 15).astype(np.int64)
        wanted = mean * self.rng.uniform(0.5, 1.5, len(mul)) * 2.0**shift
        add = np.rint(wanted - acc.mean(axis=(0, 2, 3)) * mul).astype(np.int64) + (1 << shift >> 1)
        return mul, add, shift


def build(rng):
    """Layers whose results meet in an add have the same scheme in the same row."""
    b = Builder(rng, images(rng, 32))
    same, uneven = [1, 1, 1, 1], [0, 0, 1, 1]
    tied = b.rows(16)
    b.conv("conv1", "image", tied, 3, 1, same, "activation")
    b.conv("stack1_conv1", "conv1", b.rows(16), 3, 1, same, "activation")
    b.conv("stack1_conv2", "stack1_conv1", tied, 3, 1, same, "addend")
    b.add("stack1", ["stack1_conv2", "conv1"], [IDENTITY, IDENTITY])
    stacks = [("stack2", "stack1", 32, THREE_QUARTERS), ("stack3", "stack2", 64, IDENTITY)]
    for stack, source, channels, shortcut in stacks:
        tied = b.rows(channels)
        b.conv(f"{stack}_conv1", source, b.rows(channels), 3, 2, uneven, "activation")
        b.conv(f"{stack}_conv2", f"{stack}_conv1", tied, 3, 1, same, "addend")
        b.conv(f"{stack}_shortcut", source, tied, 1, 2, [0, 0, 0, 0], "addend")
        b.add(stack, [f"{stack}_conv2", f"{stack}_shortcut"], [IDENTITY, shortcut])
    b.global_average("pool", "stack3")
    b.flatten("flat", "pool")
    b.dense("logits", "flat", b.rows(10))
    return b


def main():
    rng = np.random.default_rng(SEED)
    network = build(rng)
    source = {"name": "image", "shape": [3, 16, 16], "bits": 4, "signed": False}
    comment = "ResNet-8's shape with seeded weights. Made by make.py."
    path = HERE / f"{NAME}.toml"
    manifest_writer.write(path, comment, SCHEMES, source, network.layers, "logits", network.tensors)

    inputs = images(rng, 4)
    results = integer_reference.IntegerModel(path).run(inputs)
    np.save(HERE / "inputs.npy", inputs)
    np.save(HERE / "expected.npy", results["logits"].reshape(len(inputs), -1).astype(np.int8))
    for name, values in results.items():
        low, high = values.min(), values.max()
        ends = [np.mean(values == end) for end in (low, high)]
        print(f"{name:16} {low:5}..{high:<4} mean {values.mean():6.2f}, {ends[0]:.0%} lowest, {ends[1]:.0%} highest")


if __name__ == "__main__":
    main()
