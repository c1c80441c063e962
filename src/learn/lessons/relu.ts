import { code, type Lesson } from './lesson'

export const relu: Lesson = {
  title: 'What a ReLU lets through',
  text: [
    'Two linear layers with a ReLU between them, on a row of ones. Forwards the ReLU sets −13 and −29 to 0. Backwards it stops the gradient at just these places: `gradOutput` is [1, 2, −3, 4], and [1, 0, −3, 0] is left of it in `gradInput`.',
    'What a backward hook returns takes the place of `gradInput`, and the layers before it see that. Guided backpropagation (Springenberg 2015) is such a hook on every ReLU: it sets what is negative to 0 as well: the −3 here.',
    'Returning something from a forward hook on the ReLU changes the values that follow. Where it is made with the library’s tensors (`mul`, `clamp`, `relu` …), the gradient goes back through the change as in PyTorch. What is made by hand, `{ dims, data }`, nobody can differentiate: unless it brings a `backward`, the gradient passes straight through.',
  ],
  tasks: [
    {
      ask: 'Switch the last hook off.',
      edits: [],
      answer:
        'The gradient of −3 goes through: the plain gradient of x is [[−20, −22, −24]], where guided backpropagation has [[1, 2, 3]].',
    },
    {
      ask: 'Clamp what the ReLU gives to 10: return `clamp(output, 0, 10)` from a forward hook on it. What becomes of the gradient?',
      edits: [
        [
          '  net.module(path).registerForwardHook((module, input, output) => console.log(path, output))',
          "  net.module(path).registerForwardHook((module, input, output) => path === 'relu' ? clamp(output, 0, 10) : console.log(path, output))",
        ],
      ],
      answer:
        '27 becomes 10, and where it is clamped the gradient is 0: of [1, 2, −3, 4] only [1, 0, 0, 0] is left before the ReLU. `clamp` records its derivative, so this is what PyTorch gives.',
    },
  ],
  pytorch: code`
import torch
from torch import nn

net = nn.Sequential()
net.add_module('fc1', nn.Linear(3, 4))
net.add_module('relu', nn.ReLU())
net.add_module('fc2', nn.Linear(4, 1))
net.fc1.weight.data = torch.tensor([[1.0, 2, 3], [-4, -5, -6], [7, 8, 9], [-10, -11, -12]])
net.fc1.bias.data = torch.tensor([1.0, 2, 3, 4])
net.fc2.weight.data = torch.tensor([[1.0, 2, -3, 4]])
net.fc2.bias.data = torch.tensor([1.0])

for path in ['fc1', 'relu', 'fc2']:
    net.get_submodule(path).register_forward_hook(lambda module, input, output, path=path: print(path, output))

# Guided backpropagation: what is negative is stopped as well.
net.relu.register_full_backward_hook(lambda module, grad_input, grad_output: (torch.relu(grad_input[0]),))

x = torch.ones(1, 3, requires_grad=True)
net(x).backward()
print('gradient of x', x.grad)
`,
  code: code`
import { clamp, GraphBuilder, load, relu, tensor } from 'hookscope'

const g = new GraphBuilder()
const first = { weight: tensor([[1, 2, 3], [-4, -5, -6], [7, 8, 9], [-10, -11, -12]]), bias: [1, 2, 3, 4] }
const last = { weight: tensor([[1, 2, -3, 4]]), bias: [1] }
const hidden = g.relu('relu', g.linear('fc1', g.input('x', [1, 3]), first))
const net = await load(g.output(g.linear('fc2', hidden, last)))

for (const path of ['fc1', 'relu', 'fc2'])
  net.module(path).registerForwardHook((module, input, output) => console.log(path, output))

net.module('relu').registerFullBackwardHook((module, [gradInput], [gradOutput]) => {
  console.log('gradOutput of relu', gradOutput)
  console.log('gradInput of relu', gradInput)
})

// Guided backpropagation: what is negative is stopped as well.
net.module('relu').registerFullBackwardHook((module, [gradInput]) => relu(gradInput))

const run = await net.forward({ x: tensor([[1, 1, 1]]) })
await run.backward()
console.log('gradient of x', await run.gradient('x'))
`,
}
