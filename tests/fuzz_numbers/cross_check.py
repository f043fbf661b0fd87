"""Compares the executor of this folder with ONNX Runtime and, for QONNX files, with the qonnx package.

Needs onnx, onnxruntime and qonnx from PyPI, none of which the tests need. `make cross-check` runs it.
    FUZZ_OUT=build/fuzz-numbers cargo test --release --test fuzz_numbers write_cases -- --ignored
    python3 tests/fuzz_numbers/cross_check.py build/fuzz-numbers
Every result must lie between the two ends that the executor gives, which are equal where the order of operations cannot matter.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

onnxruntime.set_default_logger_severity(4)


def runtime(model):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return lambda x: session.run(None, {"x": x})[0]


def qonnx(model):
    from qonnx.core.modelwrapper import ModelWrapper
    from qonnx.core.onnx_exec import execute_onnx
    from qonnx.transformation.infer_shapes import InferShapes

    wrapped = ModelWrapper(model).transform(InferShapes())
    return lambda x: next(iter(execute_onnx(wrapped, {"x": x}).values()))


def main():
    folder = Path(sys.argv[1])
    counts = {"checked": 0, "wrong": 0, "not run": 0}
    for path in sorted(folder.glob("*.onnx"), key=lambda path: int(path.stem)):
        model = onnx.load(path)
        cases = json.loads(path.with_suffix(".json").read_text())
        is_qonnx = any(node.domain.startswith("qonnx") for node in model.graph.node)
        try:
            onnx.checker.check_model(model)
            run = (qonnx if is_qonnx else runtime)(model)
            results = [run(np.float32(s["input"]).reshape(cases["input_dims"])) for s in cases["samples"]]
        except Exception as error:  # noqa: BLE001: whatever the other executor cannot do
            counts["not run"] += 1
            print(f"{path.stem}: not run: {str(error)[:200]}")
            continue
        counts["checked"] += 1
        for sample, result in zip(cases["samples"], results):
            lo, hi = np.float32(sample["lo"]), np.float32(sample["hi"])
            values = result.ravel()
            bad = values.size != lo.size or list(result.shape) != cases["output_dims"]
            bad = bad or not np.all((lo <= values) & (values <= hi))
            if bad:
                counts["wrong"] += 1
                where = np.flatnonzero(~((lo <= values) & (values <= hi))) if values.size == lo.size else [0]
                print(f"{path.stem}: wrong {result.shape} {cases['output_dims']} {values[where[:3]]} {lo[where[:3]]} {hi[where[:3]]}")
                break
    print(counts)
    return 1 if counts["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
