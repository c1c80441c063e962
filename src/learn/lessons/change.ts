import { code, type Lesson } from './lesson'

export const change: Lesson = {
  title: 'Change a gradient',
  text: [
    'A hook that returns a tensor puts it in the gradient’s place. Here the gradient of w, which was 5, is doubled to 10.',
    'Hooks on one point run in the order of their registration, and each sees what the one before it returned: the second one gets 10 and makes 30 of it, as a single hook would that returns grad · 2 · 3.',
    'PyTorch lets a hook write into the tensor that it gets, and asks you not to. Here a hook gets a copy: to change something, return a new tensor of the same shape.',
  ],
  tasks: [
    {
      ask: 'Switch the first hook off.',
      edits: [],
      answer: 'The second one sees 5 and gives 15.',
    },
    {
      ask: 'Let the first hook write into the gradient and return nothing.',
      edits: [['grad => mul(grad, 2)', 'grad => { grad.data[0] = 100 }']],
      answer: 'Nothing changes: a hook gets a copy. It says 5, then 15.',
    },
    {
      ask: 'Return a tensor of another shape, `tensor([1, 2])`, and read what it says.',
      edits: [['mul(grad, 2)', 'tensor([1, 2])']],
      answer: 'The run ends with a sentence: a hook cannot change a shape. PyTorch refuses it too.',
    },
  ],
  pytorch: code`
import torch

w = torch.tensor(1.0, requires_grad=True)

def gradient_of_w():
    w.grad = None
    ((2 + w) * (w + 1)).backward()
    return w.grad.item()

print('without a hook', gradient_of_w())

w.register_hook(lambda grad: grad * 2)
print('doubled', gradient_of_w())

w.register_hook(lambda grad: grad * 3)
print('and tripled', gradient_of_w())
`,
  code: code`
import { GraphBuilder, load, mul, tensor } from 'hookscope'

// y = (x + w) · (w + 1)
const g = new GraphBuilder()
const x = g.input('x')
const w = g.parameter('w', 1)
const a = g.add(x, w, 'a')
const b = g.add(w, 1, 'b')
const net = await load(g.output(g.mul(a, b, 'y')))

async function gradientOfW() {
  const run = await net.forward({ x: tensor(2) })
  await run.backward()
  return run.gradient('w')
}

console.log('without a hook', await gradientOfW())

net.parameter('w').registerHook(grad => mul(grad, 2))
console.log('doubled', await gradientOfW())

net.parameter('w').registerHook(grad => mul(grad, 3))
console.log('and tripled', await gradientOfW())
`,
}
