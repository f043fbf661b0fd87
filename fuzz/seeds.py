"""Fills the corpora with the files of the repository: models, manifests with their weights, samples.

Usage: fuzz/seeds.py
"""

import json
import struct
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIMIT = 65536
# Weights of two rows of three levels: what every case of tests/errors starts from.
TENSORS = {
    "fc.weight": ("I8", [2, 3], struct.pack("<6b", 1, -5, 8, 3, -7, 0)),
    "fc.mul": ("U16", [2], struct.pack("<2H", 3, 5)),
    "fc.add": ("I64", [2], struct.pack("<2q", 16, -16)),
    "fc.shift": ("U8", [2], struct.pack("<2B", 5, 6)),
}


def safetensors(tensors):
    header, data = {}, b""
    for name, (dtype, shape, values) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(values)]}
        data += values
    text = json.dumps(header, separators=(",", ":")).encode()
    return struct.pack("<Q", len(text)) + text + data


def weights(manifest):
    """The bytes of the file that a manifest names, or those of the cases."""
    try:
        named = manifest.parent / tomllib.loads(manifest.read_text())["weights"]
        return named.read_bytes()
    except (KeyError, OSError, ValueError):
        return safetensors(TENSORS)


def fill(target, seeds):
    folder = ROOT / "fuzz/corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    kept = {name: data for name, data in seeds.items() if len(data) <= LIMIT}
    for name, data in kept.items():
        (folder / name).write_bytes(data)
    print(f"{target}: {len(kept)} seeds")


def found(*patterns):
    return [path for pattern in patterns for path in sorted(ROOT.glob(pattern))]


def name(path):
    return "-".join(path.relative_to(ROOT).parts)


def main():
    models = found("tests/onnx/*/*.onnx", "examples/*/*.onnx", "tests/fuzz/onnx/*")
    fill("onnx", {name(path): path.read_bytes() for path in models})
    manifests = found("examples/*/*.toml", "tests/errors/cases/*/model.toml")
    joined = {name(path): path.read_bytes() + b"\0" + weights(path) for path in manifests}
    stored = {name(path): path.read_bytes() for path in found("tests/fuzz/manifest/*")}
    fill("manifest", joined | stored)
    samples = found("examples/*/*.npy", "examples/*/*.npz", "tests/onnx/*/*.npz", "tests/fuzz/samples/*")
    fill("samples", {name(path): path.read_bytes() for path in samples})


main()
