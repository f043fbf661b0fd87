# SPDX-License-Identifier: MIT OR Apache-2.0
"""Writes a Rowsmith manifest: the TOML text and the safetensors file beside it."""

from itertools import groupby
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file


def compact_rows(aliases):
    """['s', 's', 'f'] becomes `s*2 f`."""
    runs = [(alias, len(list(run))) for alias, run in groupby(aliases)]
    return " ".join(alias if count == 1 else f"{alias}*{count}" for alias, count in runs)


def toml_value(value):
    """A TOML literal; tables become inline tables."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml_value(item)}" for key, item in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(toml_value(item) for item in value) + "]"
    if isinstance(value, float):
        return f"{value:#.6g}"
    return str(int(value))


def table(header, entries):
    """One TOML table."""
    return "\n".join([header, *(f"{key} = {toml_value(value)}" for key, value in entries.items())])


def weight_tensors(name, levels, mul, add, shift, negative=None):
    """The tensors of a layer with weights, in their storage types.

    negative: `(below, mul, add, shift)` of every row, for a leaky rectifier behind the rows: the second constants
    hold for accumulators less than `below`.
    """
    levels = np.asarray(levels)
    narrow = np.int8 if np.abs(levels).max() <= 127 else np.int16
    tensors = {f"{name}.weight": np.ascontiguousarray(levels, dtype=narrow)}
    tensors |= _constants(name, mul, add, shift)
    if negative is not None:
        below, *constants = negative
        tensors[f"{name}.negative_below"] = np.asarray(below, dtype=np.int64)
        tensors |= _constants(f"{name}.negative", *constants, mark="_")
    return tensors


def _constants(name, mul, add, shift, mark="."):
    return {
        f"{name}{mark}mul": np.asarray(mul, dtype=np.int32 if np.max(mul) < 2**31 else np.int64),
        f"{name}{mark}add": np.asarray(add, dtype=np.int64),
        f"{name}{mark}shift": np.asarray(shift, dtype=np.uint8),
    }


def write(path, comment, schemes, source, layers, output, tensors):
    """Writes `path` (TOML) and the safetensors file of the same stem.

    schemes: alias to scheme; source: the input table; layers: one dict per layer, in order;
    output: name of the output tensor; tensors: all of the layers' tensors.
    """
    path = Path(path)
    weights = path.with_suffix(".safetensors")
    head = {"format": 1, "name": path.stem, "weights": weights.name}
    tables = [
        table(f"# {comment}", head),
        table("[schemes]", schemes),
        table("[input]", source),
        *(table("[[layer]]", layer) for layer in layers),
        table("[output]", {"tensor": output}),
    ]
    path.write_text("\n\n".join(tables) + "\n")
    save_file(tensors, weights)
    weights.chmod(0o644)
