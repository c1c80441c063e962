import { code, type Lesson } from './lesson'

export const flow: Lesson = {
  title: 'What a change reaches',
  text: [
    'z = x + y, and o is the dot product w · z. The gradient of o with respect to z is w, and since z is a sum, x and y get it unchanged. The gradient of w is z.',
    'A hook on z that doubles the gradient changes all that the backward pass works out from it later: x and y get [2, 4, 6, 8]. It does not reach w, whose gradient branches off before z.',
  ],
  tasks: [
    {
      ask: 'Switch the hook off and on.',
      edits: [],
      answer: 'The gradients of x and y change, and are marked in the picture; that of w stays.',
    },
    {
      ask: 'Put the hook on x instead. Does y notice?',
      edits: [["net.value('z')", "net.value('x')"]],
      answer: 'No: x gets [2, 4, 6, 8], y keeps [1, 2, 3, 4]. The two ways part at z, before the hook.',
    },
  ],
  pytorch: code`
import torch

x = torch.tensor([0.0, 1.0, 2.0, 3.0], requires_grad=True)
y = torch.tensor([4.0, 5.0, 6.0, 7.0], requires_grad=True)
w = torch.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
z = x + y
z.register_hook(lambda grad: grad * 2)
o = w @ z
o.backward()
print('o', o.item())
for name, leaf in [('x', x), ('y', y), ('w', w)]:
    print('gradient of', name, leaf.grad)
`,
  code: code`
import { GraphBuilder, load, mul, tensor } from 'hookscope'

// z = x + y, o = w · z
const g = new GraphBuilder()
const x = g.input('x', [4])
const y = g.input('y', [4])
const w = g.parameter('w', [1, 2, 3, 4])
const z = g.add(x, y, 'z')
const net = await load(g.output(g.matmul(w, z, 'o')))

net.value('z').registerHook(grad => mul(grad, 2))

const run = await net.forward({ x: tensor([0, 1, 2, 3]), y: tensor([4, 5, 6, 7]) })
await run.backward()
console.log('o', run.logits)
for (const name of ['x', 'y', 'w']) console.log('gradient of ' + name, await run.gradient(name))
`,
}
