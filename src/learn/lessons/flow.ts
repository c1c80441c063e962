import { code, type Lesson } from './lesson'

export const flow: Lesson = {
  title: 'What a change reaches',
  text: [
    'z = x + y, and o is the dot product w · z. The gradient of o with respect to z is w, and since z is a sum, x and y get it unchanged. The gradient of w is z.',
    'A hook on z that doubles the gradient changes all that the backward pass works out from it later: x and y get [2, 4, 6, 8]. It does not reach w, whose gradient branches off before z.',
  ],
  tasks: [
    'Switch the hook off and on: the numbers that change are marked in the picture.',
    'Put the hook on x instead. Does y notice?',
  ],
  code: code`
// z = x + y, o = w · z
const g = new GraphBuilder()
const x = g.input('x', [4])
const y = g.input('y', [4])
const w = g.parameter('w', [1, 2, 3, 4])
const z = g.add(x, y, 'z')
const net = await load(g.output(g.matmul(w, z, 'o')))

net.value('z').registerHook(({ dims, data }) => ({ dims, data: data.map(value => value * 2) }))

const run = await net.forward({ x: tensor([0, 1, 2, 3]), y: tensor([4, 5, 6, 7]) })
await run.backward()
show('o', run.logits)
for (const name of ['x', 'y', 'w']) show('gradient of ' + name, await run.gradient(name))
`,
}
