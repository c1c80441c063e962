"""The two networks in their two forms: as they are trained, and folded as they ship."""
import sys
from pathlib import Path

import torch
import torchvision
from torch.nn.utils.fusion import fuse_conv_bn_eval

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "golden"))
from onnx_torch import OnnxModule


def plain(name, classes):
    return getattr(torchvision.models, name)(weights=None, num_classes=classes)


def network(name, classes):
    """As it ships: BatchNorm folded away, convolutions carry biases, bn modules are Identity."""
    net = plain(name, classes).eval()
    return fold(net) if name == "resnet18" else net


def convolutions(net):
    """(parent, name of the convolution, name of its BatchNorm) of a ResNet18."""
    yield net, "conv1", "bn1"
    for layer in (net.layer1, net.layer2, net.layer3, net.layer4):
        for block in layer:
            yield block, "conv1", "bn1"
            yield block, "conv2", "bn2"
            if block.downsample is not None:
                yield block.downsample, "0", "1"


def fold(net):
    for parent, conv, bn in convolutions(net):
        setattr(parent, conv, fuse_conv_bn_eval(getattr(parent, conv), getattr(parent, bn)))
        setattr(parent, bn, torch.nn.Identity())
    return net


def shipped(path, name, classes):
    """The folded network with the weights of an ONNX file that export.py wrote."""
    net, values = network(name, classes), OnnxModule(path).constants
    net.load_state_dict({k: values[k] for k in net.state_dict()})
    return net


@torch.no_grad()
def unfold(folded, batches):
    """The trainable form of a folded ResNet18: the same function in eval mode, its BatchNorm statistics those of `batches`."""
    net = plain("resnet18", folded.fc.out_features)
    net.fc.load_state_dict(folded.fc.state_dict())
    biases = []
    for (parent, conv, bn), (source, _, _) in zip(convolutions(net), convolutions(folded)):
        getattr(parent, conv).weight.copy_(getattr(source, conv).weight)
        biases.append((getattr(parent, bn), getattr(source, conv).bias))
    # statistics layer by layer need the layers before them right: let each BatchNorm add the bias only, and watch its input
    sums = {}
    def watch(bn, bias):
        def forward(x):
            total = sums.setdefault(bn, [0, 0, 0])
            total[0] += x.numel() // x.shape[1]
            total[1] = total[1] + x.double().sum((0, 2, 3))
            total[2] = total[2] + (x.double() ** 2).sum((0, 2, 3))
            return x + bias[:, None, None]
        return forward
    for bn, bias in biases:
        bn.forward = watch(bn, bias)
    net.eval()
    for x in batches:
        net(x)
    for bn, bias in biases:
        del bn.forward
        n, first, second = sums[bn]
        mean, var = first / n, second / n - (first / n) ** 2
        bn.running_mean.copy_(mean); bn.running_var.copy_(var)
        bn.weight.copy_((var + bn.eps).sqrt()); bn.bias.copy_(mean + bias)
    return net
