import { code, type Lesson } from './lesson'

export const cam: Lesson = {
  title: 'A class activation map by hand',
  text: [
    'ResNet18 (He 2015) averages each of the 512 maps that leave `layer4` over the picture, and its last layer `fc` weighs the averages: a class’s logit is their weighted sum, plus a bias.',
    'Zhou (2016) noticed that the sum may be taken before the average. The same weights, applied to the maps, show how much each place adds to the class: a class activation map (CAM).',
    'A hook keeps the maps, `getParameter` reads the weights, and a sum over the channels is all that is left. The page’s own CAM is the same map.',
  ],
  tasks: [
    {
      ask: 'Choose another class by its name.',
      edits: [['logits.data.indexOf(Math.max(...logits.data))', "resnet.labels.indexOf('Leopards')"]],
      answer:
        'The sum is taken with the weights of that class. The map is coloured from its own largest value, so it looks strong even where the class is unlikely: read the largest value.',
    },
    {
      ask: 'Choose the least likely class: `Math.min`.',
      edits: [['Math.max(...logits.data)', 'Math.min(...logits.data)']],
      answer:
        'Its map has only little above 0, or nothing: what is seen speaks against it. `hookscope explain cat.jpg --model resnet18 --method cam --class bottom1` makes the same map.',
    },
    {
      ask: 'Sum the maps without weights. What does the network look at, whatever the class?',
      edits: [['weight.data[best * channels + k] * ', '']],
      answer:
        'At the animal’s face: the strongest features lie there. It is no longer the page’s CAM, as the difference says.',
    },
  ],
  wait: 'It fetches ResNet18 from this site (11 MB) and runs it twice.',
  pytorch: code`
import torch
from PIL import Image
from torchvision import models

# ImageNet's weights; Learn's ResNet18 was trained on Caltech-101.
weights = models.ResNet18_Weights.DEFAULT
net = models.resnet18(weights=weights).eval()
image = weights.transforms()(Image.open('cat.jpg').convert('RGB'))[None]

kept = {}
net.layer4.register_forward_hook(lambda module, input, output: kept.update(maps=output))
with torch.no_grad():
    logits = net(image)
best = logits.argmax()

cam = (net.fc.weight[best, :, None, None] * kept['maps'][0]).sum(dim=0)

print(weights.meta['categories'][best])
print('largest value', cam.max())
`,
  code: code`
const resnet = await shipped('resnet18')
const net = await load(resnet.file)

let maps
net.module('layer4').registerForwardHook((module, input, output) => {
  maps = output
})
const { logits } = await net.forward({ image: resnet.image }, { gradients: false })
const best = logits.data.indexOf(Math.max(...logits.data))
const weight = await net.getParameter('fc.weight')
const [, channels, height, width] = maps.dims

const cam = new Float32Array(height * width)
for (let k = 0; k < channels; k++)
  for (let i = 0; i < cam.length; i++)
    cam[i] += weight.data[best * channels + k] * maps.data[k * cam.length + i]

showHeatmap(resnet.labels[best], { dims: [height, width], data: cam }, resnet.picture)

const builtIn = await resnet.explain('cam', 'layer4', best)
const differences = cam.map((value, i) => Math.abs(value - builtIn.data[i]))
show('largest value', Math.max(...cam))
show('largest difference from the page’s own CAM', Math.max(...differences))
`,
}
