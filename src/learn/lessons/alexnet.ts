import { code, type Lesson } from './lesson'

export const alexnet: Lesson = {
  title: 'Feature maps of a real network',
  text: [
    'AlexNet (Krizhevsky 2012) as PyTorch exported it to ONNX, and a picture of a cat. A forward hook on every convolution shows its feature maps as a grid: one small picture a channel, scaled from its own smallest value to its largest, as torchvision’s `make_grid` does with `normalize=True, scale_each=True` and `nrow=int(sqrt(channels))`.',
    'The first maps still look like the cat: edges and colours. Later ones are coarser, and many are dark but for a few places: something that the channel looks for was found there.',
    'A name comes from the file: `features.0` is what PyTorch calls `model.features[0]`.',
  ],
  tasks: [
    "Hook the ReLUs instead: `ops.includes('Relu')`.",
    'Let the hook on `features.0` return zeros for channel 5, and compare what the network says.',
  ],
  wait: 'It fetches AlexNet from this site (30 MB) and runs it once.',
  code: code`
const { file, image, labels } = await shipped('alexnet')
const net = await load(file)

const all = module => [module, ...module.children.flatMap(all)]
const convolutions = all(net.modules()).filter(({ ops }) => ops.includes('Conv'))

for (const { path } of convolutions)
  net.module(path).registerForwardHook((module, input, output) => {
    showGrid(path + ' ' + JSON.stringify(output.dims), output)
  })

const run = await net.forward({ image }, { gradients: false })
const { data } = run.logits
show('it says', labels[data.indexOf(Math.max(...data))])
`,
}
