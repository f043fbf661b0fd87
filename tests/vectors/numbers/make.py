# SPDX-License-Identifier: MIT OR Apache-2.0
"""Makes a small network of the numbers that no example has, its inputs and what the numpy model computes.

Rounding half to even, zero points behind padding, leaky rectifiers on the accumulators, a sum with a common shift,
averages that leave padding out, and a result of 24 bits.

    python make.py
"""

import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "examples"))

import integer_reference  # noqa: E402
import manifest_writer  # noqa: E402

SCHEMES = {"f": "fixed(8)", "p": "pot(4)"}
EVEN = {"rounding": "half_even"}


def signed(bits, **keys):
    high = 2 ** (bits - 1)
    return {"bits": bits, "signed": True, "clamp": [-high, high - 1], **keys}


def constants(mul, add, shift):
    return {"mul": mul, "add": add, "shift": shift}


def weights(rng, name, shape, shift, leaky=False):
    """Rows of both schemes; short shifts, so that many results lie between two integers."""
    aliases = list(rng.choice(list(SCHEMES), shape[0]))
    grids = [integer_reference.magnitudes(SCHEMES[alias])[:24] for alias in aliases]
    weight = np.stack([rng.choice(grid, shape[1:]) * rng.choice([-1, 1], shape[1:]) for grid in grids])
    rows = shape[0]
    shift = np.full(rows, shift)
    add = (rng.integers(-20, 20, rows) << shift) + (1 << shift - 1)
    negative = (rng.integers(-300, 300, rows), np.ones(rows), 1 << shift + 2, shift + 3) if leaky else None
    tensors = manifest_writer.weight_tensors(name, weight, rng.integers(1, 3, rows), add, shift, negative)
    return manifest_writer.compact_rows(aliases), tensors


def main():
    rng = np.random.default_rng(7)
    window = {"kernel": [3, 3], "padding": [1, 2, 1, 0]}
    first_rows, first = weights(rng, "first", (4, 3, 3, 3), 6, leaky=True)
    second_rows, second = weights(rng, "second", (4, 4, 3, 3), 7)
    last_rows, last = weights(rng, "last", (5, 4 * 6 * 3), 1)
    pool = [constants(36 // n, 16, 5) for n in range(1, 5)]
    bend = [constants(1, 0, 0), constants(1, 1, 1)]
    layers = [
        {"name": "first", "op": "conv2d", "input": "image", "rows": first_rows, **window, **EVEN}
        | {"output": signed(8, scale=0.25, zero_point=-128)},
        {"name": "second", "op": "conv2d", "input": "first", "rows": second_rows, **window, **EVEN}
        | {"output": signed(8, scale=0.5, zero_point=9)},
        {"name": "bent", "op": "leaky_relu", "input": "second", "requant": bend, **EVEN}
        | {"output": signed(12, zero_point=9)},
        {"name": "sum", "op": "add", "inputs": ["bent", "first"], "shift": 3, **EVEN}
        | {"requant": [constants(5, 4, 0), constants(3, 0, 0)], "output": signed(8, zero_point=-100)},
        {"name": "mean", "op": "avg_pool", "input": "sum", "kernel": [2, 2], "stride": [1, 2]}
        | {"padding": [1, 1, 0, 0], "requant": pool, **EVEN, "output": signed(16, zero_point=-5)},
        {"name": "padded", "op": "avg_pool", "input": "mean", "kernel": [1, 2], "stride": [1, 1]}
        | {"padding": [0, 0, 0, 1], "requant": constants(1, 1, 1), **EVEN, "output": signed(16, zero_point=-5)},
        {"name": "relu", "op": "relu", "input": "padded"},
        {"name": "vector", "op": "flatten", "input": "relu"},
        {"name": "last", "op": "dense", "input": "vector", "rows": last_rows, **EVEN, "output": signed(24)},
    ]
    source = {"name": "image", "shape": [3, 6, 5], "bits": 8, "scale": 0.1, "zero_point": 77}
    path = HERE / "numbers.toml"
    manifest_writer.write(path, "Made by make.py.", SCHEMES, source, layers, "last", first | second | last)

    images = rng.integers(0, 256, (4, 3, 6, 5))
    results = integer_reference.IntegerModel(path).run(images)
    np.save(HERE / "inputs.npy", images.astype(np.uint8))
    np.save(HERE / "expected.npy", results["last"].reshape(len(images), -1).astype(np.int32))
    for name, values in results.items():
        print(f"{name:10} {str(values.shape):16} {values.min():8}..{values.max():<8} mean {values.mean():9.2f}")


if __name__ == "__main__":
    main()
