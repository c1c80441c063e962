"""Write reference values of the methods that make.py does not have, with PyTorch in float64, by their papers' formulas.

    python3 methods.py MODELS_DIR PICTURES_DIR OUT_FILE

MODELS_DIR holds resnet18.onnx, which PyTorch's operators run (onnx_torch.py); nothing here is shared with the program. What is
random is drawn as the program does: mulberry32 by seed, for noise then Box and Muller's cosine.

JSON: [{method, picture, layer (null at the input), class, options, noise, ...}], with {shape, values} of maps of a layer and make.py's ARRAY of
what lies over the input. `noise` is how far PyTorch is off in float32, as a share of the largest value.
"""
import json, math, sys
from pathlib import Path

import torch
import torch.nn.functional as F
from make import RESIZE, array
from onnx_torch import OnnxModule
from PIL import Image

VALUES = {"relu": "/relu/Relu_output_0"} | {f"layer{n}": f"/layer{n}/layer{n}.1/relu_1/Relu_output_0" for n in (1, 2, 3, 4)}
PICTURE = "chelsea"


def uniform(seed):
    state = seed
    def following():
        nonlocal state
        state = (state + 0x6D2B79F5) & 0xFFFFFFFF
        t = ((state ^ (state >> 15)) * (1 | state)) & 0xFFFFFFFF
        t = (((t + (((t ^ (t >> 7)) * (61 | t)) & 0xFFFFFFFF)) & 0xFFFFFFFF) ^ t)
        return (t ^ (t >> 14)) / 2**32
    return following


def normal(seed):
    following = uniform(seed)
    return lambda: math.sqrt(-2 * math.log(1 - following())) * math.cos(2 * math.pi * following())


def slope(net, x, c):
    x = x.detach().clone().requires_grad_()
    net.run(x)["logits"][0, c].backward()
    return x.grad


def slopes(net, x, c, layers):
    """Of each layer its activation and the logit's gradient there, [C, H, W]."""
    names = [VALUES[layer] for layer in layers]
    values = net.run(x.detach().clone().requires_grad_(), names)
    values["logits"][0, c].backward()
    return [(values[name].detach()[0], values[name].grad[0]) for name in names]


def resized(m, size):
    return F.interpolate(m[None, None], size=size, mode="bilinear", align_corners=False)[0, 0]


def normalised(level, x):
    mean, std = (torch.tensor(v, dtype=x.dtype)[None, :, None, None] for v in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))
    return ((level - mean) / std).expand_as(x)


def baselines(x):
    """Blurred: scipy.ndimage.gaussian_filter(x, 10, mode="nearest"), which ends 4 deviations out."""
    place = torch.arange(-40, 41, dtype=x.dtype)
    bell = torch.exp(-(place**2) / 200)
    kernel = (bell[:, None] * bell / bell.sum() ** 2).expand(3, 1, 81, 81)
    blurred = F.conv2d(F.pad(x, (40, 40, 40, 40), mode="replicate"), kernel, groups=3)
    return {"black": normalised(0, x), "white": normalised(1, x), "mean": x.mean((2, 3), keepdim=True).expand_as(x), "blurred": blurred}


def rise(probability, x, count, cells, kept, seed):
    following, (h, w) = uniform(seed), x.shape[2:]
    down, across = math.ceil(h / cells), math.ceil(w / cells)
    total = 0
    for _ in range(count):
        grid = torch.tensor([float(following() < kept) for _ in range(cells**2)], dtype=x.dtype).reshape(cells, cells)
        top, left = math.floor(following() * down), math.floor(following() * across)
        mask = resized(grid, ((cells + 1) * down, (cells + 1) * across))[top : top + h, left : left + w]
        total = total + probability(x * mask) * mask / (kept * count)
    return total - total.min()


def occlusion(probability, x, side, stride):
    h, w = x.shape[2:]
    whole, total, covered = probability(x), torch.zeros(h, w, dtype=x.dtype), torch.zeros(h, w, dtype=x.dtype)
    starts = lambda length: sorted({min(k, length - side) for k in range(0, length - side + stride, stride)})
    for top in starts(h):
        for left in starts(w):
            without, here = x.clone(), (slice(top, top + side), slice(left, left + side))
            without[(..., *here)] = 0
            total[here] += whole - probability(without)
            covered[here] += 1
    return total / covered


def layercam_fused(net, x, c):
    layers = ["relu", "layer1", "layer2", "layer3", "layer4"]
    maps = [torch.relu((torch.relu(g) * a).sum(0)) for a, g in slopes(net, x, c, layers)]
    maps = [m / m.max() for m in maps]
    maps = [torch.tanh(2 * m) for m in maps[:3]] + maps[3:]
    return torch.stack([resized(m, x.shape[2:]) for m in maps]).amax(0)


def finer_cam(net, x, c, layer, count, strength):
    logits = net.run(x)["logits"][0].detach()
    others = [i for i in (logits - logits[c]).abs().argsort().tolist() if i != c][:count]
    [(a, g)] = slopes(net, x, c, [layer])
    g = g - strength * sum(slopes(net, x, d, [layer])[0][1] for d in others) / len(others)
    return torch.relu((g.mean((1, 2))[:, None, None] * a).sum(0))


def behind(net, values, name, other):
    """The logits with another value in the place of one."""
    values = {**values, name: other}
    after = False
    for node in net.body:
        if after:
            net._step(node, values)
        after = after or name in node.output
    return values["logits"]


def explain(net, x, c):
    yield "input-x-gradient", None, {}, (x * slope(net, x, c))[0]
    steps = 8
    mean = sum(slope(net, x * (k + 0.5) / steps, c) for k in range(steps)) / steps
    yield "integrated-gradients", None, {"steps": steps}, (x * mean)[0]
    for kind, start in baselines(x).items():
        mean = sum(slope(net, start + (x - start) * (k + 0.5) / steps, c) for k in range(steps)) / steps
        yield "integrated-gradients", None, {"steps": steps, "baseline": kind}, ((x - start) * mean)[0]
    options, following = {"samples": 4, "noise": 0.1, "seed": 7}, normal(7)
    size = 0.1 * float(x.max() - x.min())
    draw = lambda: torch.tensor([following() for _ in range(x.numel())], dtype=torch.float64).reshape(x.shape).to(x.dtype)
    noisy = torch.stack([slope(net, x + size * draw(), c)[0] for _ in range(4)])
    yield "smoothgrad", None, options, noisy.mean(0)
    yield "smoothgrad-squared", None, options, (noisy**2).mean(0)
    yield "vargrad", None, options, noisy.var(0, unbiased=False)
    for layer, options in (("layer2", {"classes": 4, "strength": 0.6}), ("layer4", {})):
        yield "finer-cam", layer, options, finer_cam(net, x, c, layer, options.get("classes", 3), options.get("strength", 1))
    for layer, (a, g) in zip(("layer2", "layer4"), slopes(net, x, c, ["layer2", "layer4"])):
        yield "gradcam-elementwise", layer, {}, torch.relu(g * a).sum(0)
    yield "layercam-fused", None, {}, layercam_fused(net, x, c)
    with torch.no_grad():
        probability = lambda x: net.run(x)["logits"][0].softmax(0)[c]
        options = {"masks": 12, "cells": 5, "kept": 0.4, "seed": 3}
        yield "rise", None, options, rise(probability, x, *options.values())
        yield "occlusion", None, {"square": 0.4, "step": 0.7}, occlusion(probability, x, 90, 63)
        values = net.run(x)
        for layer in ("layer3", "layer4"):
            a = values[VALUES[layer]][0]
            yield "mean-activation", layer, {}, a.mean(0)
            _, _, v = torch.linalg.svd(a.flatten(1).T, full_matrices=False)
            m = (v[0][:, None, None] * a).sum(0)
            yield "eigencam", layer, {}, m if m.sum() >= 0 else -m
        a, y, w = values[VALUES["layer2"]], values["logits"][0, c], []
        for k in range(a.shape[1]):
            without = a.clone()
            without[0, k] = 0
            w.append((y - behind(net, values, VALUES["layer2"], without)[0, c]) / y.abs())
        yield "ablation-cam", "layer2", {}, torch.relu((torch.stack(w)[:, None, None] * a[0]).sum(0))


def main(models, pictures, out):
    single = OnnxModule(str(models / "resnet18.onnx"))
    double = OnnxModule(str(models / "resnet18.onnx")).double()
    x = RESIZE["resnet18"]["crop"](Image.open(pictures / f"{PICTURE}.png").convert("RGB"))[None]
    c = int(double.run(x.double())["logits"][0].argmax())
    records = []
    for (method, layer, options, truth), (*_, rough) in zip(explain(double, x.double(), c), explain(single, x, c)):
        noise = float((rough.double() - truth).abs().max() / truth.abs().max())
        of = array(truth) if truth.dim() == 3 or truth.numel() > 28 * 28 else {"shape": list(truth.shape), "values": [float(f"{v:.8g}") for v in truth.flatten().tolist()]}
        records.append({"method": method, "picture": f"{PICTURE}.png", "layer": layer, "class": c, "options": options, "noise": noise, **of})
        print(method, layer, noise, flush=True)
    out.write_text(json.dumps(records))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
