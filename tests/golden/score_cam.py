"""Write reference values of Score-CAM with PyTorch in float64, by algorithm 1 of its paper (Wang et al. 2020).

    python3 score_cam.py MODELS_DIR PICTURES_DIR OUT_FILE

MODELS_DIR holds resnet18.onnx, which PyTorch's operators run (onnx_torch.py); nothing here is shared with the program. Each
feature map is resized to the input (F.interpolate, bilinear, align_corners=False), scaled to 0..1 from its least to its most,
and multiplied with the normalised input; the softmax over the channels of the class's logits are the weights.

JSON: [{picture, resize, layer, class, noise, shape, values: [row-major], weights: [one a channel]}]. `noise` is how far PyTorch is
off in float32, as a share of the largest value.
"""
import json, sys
from pathlib import Path

import torch
import torch.nn.functional as F
from make import RESIZE
from onnx_torch import OnnxModule
from PIL import Image

LAYERS = {"layer1": "/layer1/layer1.1/relu_1/Relu_output_0", "layer2": "/layer2/layer2.1/relu_1/Relu_output_0"}
CASES = [("chelsea", "layer1", 0), ("rocket", "layer2", 1)]  # picture, layer, place of the class among the best


def score_cam(net, x, layer, rank):
    with torch.no_grad():
        found = net.run(x)
        a = found[LAYERS[layer]]
        c = int(found["logits"][0].argsort(descending=True)[rank])
        masks = F.interpolate(a, size=x.shape[2:], mode="bilinear", align_corners=False)[0]
        scores = []
        for mask in masks:
            low, high = mask.min(), mask.max()
            scaled = (mask - low) / (high - low) if high > low else torch.zeros_like(mask)
            scores.append(net.run(x * scaled)["logits"][0, c])
        weights = torch.stack(scores).softmax(0)
        return c, torch.relu((weights[:, None, None] * a[0]).sum(0)), weights


def main(models, pictures, out):
    nets = {t: OnnxModule(str(models / "resnet18.onnx")) for t in (torch.float32, torch.float64)}
    nets[torch.float64].double()
    records = []
    for picture, layer, rank in CASES:
        x = RESIZE["resnet18"]["crop"](Image.open(pictures / f"{picture}.png").convert("RGB"))[None]
        c, truth, weights = score_cam(nets[torch.float64], x.double(), layer, rank)
        _, single, _ = score_cam(nets[torch.float32], x, layer, rank)
        records.append({"picture": f"{picture}.png", "resize": "crop", "layer": layer, "class": c,
                        "noise": float((single.double() - truth).abs().max() / truth.abs().max()), "shape": list(truth.shape),
                        "values": [float(f"{v:.8g}") for v in truth.flatten().tolist()],
                        "weights": [float(f"{v:.8g}") for v in weights.tolist()]})
        print(picture, layer, c, records[-1]["noise"], flush=True)
    out.write_text(json.dumps(records))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
