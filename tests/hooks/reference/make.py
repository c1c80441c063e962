"""PyTorch's own hooks on a small residual network: what they see, and what follows when they change something.

Writes network.onnx and values.json. Needs python3-torch 1.13 and libopenblas0-pthread.
"""
import json
import pathlib

import torch
from torch import nn

HERE = pathlib.Path(__file__).parent
torch.manual_seed(7)


class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.relu = nn.ReLU()
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        return self.relu(x + self.conv2(self.relu(self.conv1(x))))


class Merge(nn.Module):
    """Two inputs of which one depends on what lies outside of it."""

    def forward(self, a, b):
        return a * b


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(2, 6, 3, padding=1), nn.ReLU())
        self.pool = nn.MaxPool2d(2)
        self.block = Block(6)
        self.gate = nn.Conv2d(6, 6, 1)
        self.merge = Merge()
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(6, 4)

    def forward(self, x):
        x = self.pool(self.stem(x))
        x = self.block(x)
        x = self.merge(x, self.gate(x))
        return self.fc(self.avgpool(x).flatten(1))


net = Network().eval()
image = torch.randn(1, 2, 8, 8)
MODULES = ["stem", "stem.0", "pool", "block", "block.conv1", "block.relu", "gate", "merge", "fc"]


def listed(tensor):
    return {"dims": list(tensor.shape), "data": tensor.detach().flatten().tolist()}


def run(register=lambda: [], target=2):
    """Logits, what the reading hooks see, and gradients, with the hooks that `register` sets."""
    seen = {"forward": [], "backward": []}
    module = dict(net.named_modules())
    handles = list(register())
    for path in MODULES:

        def forward(_, inputs, output, path=path):
            seen["forward"].append([path, [listed(i) for i in inputs], listed(output)])

        def backward(_, grad_input, grad_output, path=path):
            seen["backward"].append([path, [listed(g) for g in grad_input], listed(grad_output[0])])

        handles.append(module[path].register_forward_hook(forward))
        handles.append(module[path].register_full_backward_hook(backward))
    net.zero_grad()
    x = image.clone().requires_grad_(True)
    logits = net(x)
    logits[0, target].backward()
    for handle in handles:
        handle.remove()
    gradients = {name: listed(p.grad) for name, p in net.named_parameters()}
    return {"logits": listed(logits), **seen, "gradients": {"x": listed(x.grad), **gradients}}




def forward_change():
    yield net.block.register_forward_hook(lambda m, i, o: o * 2)


def pre_change():
    yield net.block.register_forward_pre_hook(lambda m, i: (i[0].clamp(max=0.5),))


def in_order():
    yield net.stem.register_forward_hook(lambda m, i, o: o + 1)
    yield net.stem.register_forward_hook(lambda m, i, o: o * 2)


def every_call():
    yield net.block.relu.register_forward_hook(lambda m, i, o: o * 0.5)


def backward_change():
    yield net.block.conv2.register_full_backward_hook(lambda m, gi, go: (gi[0] * -1,))
    yield net.block.register_full_backward_hook(lambda m, gi, go: (gi[0] * 3,))


def two_inputs():
    yield net.merge.register_full_backward_hook(lambda m, gi, go: (gi[0] * 2, gi[1] * -1))
    yield net.gate.register_full_backward_hook(lambda m, gi, go: (gi[0].clamp(min=0),))


def tensor_change():
    def hook_output(m, i, o):
        o.register_hook(lambda g: g.clamp(min=0))

    yield net.pool.register_forward_hook(hook_output)
    yield net.stem[0].weight.register_hook(lambda g: g * 10)


def both_ways():
    yield net.stem.register_forward_hook(lambda m, i, o: o * 2)
    yield net.block.relu.register_full_backward_hook(lambda m, gi, go: (gi[0].clamp(min=0),))


torch.onnx.export(net, image, str(HERE / "network.onnx"), opset_version=13, input_names=["x"], output_names=["logits"])
CASES = [forward_change, pre_change, in_order, every_call, backward_change, two_inputs, tensor_change, both_ways]
values = {"x": listed(image), "reading": run(), **{case.__name__: run(case) for case in CASES}}


def rounded(value):
    if isinstance(value, float):
        return float(f"{value:.7g}")
    if isinstance(value, dict):
        return {k: rounded(v) for k, v in value.items()}
    return [rounded(v) for v in value] if isinstance(value, list) else value


(HERE / "values.json").write_text(json.dumps(rounded(values), separators=(",", ":")) + "\n")
