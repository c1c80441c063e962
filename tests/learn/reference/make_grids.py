"""torchvision's make_grid of AlexNet's convolutions, and of small made-up maps: what lesson 7 is held against.

    python3 make_grids.py && npx biome format --write grids.json

Needs Debian's python3-torch and python3-torchvision (1.13 / 0.14) with libopenblas0-pthread. The network is
models/alexnet.onnx run with PyTorch's operators, in float64; the picture the one that lessons see.

JSON: {alexnet: [{module, shape of the maps, GRID}], small: [{shape: [C, H, W], GRID}]}
GRID is {height, width, sum, samples: [[flat index, value 0..1], …]}; of the small ones all values in place of samples.
Value i of a small map is (i * 7919 % 1000) / 8, of those with 2 channels the second is constant.
"""
import json, sys
from pathlib import Path

import torch
from PIL import Image
from torchvision import transforms
from torchvision.utils import make_grid

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(ROOT / "tests" / "golden"))
from onnx_torch import OnnxModule

LAYERS = ["features.0", "features.3", "features.6", "features.8", "features.10"]
SAMPLES = 200


def grid(maps):
    """maps: [C, H, W]. One channel of the grid: all three are the same."""
    made = make_grid(maps[:, None], nrow=int(len(maps) ** 0.5), padding=2, normalize=True, scale_each=True)
    assert all(torch.equal(made[0], other) for other in made[1:])
    return made[0]


def described(made, every):
    flat = made.flatten().double()
    shape = {"height": made.shape[0], "width": made.shape[1], "sum": flat.sum().item()}
    if every:
        return {**shape, "values": flat.tolist()}
    places = torch.linspace(0, len(flat) - 1, SAMPLES).long()
    return {**shape, "samples": [[int(i), flat[i].item()] for i in places]}


def made_up(shape):
    maps = ((torch.arange(torch.Size(shape).numel()) * 7919) % 1000).float().div(8).reshape(shape)
    if shape[0] == 2:
        maps[1] = 3
    return maps


see = transforms.Compose([transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor(),
                          transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])])
picture = see(Image.open(ROOT / "public" / "samples" / "chelsea.png").convert("RGB"))[None]
with torch.no_grad():
    values = OnnxModule(ROOT / "models" / "alexnet.onnx").double().run(picture)

alexnet = []
for module in LAYERS:
    maps = values[f"/features/{module}/Conv_output_0"][0]
    alexnet.append({"module": module, "shape": list(maps.shape), **described(grid(maps), False)})
small = [{"shape": shape, **described(grid(made_up(shape)), True)}
         for shape in ([1, 2, 3], [2, 3, 3], [3, 2, 4], [10, 3, 2], [16, 1, 1])]
(HERE / "grids.json").write_text(json.dumps({"alexnet": alexnet, "small": small}))
