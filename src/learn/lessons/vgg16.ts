import { code, type Lesson } from './lesson'

export const vgg16: Lesson = {
  title: 'A hook on many layers at once',
  text: [
    'A module may hold others. VGG16 (Simonyan and Zisserman 2014) keeps its 13 convolutions, their ReLUs and 5 poolings in one module, `features`. A hook there sees what leaves the last of them: for a picture of 224 pixels, [1, 512, 7, 7].',
    'The shape does not depend on the weights, so random ones will do: 14.7 million, drawn as He (2015) proposed, so that the values neither fade nor blow up on the way.',
  ],
  tasks: [
    {
      ask: 'Hook `features.4`, the first pooling, instead.',
      edits: [["net.module('features')", "net.module('features.4')"]],
      answer: 'It gets [1, 64, 224, 224] and gives [1, 64, 112, 112].',
    },
    {
      ask: 'Feed a picture of 96 pixels: change `224` in both places.',
      edits: [
        ["g.input('image', [1, 3, 224, 224])", "g.input('image', [1, 3, 96, 96])"],
        ['randn([1, 3, 224, 224])', 'randn([1, 3, 96, 96])'],
      ],
      answer: 'Five poolings halve 96 to 3: [1, 512, 3, 3].',
    },
  ],
  wait: 'It draws 14.7 million weights and computes 15 billion products.',
  pytorch: code`
import torch
from torchvision import models

net = models.vgg16(weights=None).eval()

def look(module, input, output):
    print('operators inside', len(module))
    print('input', input[0].shape)
    print('output', output.shape)

net.features.register_forward_hook(look)
with torch.no_grad():
    net.features(torch.randn(1, 3, 224, 224))
`,
  code: code`
const g = new GraphBuilder()
const M = 'max pooling'
const layers = [64, 64, M, 128, 128, M, 256, 256, 256, M, 512, 512, 512, M, 512, 512, 512, M]

let x = g.input('image', [1, 3, 224, 224])
let channels = 3
let index = 0
for (const size of layers) {
  if (size === M) {
    x = g.maxPool('features.' + index++, x, 2)
    continue
  }
  const weight = randn([size, channels, 3, 3], { std: Math.sqrt(2 / (9 * channels)) })
  x = g.conv('features.' + index++, x, { weight, bias: full([size], 0), padding: 1 })
  x = g.relu('features.' + index++, x)
  channels = size
}
const net = await load(g.output(x))

net.module('features').registerForwardHook((module, input, output) => {
  show('operators inside', net.operators().length)
  show('input', input[0].dims)
  show('output', output.dims)
  showGrid('its 512 feature maps', output)
})
await net.forward({ image: randn([1, 3, 224, 224]) }, { gradients: false })
`,
}
