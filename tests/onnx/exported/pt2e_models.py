# SPDX-License-Identifier: MIT OR Apache-2.0
"""Writes `pt2e_cnn`: the network of `torch_models.py`, quantized by PT2E with the quantizer of XNNPACK.

    pip install torch torchao executorch onnx onnxscript
    python pt2e_models.py
"""

import numpy as np
import torch
from executorch.backends.xnnpack.quantizer.xnnpack_quantizer import XNNPACKQuantizer, get_symmetric_quantization_config
from torch_models import HERE, seeded, strip
from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e


def main():
    network, image = seeded(), torch.rand(4, 2, 8, 8, generator=torch.Generator().manual_seed(2)) ** 2
    example = (image[:1],)
    quantizer = XNNPACKQuantizer().set_global(get_symmetric_quantization_config(is_per_channel=True))
    prepared = prepare_pt2e(torch.export.export(network, example).module(), quantizer)
    for one in image.split(1):
        prepared(one)
    quantized = convert_pt2e(prepared)
    with torch.no_grad():
        output = torch.cat([quantized(one) for one in image.split(1)])
    path = HERE / "pt2e_cnn.onnx"
    names = {"input_names": ["image"], "output_names": ["logits"]}
    torch.onnx.export(quantized, example, path, dynamo=True, external_data=False, **names)
    strip(path)
    np.savez(path.with_suffix(".npz"), input=image.numpy(), output=output.numpy())


if __name__ == "__main__":
    main()
