import { code, type Lesson } from './lesson'

export const alexnet: Lesson = {
  title: 'Feature maps of a real network',
  text: [
    'AlexNet (Krizhevsky 2012) as PyTorch exported it to ONNX, and a picture of a cat. A forward hook on every convolution shows its feature maps as a grid: one small picture a channel, scaled from its own smallest value to its largest, as torchvision’s `make_grid` does with `normalize=True, scale_each=True` and `nrow=int(sqrt(channels))`.',
    'The first maps still look like the cat: edges and colours. Later ones are coarser, and many are dark but for a few places: something that the channel looks for was found there.',
    'A name comes from the file: `features.0` is what PyTorch calls `model.features[0]`.',
  ],
  tasks: [
    {
      ask: 'Hook the ReLUs instead. Those of the classifier give rows of numbers, which no grid shows.',
      edits: [["ops.includes('Conv')", "ops.includes('Relu')"]],
      answer: 'Seven ReLUs: five grids, in which what was negative is black, and two rows of 4,096.',
    },
    {
      ask: 'Let the hook on `features.0` return zeros for channel 5, and compare what the network says.',
      edits: [
        [
          '\nconst run =',
          `
net.module('features.0').registerForwardHook((module, input, output) =>
  mul(output, { dims: [1, 64, 1, 1], data: Float32Array.from({ length: 64 }, (_, k) => (k === 5 ? 0 : 1)) }),
)
const run =`,
        ],
      ],
      answer: 'It says another class: one channel of 64 carries that much here.',
    },
  ],
  wait: 'It fetches AlexNet from this site (30 MB) and runs it once.',
  pytorch: code`
import torch
from PIL import Image
from torch import nn
from torchvision import models
from torchvision.utils import save_image

# ImageNet's weights; Learn's AlexNet was trained on Caltech-101.
weights = models.AlexNet_Weights.DEFAULT
net = models.alexnet(weights=weights).eval()
image = weights.transforms()(Image.open('cat.jpg').convert('RGB'))[None]

def look(path):
    def hook(module, input, output):
        maps = output[0].unsqueeze(1)
        file = f'{path} {list(output.shape)}.png'
        save_image(maps, file, nrow=int(len(maps) ** 0.5), normalize=True, scale_each=True)
    return hook

for path, module in net.named_modules():
    if isinstance(module, nn.Conv2d):
        module.register_forward_hook(look(path))

with torch.no_grad():
    logits = net(image)
print('it says', weights.meta['categories'][logits.argmax()])
`,
  code: code`
const { file, image, labels } = await shipped('alexnet')
const net = await load(file)

const all = module => [module, ...module.children.flatMap(all)]
const convolutions = all(net.modules()).filter(({ ops }) => ops.includes('Conv'))

for (const { path } of convolutions)
  net.module(path).registerForwardHook((module, input, output) => {
    const look = output.dims.length === 4 ? showGrid : show
    look(path + ' ' + JSON.stringify(output.dims), output)
  })

const run = await net.forward({ image }, { gradients: false })
const { data } = run.logits
show('it says', labels[data.indexOf(Math.max(...data))])
`,
}
