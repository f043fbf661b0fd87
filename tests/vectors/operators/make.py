# SPDX-License-Identifier: MIT OR Apache-2.0
"""Makes a small network of the operators that no example has, its inputs and what the numpy model computes.

    python make.py
"""

import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "examples"))

import integer_reference  # noqa: E402
import manifest_writer  # noqa: E402

SCHEMES = {"s": "sp2(4;2,1)", "f": "fixed(4)", "p": "pot(4)"}
S8 = {"bits": 8, "signed": True, "clamp": [-127, 127]}
S6 = {"bits": 6, "signed": True, "clamp": [-32, 31], "offset": 0.5}
U7 = {"bits": 7, "signed": False, "clamp": [0, 127]}


def constants(mul, add, shift):
    return {"mul": mul, "add": add, "shift": shift}


def conv(rng, name, source, rows, groups, channels, kernel, shift):
    """A layer and its tensors; `channels` are those of one group."""
    aliases = list(rng.choice(list(SCHEMES), rows))
    shape = (rows, channels, *kernel)
    grids = [integer_reference.magnitudes(SCHEMES[alias]) for alias in aliases]
    weight = np.stack([rng.choice(grid, shape[1:]) * rng.choice([-1, 1], shape[1:]) for grid in grids])
    mul, add = rng.integers(20, 60, rows), rng.integers(0, 4 << shift, rows)
    layer = {"name": name, "op": "conv2d", "input": source, "rows": manifest_writer.compact_rows(aliases)}
    layer |= {"groups": groups, "kernel": list(kernel), "padding": [1, 1, 1, 1], "output": S8}
    return layer, manifest_writer.weight_tensors(name, weight, mul, add, np.full(rows, shift))


def main():
    rng = np.random.default_rng(5)
    depthwise, first = conv(rng, "depthwise", "image", 6, 6, 1, (3, 3), 9)
    grouped, second = conv(rng, "grouped", "leaky", 6, 3, 2, (2, 3), 10)
    slope = [constants(1, 0, 0), constants(13, 64, 7)]
    scaled = [constants(3, 2, 2), constants(1, 0, 0), constants(2, 1, 1)]
    layers = [
        depthwise,
        {"name": "leaky", "op": "leaky_relu", "input": "depthwise", "requant": slope, "output": S6},
        grouped,
        {"name": "cut", "op": "max_pool", "input": "grouped", "kernel": [2, 1], "stride": [1, 1]},
        {"name": "half", "op": "max_pool", "input": "leaky", "kernel": [2, 2]},
        {"name": "twice", "op": "upsample", "input": "half", "factor": [2, 2]},
        {"name": "joined", "op": "concat", "inputs": ["twice", "image", "leaky"], "requant": scaled, "output": U7},
        {"name": "mixed", "op": "concat", "inputs": ["joined", "cut"], "output": S8},
        {"name": "result", "op": "upsample", "input": "mixed", "factor": [1, 3]},
    ]
    source = {"name": "image", "shape": [6, 4, 4], **S8}
    path = HERE / "operators.toml"
    manifest_writer.write(path, "Made by make.py.", SCHEMES, source, layers, "result", first | second)

    images = rng.integers(-127, 128, (3, 6, 4, 4))
    results = integer_reference.IntegerModel(path).run(images)
    np.save(HERE / "inputs.npy", images.astype(np.int8))
    np.save(HERE / "expected.npy", results["result"].reshape(len(images), -1).astype(np.int8))
    for name, values in results.items():
        print(f"{name:10} {str(values.shape):16} {values.min():5}..{values.max():<4} mean {values.mean():6.2f}")


if __name__ == "__main__":
    main()
