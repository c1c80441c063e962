import { code, type Lesson } from './lesson'

export const change: Lesson = {
  title: 'Change a gradient',
  text: [
    'A hook that returns a tensor puts it in the gradient’s place. Here the gradient of w, which was 5, is doubled to 10.',
    'Hooks on one point run in the order of their registration, and each sees what the one before it returned: the second one gets 10 and makes 30 of it, as a single hook would that returns grad · 2 · 3.',
    'PyTorch lets a hook write into the tensor that it gets, and asks you not to. Here a hook gets a copy: to change something, return a new tensor of the same shape.',
  ],
  tasks: [
    'Switch the first hook off: the second one sees 5 and gives 15.',
    'Write `grad.data[0] = 100` into a hook that returns nothing. Nothing changes.',
    'Return a tensor of another shape, `tensor([1, 2])`, and read what it says.',
  ],
  code: code`
// y = (x + w) · (w + 1)
const g = new GraphBuilder()
const x = g.input('x')
const w = g.parameter('w', 1)
const a = g.add(x, w, 'a')
const b = g.add(w, 1, 'b')
const net = await load(g.output(g.mul(a, b, 'y')))

const times = ({ dims, data }, factor) => ({ dims, data: data.map(value => value * factor) })

async function gradientOfW() {
  const run = await net.forward({ x: tensor(2) })
  await run.backward()
  return run.gradient('w')
}

show('without a hook', await gradientOfW())

net.parameter('w').registerHook(grad => times(grad, 2))
show('doubled', await gradientOfW())

net.parameter('w').registerHook(grad => times(grad, 3))
show('and tripled', await gradientOfW())
`,
}
