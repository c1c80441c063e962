"""Writes values.json: small functions as PyTorch exports them, and their gradients as PyTorch's autograd gives them.

    /usr/bin/python3 make.py        (torch 1.13)

Each entry has the file that torch.onnx.export writes in float32 (base64), the input x, the output y and d Σ seed·y / dx,
both worked out in float64. Where a function has a corner, x lies on it.
"""
import base64, io, json, os, warnings

import torch
import torch.nn.functional as F
from torch import nn

warnings.filterwarnings('ignore')
torch.manual_seed(7)


class Function(nn.Module):
    def __init__(self, f):
        super().__init__()
        self.f = f

    def forward(self, x):
        return self.f(x)


def t(values, dims=None):
    values = torch.tensor(values, dtype=torch.float32)
    return values.reshape(dims) if dims else values


def rand(*dims, seed=0):
    return torch.rand(*dims, generator=torch.Generator().manual_seed(seed)) * 2 - 1


EDGE = t([-4.0, -3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0, 4.0, 6.0, 7.0, 2.5])
TIES = t([1, 3, 3, 2, 0, 0, 5, 5, 5, -1, -1, -2], [3, 4])
ZEROS = t([0, 0, 0, 0, 3, 4, 0, 0, 1, 2, 2, 0], [3, 4])
SAME = t([2, 2, 2, 2, 3, 4, 0, 0, 1, 2, 2, 0], [3, 4])
SMOOTH = rand(2, 3, 4) * 0.9
PICTURE = rand(1, 2, 6, 5, seed=1)
GRID = rand(1, 3, 4, 2, seed=4) * 1.3


def bn(training):
    layer = nn.BatchNorm2d(2)
    layer.running_mean.copy_(t([0.3, -0.2]))
    layer.running_var.copy_(t([2.0, 0.5]))
    with torch.no_grad():
        layer.weight.copy_(t([1.5, -0.7]))
        layer.bias.copy_(t([0.1, 0.2]))
    return layer.train(training)


def layer(module, seed=3):
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.rand(parameter.shape, generator=generator) - 0.5)
    return module


def on(f, x, opsets=(11, 16), training=False):
    return f, x, opsets, training


CASES = {
    # corners and ties
    'relu': on(F.relu, EDGE),
    'relu6': on(F.relu6, EDGE),
    'clamp(min=0)': on(lambda x: x.clamp(min=0), EDGE),
    'clamp(max=3)': on(lambda x: x.clamp(max=3), EDGE),
    'clamp(-3, 3)': on(lambda x: x.clamp(-3, 3), EDGE),
    'hardsigmoid': on(F.hardsigmoid, EDGE),
    'hardswish': on(F.hardswish, EDGE[EDGE != 3], (16,)),
    'leaky_relu': on(lambda x: F.leaky_relu(x, 0.1), EDGE),
    'prelu': on(nn.PReLU(init=0.3), EDGE),
    'threshold': on(lambda x: F.threshold(x, 0.0, 0.0), EDGE),
    'elu': on(lambda x: F.elu(x, 0.5), EDGE),
    'selu': on(F.selu, EDGE),
    'celu': on(lambda x: F.celu(x, 0.5), EDGE, (16,)),
    'softshrink': on(lambda x: F.softshrink(x, 0.5), EDGE),
    'hardshrink': on(lambda x: F.hardshrink(x, 0.5), EDGE),
    'abs': on(torch.abs, EDGE),
    'sign': on(lambda x: x * torch.sign(x), EDGE),
    'floor, round': on(lambda x: x * torch.floor(x) + torch.round(x), EDGE),
    'max(dim)': on(lambda x: x.max(dim=1)[0], TIES),
    'max(dim=0, keepdim)': on(lambda x: x.max(dim=0, keepdim=True)[0], TIES),
    'min(dim)': on(lambda x: x.min(dim=1)[0], TIES),
    'max()': on(lambda x: x.max(), TIES),
    'min()': on(lambda x: x.min(), TIES),
    'amax over two axes': on(lambda x: x.amax((0, 1)), TIES),
    'maximum': on(lambda x: torch.maximum(x, t([1.0, 3, 0, 2])), TIES),
    'minimum': on(lambda x: torch.minimum(x, t([1.0, 3, 0, 2])), TIES),
    'max_pool2d of ties': on(lambda x: F.max_pool2d(x[None, None], 2, 1), TIES),
    'adaptive_max_pool2d of ties': on(lambda x: F.adaptive_max_pool2d(x[None, None], 1), TIES),
    'max_pool1d of zeros': on(lambda x: F.max_pool1d(x[None], 3, 2), ZEROS),
    # norms and deviations of nothing
    'norm': on(lambda x: x.norm(dim=1), ZEROS),
    'norm, all': on(lambda x: x.norm(), ZEROS * 0, (16,)),
    'norm, p=1': on(lambda x: x.norm(p=1, dim=1), ZEROS),
    'linalg.norm': on(lambda x: torch.linalg.norm(x, dim=1), ZEROS),
    'linalg.vector_norm, 3': on(lambda x: torch.linalg.vector_norm(x, 3, dim=1), ZEROS),
    'std': on(lambda x: x.std(dim=1), SAME),
    'std, biased': on(lambda x: x.std(dim=1, unbiased=False), SAME),
    'pairwise_distance': on(lambda x: F.pairwise_distance(x[:1], x[1:], eps=0.0), t([1, 2, 1, 2, 0, 2], [3, 2])),
    'lp_pool2d': on(lambda x: F.lp_pool2d(x[None, None], 2, 2), ZEROS[:2].abs()),
    'normalize': on(lambda x: F.normalize(x, dim=1), SAME + 1),
    # operators of many elements
    'sin, cos, tan': on(lambda x: torch.sin(x) + torch.cos(2 * x) * torch.tan(x / 2), SMOOTH),
    'asin, acos, atan': on(lambda x: torch.asin(x) * torch.acos(x) + torch.atan(x), SMOOTH),
    'prod of zeros': on(lambda x: x.prod(1), ZEROS),
    'cumsum': on(lambda x: torch.cumsum(x, 1), SMOOTH),
    'topk': on(lambda x: torch.topk(x, 2, 1)[0], SMOOTH),
    'gather': on(lambda x: torch.gather(x, 1, torch.tensor([[[0, 1, 2, 2]], [[2, 2, 1, 0]]])), SMOOTH),
    'scatter': on(lambda x: torch.zeros(2, 3, 4, dtype=x.dtype).scatter(1, torch.tensor([[[0, 1, 2, 2]], [[2, 2, 1, 0]]]), x[:, :1]), SMOOTH),
    'scatter_add': on(lambda x: x.scatter_add(1, torch.tensor([[[0, 1, 2, 2]], [[2, 2, 1, 0]]]), x[:, :1]), SMOOTH, (16,)),
    'rows by tuples of indices': on(lambda x: x[torch.tensor([0, 1, 0]), torch.tensor([2, 0, 2])], SMOOTH),
    'fmod': on(lambda x: torch.fmod(x, 0.3), SMOOTH),
    'tril': on(lambda x: torch.tril(x, 1), SMOOTH, (16,)),
    'logsigmoid, glu': on(lambda x: F.logsigmoid(F.glu(x, 2)), SMOOTH),
    'conv_transpose2d': on(layer(nn.ConvTranspose2d(2, 4, 3, 2, 1, 1, groups=2)), PICTURE),
    'conv_transpose2d, dilated': on(layer(nn.ConvTranspose2d(2, 3, (2, 3), (1, 2), 0, dilation=2)), PICTURE),
    'grid_sample': on(lambda x: F.grid_sample(x, GRID.to(x.dtype), align_corners=False), PICTURE, (16,)),
    'grid_sample, nearest, border': on(
        lambda x: F.grid_sample(x, GRID.to(x.dtype), 'nearest', 'border', True), PICTURE, (16,)
    ),
    'grid_sample, bicubic, reflection': on(
        lambda x: F.grid_sample(x, GRID.to(x.dtype), 'bicubic', 'reflection', False), PICTURE, (16,)
    ),
    'interpolate, bicubic': on(lambda x: F.interpolate(x, (9, 4), mode='bicubic', align_corners=False), PICTURE),
    'interpolate, bicubic, aligned': on(lambda x: F.interpolate(x, (9, 4), mode='bicubic', align_corners=True), PICTURE),
    'attention to itself': on(lambda x: F.softmax(x @ x.transpose(1, 2) / 2, -1) @ x, SMOOTH),
    # statistics of the batch
    'batch_norm in training': on(bn(True), rand(2, 2, 3, 3), (11, 13, 15), True),
    'batch_norm in training, one picture': on(bn(True), rand(1, 2, 3, 3), (15,), True),
    'batch_norm': on(bn(False), rand(2, 2, 3, 3), (11, 15)),
}


def main():
    entries = []
    for name, (f, x, opsets, training) in CASES.items():
        module = Function(f).train(training)
        wide = Function(f).train(training)
        exact = x.detach().double().requires_grad_()
        state = {k: v.clone() for k, v in module.state_dict().items()}
        y = wide.double()(exact) if list(wide.parameters()) else wide(exact)
        seed = torch.rand(y.shape, generator=torch.Generator().manual_seed(5)).double() + 0.5
        (gradient,) = torch.autograd.grad((y * seed).sum(), exact)
        module.float()
        module.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in state.items()})
        for opset in opsets:
            file = io.BytesIO()
            mode = torch.onnx.TrainingMode.TRAINING if training else torch.onnx.TrainingMode.EVAL
            torch.onnx.export(
                module, x, file, opset_version=opset, input_names=['x'], output_names=['y'], training=mode, do_constant_folding=not training
            )
            entries.append({
                'name': name,
                'opset': opset,
                'file': base64.b64encode(file.getvalue()).decode(),
                **{key: {'dims': list(v.shape), 'data': v.detach().reshape(-1).tolist()} for key, v in [('x', x), ('y', y), ('seed', seed), ('gradient', gradient)]},
            })
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'values.json'), 'w') as out:
        out.write('[\n' + ',\n'.join(json.dumps(entry, allow_nan=False) for entry in entries) + '\n]\n')


if __name__ == '__main__':
    main()
