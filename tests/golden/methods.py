"""Write reference values of the methods that make.py does not have, with PyTorch in float64, by their papers' formulas.

    python3 methods.py MODELS_DIR PICTURES_DIR OUT_FILE

MODELS_DIR holds resnet18.onnx, which PyTorch's operators run (onnx_torch.py); nothing here is shared with the program. SmoothGrad
draws its noise as the program does: mulberry32 by seed, then Box and Muller's cosine.

JSON: [{method, picture, layer (null at the input), class, options, noise, ...}], with {shape, values} of maps and make.py's ARRAY of
gradients. `noise` is how far PyTorch is off in float32, as a share of the largest value.
"""
import json, math, sys
from pathlib import Path

import torch
from make import RESIZE, array
from onnx_torch import OnnxModule
from PIL import Image

VALUES = {f"layer{n}": f"/layer{n}/layer{n}.1/relu_1/Relu_output_0" for n in (1, 2, 3, 4)}
PICTURE = "chelsea"


def normal(seed):
    state = seed
    def uniform():
        nonlocal state
        state = (state + 0x6D2B79F5) & 0xFFFFFFFF
        t = ((state ^ (state >> 15)) * (1 | state)) & 0xFFFFFFFF
        t = (((t + (((t ^ (t >> 7)) * (61 | t)) & 0xFFFFFFFF)) & 0xFFFFFFFF) ^ t)
        return (t ^ (t >> 14)) / 2**32
    return lambda: math.sqrt(-2 * math.log(1 - uniform())) * math.cos(2 * math.pi * uniform())


def slope(net, x, c):
    x = x.detach().clone().requires_grad_()
    net.run(x)["logits"][0, c].backward()
    return x.grad


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
    options, following = {"samples": 4, "noise": 0.1, "seed": 7}, normal(7)
    size = 0.1 * float(x.max() - x.min())
    draw = lambda: torch.tensor([following() for _ in range(x.numel())], dtype=torch.float64).reshape(x.shape).to(x.dtype)
    yield "smoothgrad", None, options, sum(slope(net, x + size * draw(), c) for _ in range(4))[0] / 4
    with torch.no_grad():
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
        of = array(truth) if layer is None else {"shape": list(truth.shape), "values": [float(f"{v:.8g}") for v in truth.flatten().tolist()]}
        records.append({"method": method, "picture": f"{PICTURE}.png", "layer": layer, "class": c, "options": options, "noise": noise, **of})
        print(method, layer, noise, flush=True)
    out.write_text(json.dumps(records))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
