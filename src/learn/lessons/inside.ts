import { code, type Lesson } from './lesson'

export const inside: Lesson = {
  title: 'Gradients of values inside',
  text: [
    'x and w are leaves: nothing in the network makes them. PyTorch keeps the gradients of leaves alone; a value inside, such as a = x · w, keeps its own only after `a.retain_grad()`.',
    'Here `run.gradient(name)` gives the gradient of any value, inside or not, as the last `backward` left it. Nothing has to be asked for beforehand.',
    'Where a hook changed the gradient, the changed one is given, in PyTorch and here.',
  ],
  tasks: [
    {
      ask: 'Switch the hook off. Which numbers change?',
      edits: [],
      answer: 'Those behind the hook, that of a and that of x: they are a tenth. Nothing before a changes.',
    },
    {
      ask: 'Put the hook on `y` instead.',
      edits: [["net.value('a')", "net.value('y')"]],
      answer: 'The gradient of y is 5 now, and what lies behind it grows with it: a has 15, as before.',
    },
  ],
  pytorch: code`
import torch

x = torch.tensor([1.0, 2.0], requires_grad=True)
w = torch.tensor([4.0, 5.0], requires_grad=True)

def gradients(label, hook=None):
    x.grad = None
    a = x * w
    if hook:
        a.register_hook(hook)
    a.retain_grad()
    y = a * 3
    y.retain_grad()
    y.mean().backward()
    print(label + ': y', y.grad)
    print(label + ': a', a.grad)
    print(label + ': x', x.grad)

gradients('plain')
gradients('behind a hook', lambda grad: grad * 10)
`,
  code: code`
import { GraphBuilder, load, mul, tensor } from 'hookscope'

// the mean of y, y = 3 · a, a = x · w
const g = new GraphBuilder()
const a = g.mul(g.input('x', [2]), g.parameter('w', [4, 5]), 'a')
const y = g.mul(a, 3, 'y')
const net = await load(g.output(g.mean(y, 'mean')))

async function gradients(label) {
  const run = await net.forward({ x: tensor([1, 2]) })
  await run.backward()
  for (const name of ['y', 'a', 'x']) console.log(label + ': ' + name, await run.gradient(name))
}

await gradients('plain')
net.value('a').registerHook(grad => mul(grad, 10))
await gradients('behind a hook')
`,
}
