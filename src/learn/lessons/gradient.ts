import { code, type Lesson } from './lesson'

export const gradient: Lesson = {
  title: 'See a gradient on its way',
  text: [
    'Take y = (x + w) · (w + 1) at x = 2 and w = 1. The picture shows each value and, below it, the gradient of y with respect to it. Two ways lead from w to y, and their gradients add up: 2 through `a` and 3 through `b`, so dy/dw = 5.',
    'PyTorch keeps the gradients of leaves such as w; that of `a` is released as soon as it has been used. `registerHook` calls your function just when it is there. A hook that returns nothing only reads.',
    '`registerHook` returns a handle. After `handle.remove()` the hook is not called any more: the second pass keeps nothing.',
  ],
  tasks: [
    {
      ask: 'Switch the hook off.',
      edits: [],
      answer: 'The gradients stay as they are, but nobody keeps the one of `a`.',
    },
    {
      ask: 'Leave `handle.remove()` out.',
      edits: [['handle.remove()', '']],
      answer: 'The second pass keeps a 2 as well: [2, 2].',
    },
    {
      ask: 'Set a hook on `b` instead. What does it see?',
      edits: [["net.value('a')", "net.value('b')"]],
      answer: 'Of y = a · b the gradient at b is a = 3.',
    },
  ],
  pytorch: code`
import torch

x = torch.tensor(2.0, requires_grad=True)
w = torch.tensor(1.0, requires_grad=True)
a = x + w
b = w + 1
y = a * b

kept = []
handle = a.register_hook(lambda grad: kept.append(grad.item()))

y.backward()
print('y', y.item())
print('dy/dw', w.grad.item())
print('dy/dx', x.grad.item())
print('kept by the hook', kept)
`,
  code: code`
import { GraphBuilder, load, tensor } from 'hookscope'

// y = (x + w) · (w + 1)
const g = new GraphBuilder()
const x = g.input('x')
const w = g.parameter('w', 1)
const a = g.add(x, w, 'a')
const b = g.add(w, 1, 'b')
const net = await load(g.output(g.mul(a, b, 'y')))

const kept = []
const handle = net.value('a').registerHook(grad => {
  kept.push(grad.data[0])
})

const run = await net.forward({ x: tensor(2) })
await run.backward()
console.log('y', run.logits)
console.log('dy/dw', await run.gradient('w'))
console.log('dy/dx', await run.gradient('x'))
console.log('kept by the hook', kept)

handle.remove()
const again = await net.forward({ x: tensor(2) })
await again.backward()
console.log('kept after remove()', kept)
`,
}
