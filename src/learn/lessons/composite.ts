import { code, type Lesson } from './lesson'

export const composite: Lesson = {
  title: 'A module of modules',
  text: [
    'A path with points names a module within a module: `block.fc` and `block.relu` lie in `block`. Hooks stand on either.',
    'A hook on `block` sees it from outside: what its first part gets, what its last part gives, and not what flows between. Its `gradInput` is the gradient at the block’s input, its `gradOutput` that at its output.',
    'The hook on `block.relu` is called first, for the ReLU is done before the block is.',
  ],
  tasks: [
    {
      ask: 'Let the hook on `block.relu` return `mul(output, 2)`. What does the hook on `block` see?',
      edits: [["console.log('relu gives', output)", 'mul(output, 2)']],
      answer:
        'The doubled values, [[6, 0, 2]]: what a hook returns is what everyone later sees. The gradient at the block’s input doubles, too: [[2, 2]].',
    },
    {
      ask: 'Put the backward hook on `block.relu` instead. What changes in `gradInput`?',
      edits: [["net.module('block').registerFullBackwardHook", "net.module('block.relu').registerFullBackwardHook"]],
      answer: 'It is the gradient at the ReLU’s input now: [[1, 0, −1]], with a 0 where the ReLU let nothing through.',
    },
  ],
  pytorch: code`
import torch
from torch import nn

block = nn.Sequential()
block.add_module('fc', nn.Linear(2, 3, bias=False))
block.add_module('relu', nn.ReLU())
net = nn.Sequential()
net.add_module('block', block)
net.add_module('fc', nn.Linear(3, 1, bias=False))
block.fc.weight.data = torch.tensor([[1.0, 2.0], [-3.0, 1.0], [0.0, 1.0]])
net.fc.weight.data = torch.tensor([[1.0, 2.0, -1.0]])

def look(module, grad_input, grad_output):
    print('gradInput', grad_input[0])
    print('gradOutput', grad_output[0])

block.register_forward_hook(lambda module, input, output: print('block gives', output))
block.relu.register_forward_hook(lambda module, input, output: print('relu gives', output))
block.register_full_backward_hook(look)
net(torch.ones(1, 2, requires_grad=True)).backward()
`,
  code: code`
import { GraphBuilder, load, mul, tensor } from 'hookscope'

const g = new GraphBuilder()
const hidden = g.linear('block.fc', g.input('x', [1, 2]), { weight: tensor([[1, 2], [-3, 1], [0, 1]]) })
const relu = g.relu('block.relu', hidden)
const net = await load(g.output(g.linear('fc', relu, { weight: tensor([[1, 2, -1]]) })))

net.module('block').registerForwardHook((module, input, output) => console.log('block gives', output))
net.module('block.relu').registerForwardHook((module, input, output) => console.log('relu gives', output))
net.module('block').registerFullBackwardHook((module, [gradInput], [gradOutput]) => {
  console.log('gradInput', gradInput)
  console.log('gradOutput', gradOutput)
})

const run = await net.forward({ x: tensor([[1, 1]]) })
await run.backward()
`,
}
