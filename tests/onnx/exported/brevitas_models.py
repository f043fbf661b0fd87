# SPDX-License-Identifier: MIT OR Apache-2.0
"""Writes networks of 4-bit weights and activations, exported by Brevitas.

    pip install torch brevitas onnx onnxscript onnxoptimizer
    python brevitas_models.py

`brevitas_mlp` and `brevitas_cnn` are QONNX by the TorchScript exporter, `brevitas_dynamo_mlp` by torch.export;
`brevitas_qcdq_mlp` has QuantizeLinear, Clip and DequantizeLinear instead of Quant.
"""

from pathlib import Path

import brevitas.nn as qnn
import numpy as np
import torch
from brevitas.export import export_onnx_qcdq, export_qonnx
from brevitas.graph.calibrate import calibration_mode
from brevitas.quant import Int8ActPerTensorFloat, Uint8ActPerTensorFloat
from torch import nn

from torch_models import strip

HERE = Path(__file__).resolve().parent
ROWS = {"weight_bit_width": 4, "weight_scaling_per_output_channel": True}


def mlp():
    """16 inputs, 12 hidden units, 5 outputs; weights with one scale per row."""
    return nn.Sequential(
        qnn.QuantIdentity(act_quant=Int8ActPerTensorFloat, bit_width=4),
        qnn.QuantLinear(16, 12, bias=True, **ROWS),
        qnn.QuantReLU(bit_width=4),
        qnn.QuantLinear(12, 5, bias=True, **ROWS),
    )


def cnn():
    """Convolution with a batch normalization that stays in the file, since its weights are not constants."""
    network = nn.Sequential(
        qnn.QuantIdentity(act_quant=Uint8ActPerTensorFloat, bit_width=4),
        qnn.QuantConv2d(2, 6, 3, padding=1, bias=False, **ROWS),
        nn.BatchNorm2d(6),
        qnn.QuantReLU(bit_width=4),
        nn.MaxPool2d(2),
        nn.Flatten(),
        qnn.QuantLinear(96, 5, bias=True, **ROWS),
    )
    norm = network[2]
    nn.init.normal_(norm.running_mean, 0, 0.2)
    nn.init.uniform_(norm.running_var, 0.1, 0.5)
    nn.init.normal_(norm.weight)
    nn.init.normal_(norm.bias, 0, 0.2)
    return network


def write(make, image, exports):
    """One network with seeded weights and calibrated scales, once per exporter."""
    torch.manual_seed(1)
    network = make()
    nn.init.normal_(network[-1].weight)
    network.eval()
    with torch.no_grad(), calibration_mode(network):
        network(image)
    with torch.no_grad():
        output = network(image)
    names = {"input_names": ["image"], "output_names": ["logits"], "external_data": False}
    for name, (export, options) in exports.items():
        export(network, args=image[:1], export_path=str(HERE / f"{name}.onnx"), **names, **options)
        strip(HERE / f"{name}.onnx")
        np.savez(HERE / f"{name}.npz", input=image.numpy(), output=output.numpy())


def main():
    script = {"dynamo": False, "opset_version": 13}
    random = torch.Generator().manual_seed(2)
    exporters = {
        "brevitas_mlp": (export_qonnx, script),
        "brevitas_dynamo_mlp": (export_qonnx, {"dynamo": True}),
        "brevitas_qcdq_mlp": (export_onnx_qcdq, script),
    }
    write(mlp, torch.randn(8, 16, generator=random), exporters)
    image = torch.rand(4, 2, 8, 8, generator=random) * (torch.rand(4, 2, 8, 8, generator=random) < 0.4)
    write(cnn, image, {"brevitas_cnn": (export_qonnx, script)})


if __name__ == "__main__":
    main()
