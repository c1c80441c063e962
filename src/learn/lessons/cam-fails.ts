import { code, type Lesson } from './lesson'

export const camFails: Lesson = {
  title: 'Why CAM fails on AlexNet and VGG16',
  text: [
    'CAM needs one weight for each feature map. ResNet18 averages each map over all places before its last layer, so `fc.weight` is [101, 512]: a weight a class and map.',
    'AlexNet and VGG16 lay the maps out in a row, and feed three linear layers with ReLUs between. `classifier.1.weight` of AlexNet is [4096, 9216]: each of 6 × 6 places of each of 256 maps has weights of its own, and no number says what a whole map counts for.',
    'A hook proves it. It turns the last maps left to right: the same features at other places. ResNet18 does not notice, for a mean has no order. AlexNet’s logit changes. So a map made of one weight a channel cannot be what AlexNet computes; Grad-CAM takes means of gradients in their place.',
  ],
  tasks: [
    {
      ask: 'Mirror ResNet18’s maps one stage earlier, at `layer3`. Is its logit still the same?',
      edits: [["'layer4'", "'layer3'"]],
      answer: 'No: convolutions follow, and these see neighbours on the wrong side. CAM works at the last maps alone.',
    },
  ],
  wait: 'It fetches ResNet18 and AlexNet from this site (41 MB) and runs each twice.',
  pytorch: code`
import torch
from PIL import Image
from torchvision import models

def compare(name, net, layer, weight, image):
    print(name, 'weight', list(weight.shape))
    with torch.no_grad():
        logits = net(image)
        best = logits.argmax()
        layer.register_forward_hook(lambda module, input, output: output.flip(3))
        print(name, 'as it is', logits[0, best].item())
        print(name, 'mirrored', net(image)[0, best].item())

# ImageNet's weights; Learn's networks were trained on Caltech-101.
image = models.ResNet18_Weights.DEFAULT.transforms()(Image.open('cat.jpg').convert('RGB'))[None]
resnet = models.resnet18(weights='DEFAULT').eval()
alexnet = models.alexnet(weights='DEFAULT').eval()
compare('resnet18', resnet, resnet.layer4, resnet.fc.weight, image)
compare('alexnet', alexnet, alexnet.features, alexnet.classifier[1].weight, image)
`,
  code: code`
import { load } from 'hookscope'

/** Left to right. */
function flip({ dims, data }) {
  const width = dims.at(-1)
  return { dims, data: data.map((_, i) => data[i - 2 * (i % width) + width - 1]) }
}

async function compare(id, layer, weight) {
  const { file, image } = await shipped(id)
  const net = await load(file)
  console.log(id + ' weight', (await net.getParameter(weight)).dims)
  const { data } = (await net.forward({ image }, { gradients: false })).logits
  const best = data.indexOf(Math.max(...data))
  net.module(layer).registerForwardHook((module, input, output) => flip(output))
  const mirrored = await net.forward({ image }, { gradients: false })
  console.log(id + ' as it is', data[best])
  console.log(id + ' mirrored', mirrored.logits.data[best])
}

await compare('resnet18', 'layer4', 'fc.weight')
await compare('alexnet', 'features', 'classifier.1.weight')
`,
}
