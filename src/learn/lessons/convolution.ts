import { code, type Lesson } from './lesson'

export const convolution: Lesson = {
  title: 'Hooks on a module',
  text: [
    'A module takes three kinds of hooks. `registerForwardPreHook` sees what goes in, `registerForwardHook` what comes out, and `registerFullBackwardHook` the gradients at both ends: `gradInput` and `gradOutput`.',
    'The convolution has two kernels, one of ones and one of twos. On a picture of ones they give feature maps of 9 and 18. Max pooling takes the largest of each window; all four are equal here, and then the first place wins: of a gradient of 0.5 the convolution gets 0.5 there and 0 elsewhere.',
    'Backward hooks mean here what `register_full_backward_hook` means in PyTorch. Its older `register_backward_hook`, which could show the gradients of the wrong operator, does not exist.',
  ],
  tasks: [
    'Let the forward hook return the output with every value doubled. Which gradients change, and which do not?',
    'Give the picture one brighter pixel and see which place wins.',
  ],
  code: code`
const g = new GraphBuilder()
const kernels = { dims: [2, 1, 3, 3], data: Array.from({ length: 18 }, (_, i) => (i < 9 ? 1 : 2)) }
const maps = g.conv('conv', g.input('x', [1, 1, 4, 4]), { weight: kernels, bias: [0, 0] })
const net = await load(g.output(g.maxPool('pool', maps, 2)))

const conv = net.module('conv')
conv.registerForwardPreHook((module, [input]) => show('input', input))
conv.registerForwardHook((module, input, output) => show('feature maps', output))
conv.registerFullBackwardHook((module, gradInput, [gradOutput]) => show('gradOutput', gradOutput))

const run = await net.forward({ x: full([1, 1, 4, 4], 1) })
show('pooled', run.logits)
await run.backward({ seed: full([1, 2, 1, 1], 0.5) })
show('gradient of the weight', await run.gradient('conv.weight'))
show('gradient of the bias', await run.gradient('conv.bias'))
`,
}
