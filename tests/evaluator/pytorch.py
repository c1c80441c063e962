"""Write what tests/evaluator/pytorch.test.ts holds the evaluator against: `python3 pytorch.py`.

For each small network below `pytorch/NAME.onnx`, as torch.onnx.export writes it, and in `pytorch/values.json` its input,
logits and the gradient of each class's logit with respect to the input, in float64. Needs Debian's python3-torch 1.13.
"""
import json
from pathlib import Path

import torch
from torch import nn
import torch.nn.functional as F

HERE = Path(__file__).resolve().parent / "pytorch"


class Convolutional(nn.Module):
    """Grouped, dilated and transposed convolutions, both pools, BatchNorm, squeeze and excitation, a residual sum."""

    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(3, 8, 3, stride=2, padding=1, bias=False)
        self.n = nn.BatchNorm2d(8)
        self.b = nn.Conv2d(8, 8, 3, padding=2, dilation=2, groups=4)
        self.up = nn.ConvTranspose2d(8, 6, 3, stride=2, padding=1, output_padding=1, groups=2)
        self.s, self.e = nn.Linear(6, 3), nn.Linear(3, 6)
        self.f = nn.Linear(6 * 4 * 4, 4)

    def forward(self, x):
        x = F.relu(self.n(self.a(x)))
        x = x + F.elu(self.b(x), 0.7)
        x = F.leaky_relu(self.up(F.max_pool2d(x, 3, 2, 1)), 0.2)
        x = x * torch.sigmoid(self.e(F.relu(self.s(x.mean((2, 3)))))).unsqueeze(2).unsqueeze(3)
        return self.f(F.avg_pool2d(x, 3, 2, 1, count_include_pad=False).flatten(1))


class Tokens(nn.Module):
    """Patches, a class token, LayerNorm, two heads of attention, an MLP with GELU, softplus and softmax over tokens."""

    def __init__(self):
        super().__init__()
        self.p = nn.Conv2d(3, 8, 4, 4)
        self.c = nn.Parameter(torch.randn(1, 1, 8))
        self.n, self.qkv, self.o = nn.LayerNorm(8), nn.Linear(8, 24), nn.Linear(8, 8)
        self.m, self.k = nn.Linear(8, 12), nn.Linear(12, 8)
        self.f = nn.Linear(8, 4)

    def forward(self, x):
        x = self.p(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.c, x], 1)
        q, k, v = self.qkv(self.n(x)).reshape(1, 17, 3, 2, 4).permute(2, 0, 3, 1, 4)
        x = x + self.o((((q @ k.transpose(-2, -1)) * 0.5).softmax(-1) @ v).transpose(1, 2).reshape(1, 17, 8))
        x = x + self.k(F.gelu(self.m(x)))
        return self.f(F.softplus(x[:, 0]) + (x[:, 1:] * x[:, 1:, :1].softmax(1)).sum(1))


class Norms(nn.Module):
    """Instance, group and local response normalisation, PReLU, hard swish, clamp, upsampling, a crop, a reflected pad."""

    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(3, 8, 3)
        self.i, self.g, self.r = nn.InstanceNorm2d(8, affine=True), nn.GroupNorm(4, 8), nn.PReLU(8)
        self.b, self.f = nn.Conv2d(8, 8, 3), nn.Linear(8, 4)

    def forward(self, x):
        x = F.pad(x[:, :, 2:, :14], (1, 1, 1, 1), "reflect")
        x = self.r(self.i(self.a(x)))
        x = F.interpolate(x, scale_factor=1.5, mode="bilinear", align_corners=False)
        x = F.hardswish(self.g(self.b(F.local_response_norm(x, 3, alpha=0.5))))
        x = torch.tanh(x) / (1 + x.clamp(-0.5, 0.6).abs()) + F.mish(x)
        return self.f(x.amax((2, 3)) + x.pow(2).mean((2, 3)).sqrt() - torch.logsumexp(x, (2, 3)))


def main():
    HERE.mkdir(exist_ok=True)
    found = {}
    for seed, build in enumerate((Convolutional, Tokens, Norms)):
        torch.manual_seed(seed)
        net = build()
        for module in net.modules():
            if isinstance(module, (nn.BatchNorm2d, nn.InstanceNorm2d, nn.GroupNorm, nn.LayerNorm)):
                nn.init.uniform_(module.weight, 0.5, 1.5), nn.init.uniform_(module.bias, -0.5, 0.5)
            if isinstance(module, nn.BatchNorm2d):
                module.running_mean.uniform_(-0.5, 0.5), module.running_var.uniform_(0.5, 1.5)
        net.eval()
        x = torch.randn(1, 3, 16, 16)
        name = build.__name__.lower()
        torch.onnx.export(net, x, str(HERE / f"{name}.onnx"), opset_version=14, input_names=["x"], output_names=["y"])
        net, x = net.double(), x.double().requires_grad_()
        logits = net(x)[0]
        gradients = [torch.autograd.grad(logit, x, retain_graph=True)[0].flatten().tolist() for logit in logits]
        found[name] = {"input": x.flatten().tolist(), "logits": logits.tolist(), "gradients": gradients}
    (HERE / "values.json").write_text(json.dumps(found))


main()
