import { code, type Lesson } from './lesson'

export const gradcam: Lesson = {
  title: 'Grad-CAM by hand',
  text: [
    'CAM needs a network that ends in pooling and one linear layer. Grad-CAM (Selvaraju 2017) takes its weights from gradients instead: the weight of a feature map is the mean of the class’s gradient over it. So it works at every layer, and in AlexNet and VGG16 as well, where several linear layers follow.',
    'Two hooks are all that it takes: a forward hook keeps the maps, a backward hook their gradient. A ReLU cuts off what speaks against the class.',
    'The page’s own Grad-CAM is the same map.',
  ],
  tasks: [
    {
      ask: 'Go to an earlier layer: write `layer3`.',
      edits: [["const layer = 'layer4'", "const layer = 'layer3'"]],
      answer: 'The map is finer, 14 × 14, and says less about the class. It still is the page’s own.',
    },
    {
      ask: 'Explain the least likely class: `Math.min`.',
      edits: [['Math.max(...logits.data)', 'Math.min(...logits.data)']],
      answer: 'Little or nothing is above 0: no place speaks for that class.',
    },
  ],
  wait: 'It fetches ResNet18 from this site (11 MB) and runs it forwards and back, twice.',
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
net.layer4.register_full_backward_hook(lambda module, grad_input, grad_output: kept.update(gradient=grad_output[0]))

logits = net(image)
best = logits.argmax()
logits[0, best].backward()

mean = kept['gradient'].mean(dim=(2, 3), keepdim=True)
cam = torch.relu((mean * kept['maps']).sum(dim=(0, 1)))

print(weights.meta['categories'][best])
print('largest value', cam.max())
`,
  code: code`
import { load, mean, mul, relu, sum } from 'hookscope'

const resnet = await shipped('resnet18')
const net = await load(resnet.file)
const layer = 'layer4'

let maps, gradient
net.module(layer).registerForwardHook((module, input, output) => {
  maps = output
})
net.module(layer).registerFullBackwardHook((module, gradInput, [gradOutput]) => {
  gradient = gradOutput
})

const run = await net.forward({ image: resnet.image })
const { logits } = run
const best = logits.data.indexOf(Math.max(...logits.data))
await run.backward({ class: best })

const weights = mean(gradient, { dim: [2, 3], keepdim: true })
const { dims, data } = relu(sum(mul(weights, maps), { dim: [0, 1] }))
showHeatmap(resnet.labels[best], { dims, data }, resnet.picture)

const builtIn = await resnet.explain('gradcam', layer, best)
const differences = data.map((value, i) => Math.abs(value - builtIn.data[i]))
show('largest value', Math.max(...data))
show('largest difference from the page’s own Grad-CAM', Math.max(...differences))
`,
}
