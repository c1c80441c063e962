import { code, type Lesson } from './lesson'

export const guided: Lesson = {
  title: 'Guided backpropagation as a class',
  text: [
    'Guided backpropagation (Springenberg 2015) lets only positive gradients pass every ReLU. A class keeps it together: its constructor puts a backward hook on each ReLU of AlexNet, `gradient` runs forwards and back, and `remove` takes the hooks away.',
    'The gradient at the image has three channels, as the image has. To be seen in colour it is shifted and scaled, (x − mean) / std · 0.25 + 0.5, and cut to 0..1: grey is no gradient.',
    'PyTorch’s AlexNet has ReLUs that work in place. There `inplace` has to be switched off first, for a full backward hook forbids it.',
  ],
  tasks: [
    {
      ask: 'Let the hooks return nothing. What is drawn then?',
      edits: [['([gradInput]) => relu(gradInput)', '() => {}']],
      answer:
        'The plain gradient: noise in which the cat is hardly seen. It is no longer the page’s guided backpropagation.',
    },
    {
      ask: 'Call `remove()` before the gradient is taken.',
      edits: [['const gradient =', 'guided.remove()\nconst gradient =']],
      answer: 'The same plain gradient: hooks that were removed change nothing.',
    },
  ],
  wait: 'It fetches AlexNet from this site (30 MB) and runs it forwards and back, twice.',
  pytorch: code`
import torch
from PIL import Image
from torch import nn
from torchvision import models
from torchvision.utils import save_image

class GuidedBackprop:
    def __init__(self, net):
        self.net = net
        self.handles = []
        for module in net.modules():
            if isinstance(module, nn.ReLU):
                module.inplace = False
                self.handles.append(module.register_full_backward_hook(self.rectify))

    def rectify(self, module, grad_input, grad_output):
        return (torch.relu(grad_input[0]),)

    def gradient(self, image):
        image = image.clone().requires_grad_()
        logits = self.net(image)
        logits[0, logits.argmax()].backward()
        return image.grad

    def remove(self):
        for handle in self.handles:
            handle.remove()

# ImageNet's weights; Learn's AlexNet was trained on Caltech-101.
weights = models.AlexNet_Weights.DEFAULT
net = models.alexnet(weights=weights).eval()
image = weights.transforms()(Image.open('cat.jpg').convert('RGB'))[None]

guided = GuidedBackprop(net)
gradient = guided.gradient(image)
colours = (gradient - gradient.mean()) / gradient.std() * 0.25 + 0.5
save_image(colours.clamp(0, 1), 'guided.png')
`,
  code: code`
import { load, relu } from 'hookscope'
import { toPixels } from 'hookscope/image'

class GuidedBackprop {
  constructor(net) {
    this.net = net
    const all = module => [module, ...module.children.flatMap(all)]
    const relus = all(net.modules()).filter(({ ops }) => String(ops) === 'Relu')
    const rectify = ([gradInput]) => relu(gradInput)
    this.handles = relus.map(({ path }) =>
      net.module(path).registerFullBackwardHook((module, gradInput) => rectify(gradInput)),
    )
  }

  async gradient(image) {
    const run = await this.net.forward({ image })
    const { data } = run.logits
    await run.backward({ class: data.indexOf(Math.max(...data)) })
    return run.gradient('image')
  }

  remove() {
    for (const handle of this.handles) handle.remove()
  }
}

const { file, image, explain } = await shipped('alexnet')
const guided = new GuidedBackprop(await load(file))
const gradient = await guided.gradient(image)

const { data } = gradient
const mean = data.reduce((sum, x) => sum + x, 0) / data.length
const std = Math.sqrt(data.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (data.length - 1))
const colours = data.map(x => Math.min(1, Math.max(0, ((x - mean) / std) * 0.25 + 0.5)))
showPicture('guided', toPixels({ dims: gradient.dims.slice(1), data: colours }))

const builtIn = await explain('guided', 'input', 25)
const largest = values => values.reduce((most, x) => Math.max(most, Math.abs(x)), 0)
const difference = largest(data.map((x, i) => x - builtIn.data[i])) / largest(builtIn.data)
show('largest difference from the page’s own, as a share', difference)
`,
}
