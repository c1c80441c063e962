"""Write reference values of the metrics with PyTorch in float64, by their papers' formulas.

    python3 metrics.py MODELS_DIR PICTURES_DIR OUT_FILE

MODELS_DIR holds resnet18.onnx, which PyTorch's operators run (onnx_torch.py); nothing here is shared with the program. Judged are
random maps, drawn as the program does (mulberry32 by seed), so that both sides have the same numbers, and Grad-CAM at layer4.

JSON: [{map: [a seed and the cells along a side] or null for Grad-CAM, metric, options, class, value, curve?}].
"""
import json, sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from make import RESIZE
from methods import resized, slopes, uniform
from onnx_torch import OnnxModule
from PIL import Image


def blurred(x):
    """gaussian_filter(delta of 11, 5) along either axis: mode `reflect`, cut at 4 deviations; then conv2d with zeros around."""
    gauss = np.exp(-np.arange(-20, 21) ** 2 / 50)
    delta = np.zeros(11)
    delta[5] = 1
    k = torch.from_numpy(np.convolve(np.pad(delta, 20, mode="symmetric"), gauss / gauss.sum(), mode="valid"))
    return F.conv2d(x, (k[:, None] * k).expand(3, 1, 11, 11), padding=5, groups=3)


def exchange(p, m, start, end, parts):
    order = torch.sort(m.flatten(), descending=True, stable=True).indices
    scores = []
    for part in range(parts + 1):
        now = start.clone().flatten(2)
        gone = order[: int(part * len(order) / parts + 0.5)]
        now[..., gone] = end.flatten(2)[..., gone]
        scores.append(p(now.view_as(start)))
    return float(np.trapz(scores) / parts), scores


def measure(p, x, m, parts):
    """m: raw map over its cells. In float32 the cells at an edge, which clamping makes equal, are equal."""
    whole, large = p(x), resized(m, x.shape[2:]).float()
    yield "deletion", {"parts": parts}, *exchange(p, large, x, torch.zeros_like(x), parts)
    yield "insertion", {"parts": parts}, *exchange(p, large, blurred(x), x, parts)
    part = p(x * resized(m.relu() / m.max(), x.shape[2:]))
    yield "average-drop", {}, max(0, whole - part) / whole, None
    yield "increase-in-confidence", {}, float(part > whole), None


def main(models, pictures, out):
    torch.set_num_threads(1)
    net = OnnxModule(str(models / "resnet18.onnx")).double()
    x = RESIZE["resnet18"]["crop"](Image.open(pictures / "chelsea.png").convert("RGB"))[None].double()
    c = int(net.run(x)["logits"][0].argmax())

    def p(x):
        with torch.no_grad():
            return float(net.run(x)["logits"][0].softmax(0)[c])

    records = []
    for drawn in ([5, 7], [6, 14], None):
        if drawn:
            following = uniform(drawn[0])
            values = np.array([following() for _ in range(drawn[1] ** 2)], dtype=np.float32)
            m = torch.from_numpy(values).double().view(drawn[1], -1)
        else:
            [(a, g)] = slopes(net, x, c, ["layer4"])
            m = torch.relu((g.mean((1, 2))[:, None, None] * a).sum(0))
        for metric, options, value, curve in measure(p, x, m, 8):
            records.append({"map": drawn, "metric": metric, "options": options, "class": c, "value": value, **({"curve": curve} if curve else {})})
            print(drawn, metric, value, flush=True)
    out.write_text(json.dumps(records))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
