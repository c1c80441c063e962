"""Rewrites what PyTorch 1.13's exporter calls things to what the newer exporter calls them, and opset 17 to 18."""
from collections import Counter

import numpy as np
import onnx
from onnx import numpy_helper

ATEN = {"Conv": "conv2d", "Relu": "relu", "Gemm": "linear", "MaxPool": "max_pool2d", "Add": "add", "Concat": "cat", "Mul": "mul",
        "Flatten": "flatten", "GlobalAveragePool": "mean", "AveragePool": "avg_pool2d", "Transpose": "permute", "MatMul": "matmul"}
BARE = {"Shape", "Gather", "Unsqueeze", "Cast", "Identity", "Pow"}  # what the newer exporter adds without a scope


def path_of(name):
    """`/layer4/layer4.1/conv2/Conv` → layer4.1.conv2; empty for what the network does itself."""
    parts, above = [], ""
    for segment in name.split("/")[1:-1]:
        parts.append(segment[len(above) + 1 :] if above and segment.startswith(above + ".") else segment)
        above = segment
    return ".".join(parts)


def module_of(name, modules):
    """Without the `_1` of a second call."""
    path = []
    for part in filter(None, path_of(name).split(".")):
        whole = ".".join([*path, part])
        path.append(part if whole in modules else part.rpartition("_")[0])
    assert ".".join(path) in modules, name
    return ".".join(path)


def entry(key, value):
    pair = onnx.StringStringEntryProto(key=key, value=value).SerializeToString()
    size = len(pair)
    head = bytes([0x4A, size & 0x7F | (0x80 if size > 127 else 0), *([size >> 7] if size > 127 else [])])
    assert size < 2**14
    return head + pair  # NodeProto.metadata_props = 9, which onnx 1.12 does not know


def reduce_by_input(graph):
    for node in graph.node:
        axes = next((a for a in node.attribute if a.name == "axes"), None)
        if node.op_type.startswith("Reduce") and node.op_type != "ReduceSum" and axes:
            name = f"{node.output[0]}_axes"
            graph.initializer.append(numpy_helper.from_array(np.array(axes.ints, np.int64), name))
            node.input.append(name)
            node.attribute.remove(axes)


def without_constant_nodes(graph):
    for node in [n for n in graph.node if n.op_type == "Constant"]:
        tensor = graph.initializer.add()
        tensor.CopyFrom(node.attribute[0].t)
        tensor.name = node.output[0]
        graph.node.remove(node)


def rename_values(graph, names):
    for node in graph.node:
        for values in (node.input, node.output):
            values[:] = [names.get(v, v) for v in values]
    for tensor in graph.initializer:
        tensor.name = names.get(tensor.name, tensor.name)
    del graph.value_info[:]


def as_dynamo(model, modules):
    """Names and metadata of torch.onnx.export(dynamo=True), the default since PyTorch 2.9, at opset 18."""
    graph = model.graph
    without_constant_nodes(graph)
    reduce_by_input(graph)
    model.opset_import[0].version = 18
    numbers, names = Counter(), {}
    number = lambda kind: f"{kind}_{numbers[kind] - 1}" if numbers.update([kind]) or numbers[kind] > 1 else kind
    for node in graph.node:
        module = module_of(node.name, modules)
        own = number(ATEN.get(node.op_type, "val"))
        node.name = f"node_{own}" if node.op_type in ATEN else f"node_{node.op_type}_{len(names)}"
        for output in node.output:
            names[output] = output if output == "logits" else own if output == node.output[0] else f"{own}_{output}"
        if node.op_type in BARE:
            continue
        parts = module.split(".") if module else []
        scopes = ["", *(".".join(parts[: i + 1]) for i in range(len(parts))), own]
        node.MergeFromString(entry("pkg.torch.onnx.name_scopes", str(scopes)))
    for tensor in graph.initializer:
        if tensor.name.startswith(("onnx::", "/")):
            names[tensor.name] = number("val")
    rename_values(graph, names)
    return model
