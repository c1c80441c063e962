"""Write reference values of the metrics with PyTorch in float64, by their papers' formulas.

    python3 metrics.py MODELS_DIR PICTURES_DIR OUT_FILE

MODELS_DIR holds resnet18.onnx, which PyTorch's operators run (onnx_torch.py); nothing here is shared with the program. Judged are
random maps, drawn as the program does (mulberry32 by seed), so that both sides have the same numbers, and Grad-CAM at layer4.

imputation.json: {gone: places, values: [2, 11, 14]} of a small picture drawn by seed 9, by numpy.linalg.solve.
JSON: [{map: [a seed and the cells along a side] or null for Grad-CAM, metric, options, class, value, curve?}].
"""
import json, sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from make import RESIZE
from methods import normal, resized, slopes, uniform
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


WEIGHTS = torch.tensor([[1, 2, 1], [2, 0, 2], [1, 2, 1]], dtype=torch.float64)[None, None] / 12


def imputed(x, gone):
    """x: [C, 1, H, W], gone: [H, W]. Conjugate gradients over whole pictures, the neighbours by conv2d."""
    near = lambda v: F.conv2d(v, WEIGHTS, padding=1)
    inside, gone = near(torch.ones_like(x[:1])), gone.to(x)
    system = lambda v: gone * (inside * v - near(v))
    b = gone * near(x * (1 - gone))
    v, r = torch.zeros_like(b), b
    d, size = r, (r**2).sum((1, 2, 3), keepdim=True)
    for _ in range(3000):
        along = size / (d * system(d)).sum((1, 2, 3), keepdim=True)
        v, r = v + along * d, r - along * system(d)
        smaller = (r**2).sum((1, 2, 3), keepdim=True)
        d, size = r + smaller / size * d, smaller
        if size.max() < 1e-20:
            break
    return x * (1 - gone) + v


def dense(x, gone):
    """The same by the definition, pixel by pixel, and numpy.linalg.solve. x: [C, H, W] as numpy, gone: places."""
    h, w = x.shape[1:]
    row = {place: k for k, place in enumerate(gone)}
    a, b = np.zeros((len(gone), len(gone))), np.zeros((len(gone), len(x)))
    for k, place in enumerate(gone):
        for dy in (-1, 0, 1):
            for dx in (-1, 0, 1):
                other = (place // w + dy, place % w + dx)
                if (dy, dx) == (0, 0) or not (0 <= other[0] < h and 0 <= other[1] < w):
                    continue
                weight = 1 / 6 if dy * dx == 0 else 1 / 12
                a[k, k] += weight
                if other[0] * w + other[1] in row:
                    a[k, row[other[0] * w + other[1]]] -= weight
                else:
                    b[k] += weight * x[:, other[0], other[1]]
    y = x.reshape(len(x), -1).copy()
    y[:, gone] = np.linalg.solve(a, b).T
    return y


def road(p, x, m, shares, seed):
    following, total = normal(seed), 0
    most = torch.sort(m.flatten(), descending=True, stable=True).indices
    for k in range(shares):
        count, scores = int((k + 0.5) / shares * len(most) + 0.5), []
        for places in (most[:count], most.flip(0)[:count]):
            gone = torch.zeros(len(most), dtype=torch.float64)
            gone[places] = 1
            y = imputed(x[0][:, None], gone.view(x.shape[2:])).flatten(1)
            y[:, places] += 0.01 * torch.tensor([following() for _ in range(3 * count)], dtype=torch.float64).view(3, -1)
            scores.append(p(y.view_as(x)))
        total += scores[1] - scores[0]
    return total / shares


def measure(p, x, m, parts):
    """m: raw map over its cells. In float32 the cells at an edge, which clamping makes equal, are equal."""
    whole, large = p(x), resized(m, x.shape[2:]).float()
    yield "deletion", {"parts": parts}, *exchange(p, large, x, torch.zeros_like(x), parts)
    yield "insertion", {"parts": parts}, *exchange(p, large, blurred(x), x, parts)
    yield "road", {"shares": 2, "seed": 4}, road(p, x, large, 2, 4), None
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

    following = uniform(9)
    small = np.array([following() for _ in range(2 * 11 * 14)]).astype(np.float32).astype(np.float64).reshape(2, 11, 14)
    gone = [place for place in range(11 * 14) if following() < 0.8]
    values = dense(small, gone)
    assert np.abs(imputed(torch.from_numpy(small)[:, None], torch.tensor([p in gone for p in range(154)]).view(11, 14)).numpy().reshape(2, -1) - values).max() < 1e-9
    (out.parent / "imputation.json").write_text(json.dumps({"gone": gone, "values": [round(v, 9) for v in values.flatten()]}))

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
