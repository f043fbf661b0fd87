# SPDX-License-Identifier: MIT OR Apache-2.0
"""Computes `expected/*.npy` anew: the held-out images' logits for every manifest in this folder, in numpy integers."""

import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from integer_reference import IntegerModel  # noqa: E402

images, labels = np.load(HERE / "test_images.npy"), np.load(HERE / "test_labels.npy")
for path in sorted(HERE.glob("*.toml")):
    logits = IntegerModel(path).outputs(images)
    narrow = logits.astype(np.int8)
    if not np.array_equal(narrow, logits):
        raise SystemExit(f"{path.name}: the output has more than 8 bits")
    np.save(HERE / "expected" / f"{path.stem}.npy", narrow)
    print(f"{path.name}: {np.mean(logits.argmax(axis=1) == labels):.2%} of {len(labels)}")
