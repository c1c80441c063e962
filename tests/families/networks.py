"""One network of every torchvision family: the family's own graph, made narrow and small so that it is quick.

Widths are divided after construction, so everything but the numbers of channels is as torchvision has it.
"""
from dataclasses import dataclass
from typing import Callable

from torch import nn
from torchvision import models as tv
from torchvision.models.convnext import CNBlockConfig

CLASSES = 11  # no number of channels


@dataclass
class Family:
    title: str
    build: Callable[[], nn.Module]
    narrow: int  # widths are divided by this
    size: int
    maps: tuple  # Grad-CAM at three depths
    layer: str  # the default hook point
    cam: str = None  # where CAM is read
    gain: float = 1.7  # of a layer's weights: more keeps small signals alive, less tames deep ones
    fixed: bool = False  # whether the export holds for one picture size alone


def narrow(net, by):
    """The same network with every number of channels divided, but for pictures and classes."""
    if by == 1:
        return net
    def cut(n, keep):
        assert n in keep or n % by == 0, f"{n} channels cannot be divided by {by}"
        return n if n in keep else n // by

    for path, module in list(net.named_modules()):
        if isinstance(module, nn.Conv2d):
            depthwise = module.groups == module.in_channels
            i, o = cut(module.in_channels, (3,)), cut(module.out_channels, (CLASSES,))
            groups = i if depthwise else module.groups
            new = nn.Conv2d(i, o, module.kernel_size, module.stride, module.padding, module.dilation, groups, module.bias is not None)
        elif isinstance(module, nn.BatchNorm2d):
            new = nn.BatchNorm2d(cut(module.num_features, ()), module.eps)
        elif isinstance(module, nn.Linear):
            new = nn.Linear(cut(module.in_features, ()), cut(module.out_features, (CLASSES,)), module.bias is not None)
        else:
            continue
        parent, _, name = path.rpartition(".")
        setattr(net.get_submodule(parent), name, new)
    return net


def plain(make, **options):
    return lambda: make(weights=None, num_classes=CLASSES, **options)


def convnext():
    blocks = [CNBlockConfig(i, o, n) for i, o, n in ((24, 48, 2), (48, 96, 2), (96, 192, 3), (192, None, 2))]
    return tv.ConvNeXt(blocks, num_classes=CLASSES)


def vit():
    return tv.VisionTransformer(image_size=64, patch_size=16, num_layers=4, num_heads=4, hidden_dim=64, mlp_dim=128, num_classes=CLASSES)


def swin():
    return tv.SwinTransformer([4, 4], 24, [2, 2, 2, 2], [2, 4, 6, 8], [4, 4], num_classes=CLASSES)


BLOCKS = ("layer1", "layer3", "layer4")
FAMILIES = {
    "alexnet": Family("AlexNet", plain(tv.alexnet), 4, 224, ("features.1", "features.7", "features.11"), "features.11", fixed=True),
    "vgg11": Family("VGG 11", plain(tv.vgg11), 8, 224, ("features.4", "features.12", "features.19"), "features.19", fixed=True),
    "vgg16_bn": Family("VGG 16 with BatchNorm", plain(tv.vgg16_bn), 8, 224, ("features.12", "features.29", "features.42"), "features.42", fixed=True),
    "resnet18": Family("ResNet 18", plain(tv.resnet18), 4, 64, BLOCKS, "layer4", "layer4"),
    "resnet50": Family("ResNet 50", plain(tv.resnet50), 4, 64, BLOCKS, "layer4", "layer4"),
    "resnext50": Family("ResNeXt 50", plain(tv.resnext50_32x4d), 2, 64, BLOCKS, "layer4", "layer4"),
    "wide_resnet50": Family("Wide ResNet 50", plain(tv.wide_resnet50_2), 4, 64, BLOCKS, "layer4", "layer4"),
    "squeezenet": Family("SqueezeNet 1.1", plain(tv.squeezenet1_1), 4, 96, ("features.3", "features.7", "features.12"), "classifier.2", "features"),
    "densenet": Family("DenseNet 121", plain(tv.densenet121), 4, 64, ("features.denseblock1", "features.denseblock3", "features.norm5"), "Relu", "Relu"),
    "googlenet": Family("GoogLeNet", plain(tv.googlenet, init_weights=False, aux_logits=False), 4, 96, ("inception3b", "inception4c", "inception5b"), "inception5b", "inception5b"),
    "inception_v3": Family("Inception v3", plain(tv.inception_v3, init_weights=False, aux_logits=False), 4, 128, ("Mixed_5d", "Mixed_6e", "Mixed_7c"), "Mixed_7c", "Mixed_7c"),
    "mobilenet_v2": Family("MobileNet v2", plain(tv.mobilenet_v2), 4, 96, ("features.3", "features.10", "features.18"), "features", "features"),
    "mobilenet_v3_small": Family("MobileNet v3 small", plain(tv.mobilenet_v3_small), 4, 96, ("features.1", "features.7", "features.12"), "features"),
    "mobilenet_v3_large": Family("MobileNet v3 large", plain(tv.mobilenet_v3_large), 4, 96, ("features.3", "features.10", "features.16"), "features"),
    "mnasnet": Family("MNASNet", plain(tv.mnasnet1_0), 4, 96, ("layers.8", "layers.10", "layers.16"), "layers", "layers"),
    "shufflenet": Family("ShuffleNet v2", plain(tv.shufflenet_v2_x1_0), 2, 96, ("stage2", "stage3", "conv5"), "conv5", "conv5"),
    "efficientnet_b0": Family("EfficientNet b0", plain(tv.efficientnet_b0), 2, 64, ("features.2", "features.5", "features.8"), "features", "features"),
    "efficientnet_v2": Family("EfficientNet v2 s", plain(tv.efficientnet_v2_s), 4, 64, ("features.2", "features.5", "features.7"), "features", "features", gain=0.5),
    "regnet_x": Family("RegNet X 400MF", plain(tv.regnet_x_400mf), 4, 64, ("trunk_output.block1", "trunk_output.block3", "trunk_output.block4"), "trunk_output", "trunk_output"),
    "regnet_y": Family("RegNet Y 400MF", plain(tv.regnet_y_400mf), 2, 64, ("trunk_output.block1", "trunk_output.block3", "trunk_output.block4"), "trunk_output", "trunk_output"),
    "convnext": Family("ConvNeXt", convnext, 1, 64, ("features.1", "features.5", "features.7"), "features"),
    "vit": Family("ViT", vit, 1, 64, ("conv_proj", "encoder.layers.encoder_layer_1", "encoder.layers.encoder_layer_3.ln_1"), "encoder.layers.encoder_layer_3.ln_1", fixed=True),
    "swin": Family("Swin", swin, 1, 64, ("features.1", "features.3", "features.7"), "features", "permute", fixed=True),
}
