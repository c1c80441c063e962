"""torchvision's make_grid of AlexNet's convolutions: what lesson 7 is held against.

    python3 make_grids.py && npx biome format --write grids.json

Needs Debian's python3-torch and python3-torchvision (1.13 / 0.14) with libopenblas0-pthread. The network is
models/alexnet.onnx run with PyTorch's operators, in float64; the picture the one that lessons see.

JSON: {alexnet: [{module, shape of the maps, height, width, sum, samples: [[flat index, value 0..1], …]}]}
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


def described(made):
    flat = made.flatten().double()
    places = torch.linspace(0, len(flat) - 1, SAMPLES).long()
    samples = [[int(i), flat[i].item()] for i in places]
    return {"height": made.shape[0], "width": made.shape[1], "sum": flat.sum().item(), "samples": samples}


see = transforms.Compose([transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor(),
                          transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])])
picture = see(Image.open(ROOT / "public" / "samples" / "chelsea.png").convert("RGB"))[None]
with torch.no_grad():
    values = OnnxModule(ROOT / "models" / "alexnet.onnx").double().run(picture)

alexnet = []
for module in LAYERS:
    maps = values[f"/features/{module}/Conv_output_0"][0]
    alexnet.append({"module": module, "shape": list(maps.shape), **described(grid(maps))})
(HERE / "grids.json").write_text(json.dumps({"alexnet": alexnet}))
