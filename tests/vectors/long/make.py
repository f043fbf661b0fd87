# SPDX-License-Identifier: MIT OR Apache-2.0
"""Makes a small network whose products and sums take up to 113 bits, its inputs and what Python's integers make of them.

    python make.py
"""

import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "examples"))

import integer_reference  # noqa: E402
import manifest_writer  # noqa: E402

SCHEMES = {"f": "fixed(16)", "a": "ausn(6;2)"}
EVEN = {"rounding": "half_even"}


def signed(bits, **keys):
    high = 2 ** (bits - 1)
    return {"bits": bits, "signed": True, "clamp": [-high, high - 1], **keys}


def constants(mul, add, shift):
    return {"mul": mul, "add": add, "shift": shift}


def weights(rng, name, shape, mul, add, shift, leaky=False):
    """Rows of both schemes with random constants up to the ones given."""
    aliases = list(rng.choice(list(SCHEMES), shape[0]))
    grids = [integer_reference.magnitudes(SCHEMES[alias]) for alias in aliases]
    weight = np.stack([rng.choice(grid, shape[1:]) * rng.choice([-1, 1], shape[1:]) for grid in grids])
    rows = shape[0]

    def set_of_constants():
        return rng.integers(mul // 2, mul, rows), rng.integers(-add, add, rows), rng.integers(shift - 3, shift, rows)

    negative = (rng.integers(-(2**40), 2**40, rows), *set_of_constants()) if leaky else None
    tensors = manifest_writer.weight_tensors(name, weight, *set_of_constants(), negative)
    return manifest_writer.compact_rows(aliases), tensors


def main():
    rng = np.random.default_rng(63)
    first_rows, first = weights(rng, "first", (6, 8), 2**63 - 1, 2**63 - 1, 98, leaky=True)
    second_rows, second = weights(rng, "second", (6, 6), 2**50, 2**62, 22)
    bend = [constants(2**62 + 1, -(2**63), 56), constants(2**61 - 1, 2**63 - 1, 57)]
    scales = [constants(3**39, 2**60, 0), constants(5**26, -(2**62), 0)]
    layers = [
        {"name": "first", "op": "dense", "input": "values", "rows": first_rows, **EVEN, "output": signed(20)},
        {"name": "second", "op": "dense", "input": "first", "rows": second_rows, "shift": 40, **EVEN}
        | {"output": signed(24)},
        {"name": "bent", "op": "leaky_relu", "input": "second", "requant": bend, **EVEN, "output": signed(31)},
        {"name": "sum", "op": "add", "inputs": ["bent", "first"], "shift": 66, **EVEN, "requant": scales}
        | {"output": signed(32)},
    ]
    source = {"name": "values", "shape": [8, 1, 1], **signed(32)}
    path = HERE / "long.toml"
    manifest_writer.write(path, "Made by make.py.", SCHEMES, source, layers, "sum", first | second)

    images = rng.integers(-(2**31), 2**31, (40, 8, 1, 1))
    images[0], images[1] = -(2**31), 2**31 - 1
    results = integer_reference.IntegerModel(path).run(images)
    np.save(HERE / "inputs.npy", images.astype(np.int32))
    np.save(HERE / "expected.npy", results["sum"].reshape(len(images), -1).astype(np.int32))
    for name, values in results.items():
        print(f"{name:10} {str(values.shape):16} {values.min():12}..{values.max():<12} mean {values.mean():16.2f}")


if __name__ == "__main__":
    main()
