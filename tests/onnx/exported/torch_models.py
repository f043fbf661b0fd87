# SPDX-License-Identifier: MIT OR Apache-2.0
"""Writes `torch_cnn` (TorchScript exporter) and `torch_dynamo_cnn` (torch.export): a network with a residual block.

    pip install torch onnx onnxscript
    python torch_models.py
"""

from pathlib import Path

import numpy as np
import onnx
import torch
from torch import nn

HERE = Path(__file__).resolve().parent


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(2, 8, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.pool = nn.MaxPool2d(2)
        self.conv2 = nn.Conv2d(8, 8, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(8)
        self.gap = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(8, 5)

    def forward(self, image):
        x = self.pool(torch.relu(self.bn1(self.conv1(image))))
        x = torch.relu(self.bn2(self.conv2(x)) + x)
        return self.fc(torch.flatten(self.gap(x), 1))


def seeded():
    """The network with seeded weights and batch statistics, in evaluation mode."""
    torch.manual_seed(1)
    network = Network().eval()
    for norm in (network.bn1, network.bn2):
        nn.init.normal_(norm.running_mean, 0, 0.2)
        nn.init.uniform_(norm.running_var, 0.1, 0.5)
        nn.init.uniform_(norm.weight, 0.5, 1.5)
        nn.init.normal_(norm.bias, 0, 0.2)
    nn.init.normal_(network.fc.weight)
    return network


def strip(path):
    """Removes stack traces, which hold paths of this machine."""
    model = onnx.load(path)
    for item in [model.graph, *model.graph.node, *model.graph.input, *model.graph.output, *model.graph.value_info]:
        del item.metadata_props[:]
    onnx.save(model, path)


def main():
    network, image = seeded(), torch.rand(4, 2, 8, 8, generator=torch.Generator().manual_seed(2)) ** 2
    with torch.no_grad():
        output = network(image)
    names = {"input_names": ["image"], "output_names": ["logits"]}
    torch.onnx.export(
        network, image[:1], HERE / "torch_cnn.onnx", **names, dynamo=False, opset_version=13,
        dynamic_axes={"image": {0: "n"}, "logits": {0: "n"}},
    )
    torch.onnx.export(
        network, (image,), HERE / "torch_dynamo_cnn.onnx", **names, dynamo=True, external_data=False,
        dynamic_shapes={"image": {0: torch.export.Dim("n")}},
    )
    for name in ("torch_cnn", "torch_dynamo_cnn"):
        strip(HERE / f"{name}.onnx")
        np.savez(HERE / f"{name}.npz", input=image.numpy(), output=output.numpy())


if __name__ == "__main__":
    main()
