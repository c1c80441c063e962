import { code, type Lesson } from './lesson'

export const relu: Lesson = {
  title: 'What a ReLU lets through',
  text: [
    'Two linear layers with a ReLU between them, on a row of ones. Forwards the ReLU sets −13 and −29 to 0. Backwards it stops the gradient at just these places: `gradOutput` is [1, 2, 3, 4], and [1, 0, 3, 0] is left of it in `gradInput`.',
    'What a backward hook returns takes the place of `gradInput`, and the layers before it see that. Guided backpropagation (Springenberg 2015) is such a hook on every ReLU: it sets what is negative to 0 as well.',
    'Returning something from a forward hook on the ReLU changes the values that follow. A hook is JavaScript, which nobody can differentiate: unless the tensor that you return brings a `backward` of its own, the gradient passes straight through the change.',
  ],
  tasks: [
    'Make one of the last weights negative, `[1, 2, -3, 4]`. The last hook stops its gradient; switch it off to let it through.',
    'Return `{ dims, data, backward: grad => … }` from the forward hook on `relu`.',
  ],
  code: code`
const g = new GraphBuilder()
const first = { weight: tensor([[1, 2, 3], [-4, -5, -6], [7, 8, 9], [-10, -11, -12]]), bias: [1, 2, 3, 4] }
const last = { weight: tensor([[1, 2, 3, 4]]), bias: [1] }
const hidden = g.relu('relu', g.linear('fc1', g.input('x', [1, 3]), first))
const net = await load(g.output(g.linear('fc2', hidden, last)))

for (const path of ['fc1', 'relu', 'fc2'])
  net.module(path).registerForwardHook((module, input, output) => show(path, output))

net.module('relu').registerFullBackwardHook((module, [gradInput], [gradOutput]) => {
  show('gradOutput of relu', gradOutput)
  show('gradInput of relu', gradInput)
})

// Guided backpropagation: what is negative is stopped as well.
net.module('relu').registerFullBackwardHook((module, [{ dims, data }]) => [
  { dims, data: data.map(value => Math.max(0, value)) },
])

const run = await net.forward({ x: tensor([[1, 1, 1]]) })
await run.backward()
show('gradient of x', await run.gradient('x'))
`,
}
