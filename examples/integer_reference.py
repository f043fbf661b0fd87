# SPDX-License-Identifier: MIT OR Apache-2.0
"""Integer-only reference of a Rowsmith manifest, in numpy.

Reads `model.toml` and its safetensors file and computes every tensor with int64 arithmetic, or with Python's integers where
a product takes more bits; no float occurs. Accumulators have at most 63 bits.
It shares no code with the Rust golden model, so that the two can be checked against each other.

Tensors of a layer with weights: `<layer>.weight` (integer levels, [rows, channels / groups, kernel height,
kernel width] or [rows, columns]), `<layer>.mul`, `<layer>.add`, `<layer>.shift` ([rows] each); with a leaky
rectifier behind the rows also `<layer>.negative_below`, `.negative_mul`, `.negative_add`, `.negative_shift`.
"""

import re
import tomllib
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file


def magnitudes(scheme):
    """Magnitudes of a scheme on its integer grid, ascending, from its text, e.g. `sp2(4;2,1)`."""
    match = re.fullmatch(r"(fixed|pot|sp2|ausn)\((\d+)(?:;(\d+)(?:,(\d+))?)?\)", scheme.replace(" ", ""))
    if not match:
        raise ValueError(f"`{scheme}` is not a scheme")
    family, bits = match[1], int(match[2])
    if family == "fixed":
        return list(range(2 ** (bits - 1)))
    if family == "pot":
        return [0] + [2**e for e in range(2 ** (bits - 1) - 1)]
    if family == "sp2":
        m1 = int(match[3]) if match[3] else bits // 2
        m2 = int(match[4]) if match[4] else (bits - 1) // 2

        def term(m):
            return [0] + [2 ** (2**m1 - 1 - k) for k in range(1, 2**m)]

        return sorted({p + q for p in term(m1) for q in term(m2)})
    sup = int(match[3])
    mains = range(2 ** (bits - 1 - sup))
    grid = {(2**sup + s) << e for e in mains for s in range(2**sup)}
    return sorted((grid - {2**sup}) | {0})


def expand_rows(rows, schemes):
    """`s*3 f` with the aliases' table becomes a list with one scheme text per row."""
    expanded = []
    for word in rows.split():
        alias, _, count = word.partition("*")
        expanded += [schemes[alias]] * (int(count) if count else 1)
    return expanded


def limits(output):
    """Clamp limits of an output type; by default all of it, without the odd most negative value."""
    bits, signed = output["bits"], output.get("signed", False)
    high = 2 ** (bits - 1) - 1 if signed else 2**bits - 1
    low, high = output.get("clamp", [-high if signed else 0, high])
    return low, high


def requant(values, mul, add, shift, rounding="floor", common=0):
    """(values * mul + add) >>> shift, with the rounding of the layer, which a common shift behind it has to itself."""
    reach = max(int(np.max(values)), -int(np.min(values))) * int(np.max(mul))
    reach += max(int(np.max(add)), -int(np.min(add)))
    if reach >= 2**63 or max(int(np.max(shift)), common) >= 63:
        values, mul, add, shift = (np.asarray(number).astype(object) for number in (values, mul, add, shift))
    total = values * mul + add
    return shifted(total >> shift, common, rounding) if common else shifted(total, shift, rounding)


def last(layer):
    """Rounding and common shift of a layer, as `requant` takes them."""
    return {"rounding": layer.get("rounding", "floor"), "common": layer.get("shift", 0)}


def shifted(total, shift, rounding):
    """total >>> shift; the shift of integers is arithmetic, so it rounds down.

    Half to even: the total holds half a unit, and where nothing else is discarded, an odd result is one too many; half to odd: an
    even one.
    """
    result = total >> shift
    if rounding == "floor":
        return result
    tie = np.logical_and(shift > 0, total & ((1 << shift) - 1) == 0)
    return result - np.logical_and(tie, result & 1 == (1 if rounding == "half_even" else 0)).astype(np.int64)


def windows(x, kernel, stride, padding, fill):
    """[n, channels, height, width] to [n, channels, out height, out width, kernel height, kernel width]."""
    top, left, bottom, right = padding
    x = np.pad(x, ((0, 0), (0, 0), (top, bottom), (left, right)), constant_values=fill)
    view = np.lib.stride_tricks.sliding_window_view(x, tuple(kernel), axis=(2, 3))
    return view[:, :, :: stride[0], :: stride[1]]


class IntegerModel:
    """A manifest and its weights, checked against the schemes while loading."""

    def __init__(self, path):
        path = Path(path)
        self.manifest = tomllib.loads(path.read_text())
        if self.manifest["format"] != 1:
            raise ValueError(f"{path}: format {self.manifest['format']} is unknown")
        tensors = load_file(path.parent / self.manifest["weights"])
        self.tensors = {name: values.astype(np.int64) for name, values in tensors.items()}
        for layer in self.manifest["layer"]:
            if "rows" in layer:
                self._check_rows(layer)

    def _check_rows(self, layer):
        name = layer["name"]
        weight = self.tensors[f"{name}.weight"]
        schemes = expand_rows(layer["rows"], self.manifest["schemes"])
        if len(schemes) != len(weight):
            raise ValueError(f"{name}: {len(schemes)} schemes for {len(weight)} rows")
        for row, scheme in enumerate(schemes):
            stray = np.setdiff1d(np.abs(weight[row]), magnitudes(scheme))
            if stray.size:
                raise ValueError(f"{name} row {row}: level {stray[0]} is not on {scheme}")
        for constant in ("mul", "add", "shift"):
            if self.tensors[f"{name}.{constant}"].shape != (len(weight),):
                raise ValueError(f"{name}.{constant}: one value per row is expected")

    def run(self, images):
        """All tensors for images [n, channels, height, width], by name; vectors are [n, channels, 1, 1]."""
        source = self.manifest["input"]
        x = np.asarray(images).astype(np.int64)
        low, high = limits(source)
        if x.shape[1:] != tuple(source["shape"]) or x.min() < low or x.max() > high:
            raise ValueError(f"input: shape {source['shape']} with values {low}..{high} is expected")
        results = {source["name"]: x}
        zero_points = {source["name"]: source.get("zero_point", 0)}
        for layer in self.manifest["layer"]:
            names = layer["inputs"] if "inputs" in layer else [layer["input"]]
            layer = layer | {"zero": zero_points[names[0]]}
            y = OPERATORS[layer["op"]](self, layer, *(results[name] for name in names))
            zero = layer["zero"]
            if "output" in layer:
                low, high = limits(layer["output"])
                zero = layer["output"].get("zero_point", 0)
                y = np.clip(y, low, high).astype(np.int64)
            if layer["op"] == "relu":
                y = np.maximum(y, zero)
            results[layer["name"]], zero_points[layer["name"]] = y, zero
        return results

    def outputs(self, images):
        """The output tensor as [n, elements]."""
        y = self.run(images)[self.manifest["output"]["tensor"]]
        return y.reshape(len(y), -1)

    def _rows(self, layer, acc):
        """Requantizes accumulators [n, rows, height, width] row by row."""
        names = ("mul", "add", "shift")
        result = requant(acc, *(self._row_constant(layer, name) for name in names), **last(layer))
        if f"{layer['name']}.negative_below" not in self.tensors:
            return result
        other = requant(acc, *(self._row_constant(layer, f"negative_{name}") for name in names), **last(layer))
        return np.where(acc < self._row_constant(layer, "negative_below"), other, result)

    def _row_constant(self, layer, name):
        return self.tensors[f"{layer['name']}.{name}"][:, None, None]

    def _conv2d(self, layer, x):
        weight = self.tensors[f"{layer['name']}.weight"]
        stride, padding = layer.get("stride", [1, 1]), layer.get("padding", [0, 0, 0, 0])
        patches = windows(x, layer["kernel"], stride, padding, layer["zero"])
        groups = layer.get("groups", 1)
        parts = zip(np.split(patches, groups, axis=1), np.split(weight, groups), strict=True)
        acc = [np.einsum("nchwij,rcij->nrhw", patch, rows) for patch, rows in parts]
        return self._rows(layer, np.concatenate(acc, axis=1))

    def _dense(self, layer, x):
        acc = x.reshape(len(x), -1) @ self.tensors[f"{layer['name']}.weight"].T
        return self._rows(layer, acc[:, :, None, None])

    def _max_pool(self, layer, x):
        kernel, padding = layer["kernel"], layer.get("padding", [0, 0, 0, 0])
        lowest = np.iinfo(np.int64).min
        return windows(x, kernel, layer.get("stride", kernel), padding, lowest).max(axis=(4, 5))

    def _avg_pool(self, layer, x):
        kernel, padding = layer["kernel"], layer.get("padding", [0, 0, 0, 0])
        stride, constants = layer.get("stride", kernel), layer["requant"]
        if isinstance(constants, dict):
            total = windows(x, kernel, stride, padding, layer["zero"]).sum(axis=(4, 5))
            return requant(total, **constants, **last(layer))
        total = windows(x, kernel, stride, padding, 0).sum(axis=(4, 5))
        pixels = windows(np.ones_like(x), kernel, stride, padding, 0).sum(axis=(4, 5))
        mul, add, shift = (np.array([c[name] for c in constants])[pixels - 1] for name in ("mul", "add", "shift"))
        return requant(total, mul, add, shift, **last(layer))

    def _global_avg_pool(self, layer, x):
        return requant(x.sum(axis=(2, 3), keepdims=True), **layer["requant"], **last(layer))

    def _add(self, layer, a, b):
        first, second = layer.get("requant", [{"mul": 1, "add": 0, "shift": 0}] * 2)
        total = requant(a, **first) + requant(b, **second)
        return shifted(total, layer.get("shift", 0), layer.get("rounding", "floor"))

    def _concat(self, layer, *operands):
        constants = layer.get("requant", [{"mul": 1, "add": 0, "shift": 0}] * len(operands))
        scaled = (requant(x, **c, **last(layer)) for x, c in zip(operands, constants, strict=True))
        return np.concatenate(list(scaled), axis=1)

    def _leaky_relu(self, layer, x):
        positive, negative = layer["requant"]
        scaled = (requant(x, **constants, **last(layer)) for constants in (positive, negative))
        return np.where(x >= layer["zero"], *scaled)

    def _upsample(self, layer, x):
        down, across = layer["factor"]
        return x.repeat(down, axis=2).repeat(across, axis=3)

    def _clamp(self, layer, x):
        return x

    def _flatten(self, layer, x):
        return x.reshape(len(x), -1, 1, 1)


OPERATORS = {
    "conv2d": IntegerModel._conv2d,
    "dense": IntegerModel._dense,
    "max_pool": IntegerModel._max_pool,
    "avg_pool": IntegerModel._avg_pool,
    "global_avg_pool": IntegerModel._global_avg_pool,
    "add": IntegerModel._add,
    "concat": IntegerModel._concat,
    "leaky_relu": IntegerModel._leaky_relu,
    "upsample": IntegerModel._upsample,
    "clamp": IntegerModel._clamp,
    "relu": IntegerModel._clamp,
    "flatten": IntegerModel._flatten,
}
