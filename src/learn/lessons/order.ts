import { code, type Lesson } from './lesson'

export const order: Lesson = {
  title: 'The order of hooks, and their handles',
  text: [
    'Before a module computes, its pre-hooks are called; when it is done, its forward hooks. A module that holds others begins before them and ends after them: the network itself, whose path is empty, is first and last.',
    'The backward pass goes the other way round: the last module first. A backward hook is called once the gradient at its module’s input is there, so that of the whole network comes last.',
    'Whoever registers a hook gets a handle. `remove()` ends that one hook, and may be called twice; the others stay.',
  ],
  tasks: [
    {
      ask: 'Remove the first handle alone. Which hook is missing in the second pass?',
      edits: [['for (const handle of handles) handle.remove()', 'handles[0].remove()']],
      answer: 'The one after fc1. Those after relu and after the network are called.',
    },
    {
      ask: 'Register a second hook after `relu`. Is it called before or after the first?',
      edits: [
        [
          'const run =',
          "net.module('relu').registerForwardHook(() => console.log('after relu, the second'))\nconst run =",
        ],
      ],
      answer: 'After it: hooks on one point are called in the order in which they were registered.',
    },
  ],
  pytorch: code`
import torch
from torch import nn

net = nn.Sequential()
net.add_module('fc1', nn.Linear(2, 2))
net.add_module('relu', nn.ReLU())

def hooks(path):
    module = net.get_submodule(path)
    module.register_forward_pre_hook(lambda *_: print('before', path or 'the network'))
    module.register_full_backward_hook(lambda *_: print('back through', path or 'the network'))
    return module.register_forward_hook(lambda *_: print('after', path or 'the network'))

handles = [hooks(path) for path in ['fc1', 'relu', '']]
x = torch.ones(1, 2, requires_grad=True)
net(x).backward(torch.tensor([[1.0, 0.0]]))

for handle in handles:
    handle.remove()
print('once more')
net(x)
`,
  code: code`
import { GraphBuilder, load, tensor } from 'hookscope'

const g = new GraphBuilder()
const weight = tensor([[1, 2], [-3, 1]])
const net = await load(g.output(g.relu('relu', g.linear('fc1', g.input('x', [1, 2]), { weight }))))

function hooks(path) {
  const module = net.module(path)
  module.registerForwardPreHook(() => console.log('before ' + (path || 'the network')))
  module.registerFullBackwardHook(() => console.log('back through ' + (path || 'the network')))
  return module.registerForwardHook(() => console.log('after ' + (path || 'the network')))
}

const handles = ['fc1', 'relu', ''].map(hooks)
const x = tensor([[1, 1]])
const run = await net.forward({ x })
await run.backward({ class: 0 })

for (const handle of handles) handle.remove()
console.log('once more')
await net.forward({ x })
`,
}
