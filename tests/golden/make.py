"""Write reference values for CAM methods with PyTorch: what the program's results are held against.

    python3 make.py WEIGHTS_DIR PICTURES_DIR OUT_DIR

WEIGHTS_DIR holds what models/training wrote: resnet18.pt and alexnet.pt with labels.json, and inception-v3.onnx
with imagenet-1001.json. Every picture gives one JSON file a network and a way of resizing. Nothing
here is shared with the program: torchvision's modules with torch hooks (Inception: PyTorch's operators
over the file's graph), autograd and PIL. Needs Debian's python3-torch and python3-torchvision
(1.13 / 0.14) with libopenblas0-pthread.

Values are computed in float64. `noise` is how far PyTorch itself is off in float32, as a share of
the largest absolute value and at worst over a few runs whose inputs differ by rounding (3e-7): a
unit that lies within rounding of a ReLU's or a max pool's switch can fall on either side, and moves
every gradient before it. No float32 engine can be held to less.

JSON: {network, picture, sha256, resize, input: ARRAY, logits: [one a class], top: [class indices, best first],
       maps: [{method, layer, class, noise, ...ARRAY, values?: [h*w, row-major; up to 28x28], weights?: [one a channel]}],
       inputGradients: [{kind: "saliency"|"guided", class, noise, ...ARRAY}],
       taps: [{layer, noise, ...ARRAY}]}
ARRAY is {shape, sum, absSum, max (largest absolute value), samples: [[flat index, value] at 256 places spread over it, NCHW order]}.
Maps are raw: not scaled to 0..1, not resized. `cam` and `hirescam` are without a final ReLU, all
others as their papers have it; `cam` is without the bias.
"""
import hashlib, json, sys
from pathlib import Path

import torch
from onnx_torch import OnnxModule
from PIL import Image
from torchvision import transforms

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "models" / "training"))
from networks import network


RUNS = 6  # float32 runs behind `noise`, the first on the input as it is


def ways(short_side, size, mean, std):
    rest = [transforms.ToTensor(), transforms.Normalize(mean, std)]
    return {"crop": transforms.Compose([transforms.Resize(short_side), transforms.CenterCrop(size), *rest]),
            "squash": transforms.Compose([transforms.Resize((size, size)), *rest])}


IMAGENET = ways(256, 224, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
RESIZE = {"resnet18": IMAGENET, "alexnet": IMAGENET, "inception-v3": ways(342, 299, [0.5] * 3, [0.5] * 3)}
LABELS = {"resnet18": "labels.json", "alexnet": "labels.json", "inception-v3": "imagenet-1001.json"}
LAYERS = {
    "resnet18": ["relu", "layer1", "layer2", "layer3", "layer4", "layer4.1.conv2"],
    "alexnet": ["features.0", "features.3", "features.6", "features.8", "features.10", "features.11", "features.12"],
    "inception-v3": ["Conv2d_2b_3x3", "Mixed_5d", "Mixed_6e", "Mixed_7b.Branch_0.Conv2d_0a_1x1", "Mixed_7c"],
}
LAST = {"resnet18": "layer4", "alexnet": "features.11", "inception-v3": "Mixed_7c"}


def methods(a, g):
    """a, g: activation and gradient of one layer, [C, H, W]. Yields (method, raw map, channel weights or None)."""
    relu, per_channel = torch.relu, lambda w: (w[:, None, None] * a).sum(0)
    w = g.mean((1, 2))
    yield "gradcam", relu(per_channel(w)), w
    yield "hirescam", (g * a).sum(0), None
    yield "layercam", relu((relu(g) * a).sum(0)), None
    w = (g * a).sum((1, 2)) / (a.sum((1, 2)) + 1e-7)
    yield "xgradcam", relu(per_channel(w)), w
    g2, g3 = g**2, g**3
    alpha = g2 / (2 * g2 + a.sum((1, 2))[:, None, None] * g3 + 1e-6)
    w = (torch.where(g != 0, alpha, torch.zeros_like(alpha)) * relu(g)).sum((1, 2))
    yield "gradcam++", relu(per_channel(w)), w


class Torchvision:
    """A torchvision network: logits and taps by forward hooks, guided ReLUs by backward hooks."""

    def __init__(self, name, weights, classes):
        self.net = network(name, classes)
        self.net.load_state_dict(torch.load(weights / f"{name}.pt"))
        self.net.eval()
        self.relus = [m for m in self.net.modules() if isinstance(m, torch.nn.ReLU)]
        for m in self.relus:
            m.inplace = False  # so that the values before each ReLU live on

    def double(self):
        self.net.double()
        return self

    def forward(self, x, layers):
        modules, taps = dict(self.net.named_modules()), {}
        def tap(layer, output):
            output.retain_grad()
            taps[layer] = output
            return output.clone()  # what follows may change it in place (`out += identity`)

        handles = [modules[l].register_forward_hook(lambda m, i, o, l=l: tap(l, o)) for l in layers]
        logits = self.net(x)
        for h in handles:
            h.remove()
        return logits, taps

    def guided(self, x, c):
        guards = [m.register_full_backward_hook(lambda m, gi, go: (gi[0].clamp(min=0),)) for m in self.relus]
        self.net(x)[0, c].backward()
        for h in guards:
            h.remove()

    def class_weights(self, c):
        return self.net.fc.weight[c].detach() if hasattr(self.net, "fc") else None


class GuidedRelu(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.clamp(min=0)

    @staticmethod
    def backward(ctx, g):
        return g.clamp(min=0) * (ctx.saved_tensors[0] > 0)


class Inception:
    def __init__(self, name, weights, classes):
        self.net = OnnxModule(str(weights / f"{name}.onnx"))

    def double(self):
        self.net.double()
        return self

    def forward(self, x, layers):
        names = {l: "/" + l.replace(".", "/") + ("/Relu_output_0" if "Conv2d" in l else "/Concat_output_0") for l in layers}
        values = self.net.run(x, set(names.values()))
        return values["logits"], {l: values[n] for l, n in names.items()}

    def guided(self, x, c):
        plain, self.net.relu = self.net.relu, GuidedRelu.apply
        self.net.run(x)["logits"][0, c].backward()
        self.net.relu = plain

    def class_weights(self, c):
        return self.net.constants["/Logits/Conv2d_1c_1x1/weight/Mul_output_0"][c, :, 0, 0]


def explain(net, name, x, classes):
    """All results for one input, keyed by (list in the record, labels of the entry). x: [1, 3, H, W]."""
    found = {}
    x = x.clone().requires_grad_()
    logits, taps = net.forward(x, LAYERS[name])
    for l, t in taps.items():
        found["taps", (("layer", l),)] = t[0].detach(), None
    for c in classes or []:
        x.grad = None
        for t in taps.values():
            t.grad = None
        logits[0, c].backward(retain_graph=True)
        found["inputGradients", (("kind", "saliency"), ("class", c))] = x.grad.clone(), None
        for l, t in taps.items():
            for method, m, w in methods(t[0].detach(), t.grad[0]):
                if method in ("gradcam", "layercam") or l == LAST[name]:
                    found["maps", (("method", method), ("layer", l), ("class", c))] = m, w if method == "gradcam" and l == LAST[name] else None
        weights = net.class_weights(c)
        if weights is not None:
            found["maps", (("method", "cam"), ("layer", LAST[name]), ("class", c))] = torch.tensordot(weights, taps[LAST[name]][0].detach(), 1), None
        y = x.detach().clone().requires_grad_()
        net.guided(y, c)
        found["inputGradients", (("kind", "guided"), ("class", c))] = y.grad, None
    return logits[0].detach(), found


def short(v):
    return float(f"{float(v):.8g}")


def array(t):
    flat = t.detach().double().flatten()
    places = torch.linspace(0, flat.numel() - 1, min(256, flat.numel())).round().long()
    return {"shape": list(t.shape), "sum": short(flat.sum()), "absSum": short(flat.abs().sum()), "max": short(flat.abs().max()),
            "samples": [[p, short(flat[p])] for p in places.tolist()]}


def main(weights, pictures, out):
    out.mkdir(parents=True, exist_ok=True)
    for name in LAYERS:
        kind, file = (Inception, f"{name}.onnx") if name == "inception-v3" else (Torchvision, f"{name}.pt")
        if not (weights / file).exists():
            continue
        labels = json.loads((weights / LABELS[name]).read_text())
        single, double = kind(name, weights, len(labels)), kind(name, weights, len(labels)).double()
        for path in sorted(pictures.glob("*.png")):  # PNG: decoders of JPEG differ
            for resize, transform in RESIZE[name].items():
                x = transform(Image.open(path).convert("RGB"))[None]
                top = explain(double, name, x.double(), None)[0].argsort(descending=True).tolist()
                classes = (top[0], top[1], top[len(top) // 2])
                logits, truth = explain(double, name, x.double(), classes)
                generator = torch.Generator().manual_seed(0)
                nearby = [x] + [x * (1 + 3e-7 * torch.randn(x.shape, generator=generator)) for _ in range(RUNS - 1)]
                rounded = [explain(single, name, y, classes)[1] for y in nearby]
                record = {"network": name, "picture": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "resize": resize,
                          "input": array(x), "logits": [short(v) for v in logits], "top": top[:10], "taps": [], "maps": [], "inputGradients": []}
                for (group, entry), (t, w) in truth.items():
                    noise = max((r[group, entry][0].double() - t).abs().max() for r in rounded) / t.abs().max().clamp(min=1e-12)
                    small = {"values": [short(v) for v in t.flatten()]} if group == "maps" and t.numel() <= 28 * 28 else {}
                    record[group].append({**dict(entry), "noise": short(noise), **array(t), **small, **({} if w is None else {"weights": [short(v) for v in w]})})
                (out / f"{name}.{path.stem}.{resize}.json").write_text(json.dumps(record))
                worst = max((m["noise"], m["method"], m["layer"]) for m in record["maps"] if m["method"] != "gradcam++")
                print(name, path.name, resize, [labels[c] for c in top[:3]], "largest noise", worst, flush=True)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
