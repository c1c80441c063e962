"""Write what tests/families holds the program against: graphs without their weights, and PyTorch's values.

    python3 export.py [FAMILY …]

For each family of networks.py: `graphs/FAMILY.VARIANT.onnx.gz`, as torch.onnx.export writes it at several opsets, and
`values/FAMILY.json.gz`. A weight is left out of a graph; its doc_string tells how seeded.py makes it, or how the exporter
made it of several that seeded.py makes (BatchNorm folded into a convolution, a transposed matrix). Needs Debian's
python3-torch 1.13, python3-torchvision 0.14, python3-onnx and libopenblas0-pthread.

Values are computed in float64. `noise` is how far PyTorch itself is off in float32, at worst over runs whose inputs
differ by rounding, as a share of the largest absolute value; weights are drawn again until it is small.

ARRAY is {shape, max, samples: [[flat index, value] at 256 places spread over it]}, or values instead of samples.
"""
import gzip, io, itertools, json, math, sys, warnings
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch.onnx import TrainingMode

import renamed
from networks import FAMILIES, narrow
from seeded import seeded

HERE = Path(__file__).resolve().parent
RUNS = 4
NOISE = 2.5e-4
SHIPPED = 256  # bytes of a weight that is left in its graph


def recipe(family, draw, name, tensor):
    """Scale and offset of one parameter, so that activations and gradients keep their size through the network."""
    last = name.split(".")[-1]
    how = {"name": f"{family}/{draw}/{name}", "shape": list(tensor.shape), "scale": 0.2, "offset": 0.0}
    if last == "running_var" or last == "weight" and tensor.dim() == 1:
        return {**how, "scale": 0.4, "offset": 1.0}
    if last in ("running_mean", "bias", "in_proj_bias"):
        return how
    if last == "layer_scale":
        return {**how, "offset": 0.5}
    if last in ("class_token", "pos_embedding", "relative_position_bias_table"):
        return {**how, "scale": 0.5}
    return {**how, "scale": math.sqrt(3 * FAMILIES[family].gain / (tensor.numel() / tensor.shape[0]))}


def made(how):
    return seeded(how["name"], how["shape"], how["scale"], how["offset"])


def build(key, draw):
    family = FAMILIES[key]
    net = narrow(family.build(), family.narrow).eval()
    recipes = {}
    for name, tensor in net.state_dict().items():
        if tensor.is_floating_point():
            recipes[name] = recipe(key, draw, name, tensor)
            with torch.no_grad():
                tensor.copy_(torch.from_numpy(made(recipes[name])))
    for module in net.modules():
        if hasattr(module, "inplace"):
            module.inplace = False
    return net, recipes


# values


def short(v):
    return float(f"{float(v):.8g}")


def array(t, whole=1024):
    flat = t.detach().double().flatten()
    found = {"shape": list(t.shape), "max": short(flat.abs().max())}
    if flat.numel() <= whole:
        return {**found, "values": [short(v) for v in flat]}
    places = torch.linspace(0, flat.numel() - 1, 256).round().long()
    return {**found, "samples": [[p, short(flat[p])] for p in places.tolist()]}


def grid(key, t):
    """[1, C, H, W] of what a module gives: tokens without the class token, or channels last."""
    if t.dim() == 3:
        side = math.isqrt(t.shape[1] - 1)
        return t[:, 1:].transpose(1, 2).reshape(1, -1, side, side)
    return t.permute(0, 3, 1, 2) if key == "swin" and t.dim() == 4 and t.shape[1] == t.shape[2] else t


def observe(key, net, x, target=None):
    """One forward and one backward pass: what every module gave, and all that is compared."""
    family, calls, taps, maker = FAMILIES[key], {}, {}, {}

    def hook(path):
        def seen(module, inputs, output):
            output = output[0] if isinstance(output, tuple) else output
            if not isinstance(output, torch.Tensor) or not path:
                return None
            kept = output.clone()  # what follows may change it in place
            first = next((i if isinstance(i, torch.Tensor) else i[-1] for i in inputs), output.new_zeros(0))
            calls.setdefault(path, []).append({
                "value": output.detach(),
                "passes": output.numel() == first.numel() and torch.equal(output.flatten(), first.flatten()),
                "folds": maker.get(id(first), (None,))[0] if isinstance(module, torch.nn.BatchNorm2d) else None,
            })
            if isinstance(module, torch.nn.Conv2d):
                maker[id(kept)] = path, kept
            if path in family.maps:
                kept.retain_grad()
                taps[path] = kept
            return None if isinstance(module, torch.nn.MultiheadAttention) else kept
        return seen

    handles = [module.register_forward_hook(hook(path)) for path, module in net.named_modules()]
    x = x.clone().requires_grad_()
    logits = net(x)[0]
    for handle in handles:
        handle.remove()
    target = int(logits.argmax()) if target is None else target
    logits[target].backward()
    found = {"logits": logits.detach(), "inputGradient": x.grad}
    for path, value in taps.items():
        a, g = grid(key, value.detach())[0], grid(key, value.grad)[0]
        weights = g.mean((1, 2))
        found[f"tap {path}"] = a
        found[f"weights {path}"] = weights
        found[f"map {path}"] = (weights[:, None, None] * a).sum(0).relu()
    return target, calls, found


def off(found, truth):
    return max(short((found[k].double() - t).abs().max() / t.abs().max().clamp(min=1e-12)) for k, t in truth.items())


def values(key, net):
    family = FAMILIES[key]
    x = torch.from_numpy(seeded(f"{key}/picture", (1, 3, family.size, family.size), 2.0))
    net.double()
    target, calls, truth = observe(key, net, x.double())
    net.float()
    generator = torch.Generator().manual_seed(0)
    nearby = [x] + [x * (1 + 3e-7 * torch.randn(x.shape, generator=generator)) for _ in range(RUNS - 1)]
    noise = max(off(observe(key, net, y, target)[2], truth) for y in nearby)
    flat = [path for path in family.maps if truth[f"map {path}"].max() == 0]
    modules = {path: [{"shape": list(c["value"].shape), "absSum": short(c["value"].abs().sum()), "sum": short(c["value"].sum()),
                       **({"passes": True} if c["passes"] else {}), **({"folds": c["folds"]} if c["folds"] else {})} for c in list_]
               for path, list_ in calls.items()}
    record = {"title": family.title, "size": family.size, "layer": family.layer, "cam": family.cam, "target": target, "noise": noise,
              "logits": [short(v) for v in truth["logits"]], "inputGradient": array(truth["inputGradient"][0]),
              "maps": [{"layer": path, "tap": array(truth[f"tap {path}"]), "weights": [short(v) for v in truth[f"weights {path}"]],
                        "map": array(truth[f"map {path}"])} for path in family.maps], "modules": modules}
    return x, record, noise, flat


# graphs


class Weights:
    """Tells how a graph's weight is made of the network's parameters, by its content."""

    def __init__(self, net, recipes):
        self.recipes = recipes
        self.parameters = {name: made(how) for name, how in recipes.items()}
        self.folds = []
        modules = list(net.named_modules())
        for path, module in modules:
            if isinstance(module, torch.nn.BatchNorm2d):
                self.folds.append((path, module.eps))
        self.convs = [path for path, module in modules if isinstance(module, torch.nn.Conv2d)]

    def find(self, name, data):
        if name in self.parameters and self.parameters[name].shape == data.shape:
            return self.recipes[name]
        for key, value in self.parameters.items():
            if value.size == data.size:
                for order in itertools.permutations(range(value.ndim)):
                    if value.transpose(order).shape == data.shape and np.array_equal(value.transpose(order), data):
                        return {**self.recipes[key], "order": list(order)}
        for path, eps in self.folds:
            gamma, beta, mean, var = (self.parameters[f"{path}.{p}"] for p in ("weight", "bias", "running_mean", "running_var"))
            if len(gamma) != data.shape[0]:
                continue
            gain = gamma.astype(np.float64) / np.sqrt(var.astype(np.float64) + eps)
            bn = {p: self.recipes[f"{path}.{q}"] for p, q in (("gamma", "weight"), ("beta", "bias"), ("mean", "running_mean"), ("var", "running_var"))}
            for conv in self.convs:
                weight, bias = self.parameters[f"{conv}.weight"], self.parameters.get(f"{conv}.bias")
                if data.ndim == 1 and len(weight) == len(data):
                    whole = beta + ((0 if bias is None else bias) - mean) * gain
                    if np.allclose(whole, data, rtol=1e-4, atol=1e-5):
                        return {"fold": "bias", "eps": eps, **bn, **({} if bias is None else {"bias": self.recipes[f"{conv}.bias"]})}
                if weight.shape == data.shape:
                    first = data[:, 0, 0, 0] if data.ndim == 4 else data
                    if np.allclose(weight[:, 0, 0, 0] * gain, first, rtol=1e-4, atol=1e-6):
                        return {"fold": "weight", "eps": eps, "conv": self.recipes[f"{conv}.weight"], **bn}
        return None


def constants(graph):
    for tensor in graph.initializer:
        yield tensor.name, tensor
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.TENSOR:
                yield node.output[0], attribute.t


def strip(model, weights):
    for name, tensor in constants(model.graph):
        if tensor.data_type != onnx.TensorProto.FLOAT or len(tensor.raw_data) <= SHIPPED:
            continue
        how = weights.find(name, numpy_helper.to_array(tensor))
        if how is None:
            assert len(tensor.raw_data) < 2**14, f"{name} {list(tensor.dims)} is made of nothing known"
            continue
        tensor.doc_string = json.dumps(how)
        tensor.ClearField("raw_data")


def onnx_of(net, x, opset, folded=True, **options):
    buffer = io.BytesIO()
    training = TrainingMode.EVAL if folded else TrainingMode.PRESERVE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(net, x, buffer, opset_version=opset, training=training, do_constant_folding=folded,
                          input_names=["image"], output_names=["logits"], **options)
    model = onnx.load_model_from_string(buffer.getvalue())
    for node in model.graph.node:
        node.doc_string = ""
    return model


def variants(net, x, fixed, number):
    """Opsets, BatchNorm folded and not, weights as inputs too, open batch and sizes, and the newer exporter's names."""
    between = (12, 14, 15, 16)[number % 4]  # one of those that change little
    axes = {0: "batch"} if fixed else {0: "batch", 2: "height", 3: "width"}
    yield "opset11-bn", onnx_of(net, x, 11, folded=False)
    yield "opset13", onnx_of(net, x, 13, keep_initializers_as_inputs=True)
    yield f"opset{between}", onnx_of(net, x, between)
    yield "opset17", onnx_of(net, x, 17, dynamic_axes={"image": axes, "logits": {0: "batch"}})
    yield "opset18-dynamo", renamed.as_dynamo(onnx_of(net, x, 17), {path for path, _ in net.named_modules()})


def save(path, content):
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(gzip.compress(content, 9, mtime=0))


def main(keys):
    torch.set_num_threads(2)
    for key in keys or FAMILIES:
        for draw in itertools.count():
            net, recipes = build(key, draw)
            x, record, noise, flat = values(key, net)
            if noise <= NOISE and not flat:
                break
            print(f"{key}: draw {draw} has noise {noise:.1e}, empty maps {flat}", flush=True)
            assert draw < 20
        save(HERE / "values" / f"{key}.json.gz", json.dumps(record, separators=(",", ":")).encode())
        weights = Weights(net, recipes)
        for variant, model in variants(net, x, FAMILIES[key].fixed, list(FAMILIES).index(key)):
            strip(model, weights)
            file = HERE / "graphs" / f"{key}.{variant}.onnx.gz"
            save(file, model.SerializeToString())
            ops = sorted({node.op_type for node in model.graph.node})
            print(f"{key}.{variant}: noise {noise:.1e}, {file.stat().st_size} bytes, {' '.join(ops)}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
