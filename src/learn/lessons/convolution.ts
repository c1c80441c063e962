import { code, type Lesson } from './lesson'

export const convolution: Lesson = {
  title: 'Hooks on a module',
  text: [
    'A module takes three kinds of hooks. `registerForwardPreHook` sees what goes in, `registerForwardHook` what comes out, and `registerFullBackwardHook` the gradients at both ends: `gradInput` and `gradOutput`.',
    'The convolution has two kernels, one of ones and one of twos. On a picture of ones they give feature maps of 9 and 18. Max pooling takes the largest of each window; all four are equal here, and then the first place wins: of a gradient of 0.5 the convolution gets 0.5 there and 0 elsewhere.',
    'Backward hooks mean here what `register_full_backward_hook` means in PyTorch. Its older `register_backward_hook`, which could show the gradients of the wrong operator, does not exist.',
  ],
  tasks: [
    {
      ask: 'Let the forward hook return the output with every value doubled, `mul(output, 2)`. Which gradients change?',
      edits: [
        [
          "conv.registerForwardHook((module, input, output) => console.log('feature maps', output))",
          'conv.registerForwardHook((module, input, output) => mul(output, 2))',
        ],
      ],
      answer:
        'The pooled values are 18 and 36. The gradients of weight and bias double, to 1; `gradOutput` stays 0.5, for it is the gradient at what the hook gave. PyTorch has the same numbers: `mul` records what it does, as torch’s own operators do. An output that is made by hand, `{ dims, data: … }`, has no such record; past it the gradient goes straight through, and the weight’s stays 0.5.',
    },
    {
      ask: 'Give the picture one brighter pixel and see which place wins.',
      edits: [['x: full([1, 1, 4, 4], 1)', 'x: tensor([[[[1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 2]]]])']],
      answer: 'The last of the four windows sees it: 10 and 20, and all of the gradient goes there.',
    },
  ],
  pytorch: code`
import torch
from torch import nn

conv = nn.Conv2d(1, 2, 3)
conv.weight.data = torch.stack([torch.ones(1, 3, 3), 2 * torch.ones(1, 3, 3)])
conv.bias.data = torch.zeros(2)
conv.register_forward_pre_hook(lambda module, input: print('input', input[0]))
conv.register_forward_hook(lambda module, input, output: print('feature maps', output))
conv.register_full_backward_hook(lambda module, grad_input, grad_output: print('gradOutput', grad_output[0]))

x = torch.ones(1, 1, 4, 4)
pooled = nn.MaxPool2d(2)(conv(x))
print('pooled', pooled)
pooled.backward(torch.full((1, 2, 1, 1), 0.5))
print('gradient of the weight', conv.weight.grad)
print('gradient of the bias', conv.bias.grad)
`,
  code: code`
import { full, GraphBuilder, load, mul, tensor } from 'hookscope'

const g = new GraphBuilder()
const kernels = { dims: [2, 1, 3, 3], data: Array.from({ length: 18 }, (_, i) => (i < 9 ? 1 : 2)) }
const maps = g.conv('conv', g.input('x', [1, 1, 4, 4]), { weight: kernels, bias: [0, 0] })
const net = await load(g.output(g.maxPool('pool', maps, 2)))

const conv = net.module('conv')
conv.registerForwardPreHook((module, [input]) => console.log('input', input))
conv.registerForwardHook((module, input, output) => console.log('feature maps', output))
conv.registerFullBackwardHook((module, gradInput, [gradOutput]) => console.log('gradOutput', gradOutput))

const run = await net.forward({ x: full([1, 1, 4, 4], 1) })
console.log('pooled', run.logits)
await run.backward({ seed: full([1, 2, 1, 1], 0.5) })
console.log('gradient of the weight', await run.gradient('conv.weight'))
console.log('gradient of the bias', await run.gradient('conv.bias'))
`,
}
