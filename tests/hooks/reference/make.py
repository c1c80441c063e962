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


PRE = {}


def call(module, *inputs):
    """What torch 2's register_full_backward_pre_hook does, and 1.13 has not: the hook gets the gradient at what the module gave, before
    the module's full backward hooks see it, and what it returns takes the gradient's place."""
    output = module._call_impl(*inputs)
    for hook in PRE.get(module, []):
        output.register_hook(lambda grad, hook=hook: (hook(module, (grad,)) or (None,))[0])
    return output


nn.Module.__call__ = call


class Handle:
    """Takes a pre-hook away, as RemovableHandle does."""

    def __init__(self, module, hook):
        PRE.setdefault(module, []).append(hook)
        self.remove = lambda: PRE[module].remove(hook)


def listed(tensor):
    return {"dims": list(tensor.shape), "data": tensor.detach().flatten().tolist()}


def from_class(kept, logits):
    logits[0, 2].backward()


def run(register=lambda: [], start=from_class):
    """Logits, what the reading hooks see, and gradients, with the hooks that `register` sets."""
    seen = {"forward": [], "backward": []}
    module = dict(net.named_modules())
    handles = list(register())
    kept = {}
    for path in MODULES:

        def forward(_, inputs, output, path=path):
            seen["forward"].append([path, [listed(i) for i in inputs], listed(output)])

        def backward(_, grad_input, grad_output, path=path):
            seen["backward"].append([path, [listed(g) for g in grad_input], listed(grad_output[0])])

        handles.append(module[path].register_forward_hook(forward))
        handles.append(module[path].register_full_backward_hook(backward))
    net.zero_grad()
    x = image.clone().requires_grad_(True)
    real = call

    def keeping(module, *inputs):
        output = real(module, *inputs)
        kept[names.get(module)] = output
        return output

    names = {module: path for path, module in net.named_modules()}
    nn.Module.__call__ = keeping
    logits = net(x)
    nn.Module.__call__ = real
    start(kept, logits)
    for handle in handles:
        handle.remove()
    gradients = {name: listed(p.grad) for name, p in net.named_parameters() if p.grad is not None}
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


def pre_backward():
    yield Handle(net.block, lambda m, go: (go[0] * 2,))
    yield Handle(net.block, lambda m, go: (go[0].clamp(min=0),))
    yield Handle(net.block.relu, lambda m, go: (go[0] * -3,))
    yield net.block.register_full_backward_hook(lambda m, gi, go: (gi[0] + go[0],))


def pre_backward_reads():
    yield Handle(net.pool, lambda m, go: None)
    yield net.pool.register_forward_hook(lambda m, i, o: o * 2)
    yield Handle(net.pool, lambda m, go: (go[0] * go[0],))


def seed_like(tensor, step):
    return (torch.arange(tensor.numel(), dtype=torch.float32) * step).sin().reshape(tensor.shape)


def from_activation(kept, logits):
    kept["block"].backward(seed_like(kept["block"], 0.1))


def from_several(kept, logits):
    ends = [logits, kept["block"], kept["stem"]]
    torch.autograd.backward(ends, [seed_like(end, 0.1 * (i + 1)) for i, end in enumerate(ends)])


def several_changed():
    yield Handle(net.block, lambda m, go: (go[0] * 2,))
    yield net.stem.register_full_backward_hook(lambda m, gi, go: (gi[0] * -1,))
    yield net.stem[0].weight.register_hook(lambda g: g * 10)
    yield net.stem.register_forward_hook(lambda m, i, o: o * 2)


torch.onnx.export(net, image, str(HERE / "network.onnx"), opset_version=13, input_names=["x"], output_names=["logits"])
CASES = [forward_change, pre_change, in_order, every_call, backward_change, two_inputs, tensor_change, both_ways]
CASES += [pre_backward, pre_backward_reads]
values = {
    "x": listed(image),
    "reading": run(),
    **{case.__name__: run(case) for case in CASES},
    "from_activation": run(start=from_activation),
    "from_several": run(start=from_several),
    "several_changed": run(several_changed, from_several),
}


def rounded(value):
    if isinstance(value, float):
        return float(f"{value:.7g}")
    if isinstance(value, dict):
        return {k: rounded(v) for k, v in value.items()}
    return [rounded(v) for v in value] if isinstance(value, list) else value


(HERE / "values.json").write_text(json.dumps(rounded(values), separators=(",", ":")) + "\n")
