import { float } from '../../src/graph/attributes'
import { activation } from './activations'
import type { Drawing, Flow } from './drawing'

export interface Answer {
  /** The value whose elements are the logits. */
  readonly logits: string
  /** Which of them the classes are, in order. */
  readonly order: readonly number[]
  /** `none`: the file does not say how they become probabilities. */
  readonly activation: 'softmax' | 'sigmoid' | 'none'
  /** What the logits are divided by on the way. */
  readonly temperature?: number
}

/** Feature maps to a row of features, in every form of global pooling. */
function pooled(d: Drawing, flow: Flow): { readonly x: string; readonly features: number } {
  const { x, channels: c, height, width } = flow
  const flat = (value: string) =>
    d.dice.of([
      () => d.op('Flatten', [value]),
      () => d.op('Flatten', [value], { axis: 1 }),
      () => d.squeeze(value, [2, 3]),
      () => d.reshape(value, [d.batch, c]),
      () => d.reshape(value, [0, -1]),
      () => d.reshape(value, [-1, c]),
    ])()
  const whole = { kernel_shape: [height, width] }
  const forms: readonly (readonly [string, () => { x: string; features?: number }])[] = [
    ['GlobalAveragePool', () => ({ x: flat(d.op('GlobalAveragePool', [x])) })],
    ['GlobalAveragePool', () => ({ x: flat(d.op('GlobalAveragePool', [x])) })],
    [
      'ReduceMean',
      () => ({
        x: d.reduce(
          'ReduceMean',
          x,
          d.dice.of([
            [2, 3],
            [-1, -2],
          ]),
          0,
        ),
      }),
    ],
    ['ReduceMean twice', () => ({ x: d.reduce('ReduceMean', d.reduce('ReduceMean', x, [3], 0), [2], 0) })],
    ['ReduceSum', () => ({ x: d.op('Div', [d.reduce('ReduceSum', x, [2, 3], 0), d.scalar(height * width)]) })],
    ['mean over flattened places', () => ({ x: d.reduce('ReduceMean', d.reshape(x, [d.batch, c, -1]), [2], 0) })],
    ['AveragePool of all', () => ({ x: flat(d.op('AveragePool', [x], whole)) })],
    ['GlobalMaxPool', () => ({ x: flat(d.op('GlobalMaxPool', [x])) })],
    [
      'mean and maximum',
      () => ({
        x: d.op('Concat', [flat(d.op('GlobalAveragePool', [x])), flat(d.op('GlobalMaxPool', [x]))], { axis: 1 }),
        features: 2 * c,
      }),
    ],
    ['all places', () => ({ x: d.op('Flatten', [x]), features: c * height * width })],
  ]
  const [name, write] = d.dice.of(forms)
  const { x: row, features = c } = write()
  d.parts.push(name)
  return { x: row, features }
}

function linear(d: Drawing, x: string, from: number, to: number): string {
  const bias = () => d.numbers([to], -0.5, 0.5)
  const forms: readonly (() => string)[] = [
    () => d.op('Gemm', [x, d.filters([to, from], from), bias()], { transB: 1 }),
    () => d.op('Gemm', [x, d.filters([from, to], from), bias()]),
    () => d.op('Gemm', [x, d.filters([from, to], from), bias()], { alpha: float(0.5), beta: float(2) }),
    () => d.op('MatMul', [x, d.filters([from, to], from)]),
    () => d.op('Add', [d.op('MatMul', [x, d.filters([from, to], from)]), bias()]),
    () => d.op('Add', [bias(), d.op('MatMul', [x, d.filters([from, to], from)])]),
  ]
  d.parts.push('linear')
  return d.dice.of(forms)()
}

/** Rows of features to logits. */
export function classified(
  d: Drawing,
  row: { readonly x: string; readonly features: number },
  classes: number,
): string {
  let { x, features } = row
  if (d.dice.chance(0.2)) {
    const hidden = d.dice.int(3, 6)
    x = activation(d, linear(d, x, features, hidden), 1)
    features = hidden
  }
  if (d.dice.chance(0.1)) x = d.op('Dropout', [x])
  return linear(d, x, features, classes)
}

/** Feature maps to logits: pooled and then linear, or 1×1 convolutions before or after the pooling. */
export function headed(d: Drawing, flow: Flow, classes: number): string {
  const { x, channels: c } = flow
  const kind = d.dice.int(0, 9)
  const convolved = (value: string) =>
    d.op('Conv', [value, d.filters([classes, c, 1, 1], c), d.numbers([classes], -0.5, 0.5)])
  if (kind === 0) {
    d.parts.push('Conv 1×1, pooled')
    const planes = d.planes({ ...flow, channels: classes, x: convolved(x) })
    return d.op('Flatten', [d.op('GlobalAveragePool', [planes.x])])
  }
  if (kind === 1) {
    d.parts.push('pooled, Conv 1×1')
    return d.op('Flatten', [convolved(d.op('GlobalAveragePool', [x]))])
  }
  return classified(d, pooled(d, flow), classes)
}

/** What comes after the logits; the outputs of the graph are named. */
export function ended(d: Drawing, z: string, classes: number): Answer {
  const { dice } = d
  const all = Array.from({ length: classes }, (_, i) => i)
  const axis = dice.of([1, -1])
  const softmax = (x: string) => d.op('Softmax', [x], { axis })
  const end = (x: string, activation: Answer['activation'], rest: Partial<Answer> = {}): Answer => {
    d.output(x)
    return { logits: z, order: all, activation, ...rest }
  }
  const share = () => {
    const e = d.op('Exp', [dice.chance(0.5) ? d.op('Sub', [z, d.reduce('ReduceMax', z, [1])]) : z])
    return d.op('Div', [e, d.reduce('ReduceSum', e, [1])])
  }
  const sigmoid = () => d.op('Reciprocal', [d.op('Add', [d.op('Exp', [d.op('Neg', [z])]), d.scalar(1)])])
  const shuffledOrder = () => {
    const order = all.filter(() => dice.chance(0.8)).sort((a, b) => ((a * 7 + 3) % 5) - ((b * 7 + 3) % 5))
    return order.length >= 2 ? order : all
  }
  const forms: readonly (readonly [weight: number, name: string, write: () => Answer])[] = [
    [5, 'logits', () => end(z, 'none')],
    [4, 'Softmax', () => end(softmax(z), 'softmax')],
    [1, 'LogSoftmax', () => end(d.op('LogSoftmax', [z], { axis }), 'softmax')],
    [2, 'Sigmoid', () => end(d.op('Sigmoid', [z]), 'sigmoid')],
    [1, 'softmax written out', () => end(share(), 'softmax')],
    [1, 'sigmoid written out', () => end(sigmoid(), 'sigmoid')],
    [1, 'Softmax, Clip', () => end(d.clip(softmax(z), 1e-7, 1), 'softmax')],
    [1, 'Softmax in percent', () => end(d.op('Mul', [softmax(z), d.scalar(100)]), 'softmax')],
    [
      1,
      'temperature',
      () => {
        return end(softmax(d.op('Div', [z, d.scalar(1.5)])), 'softmax', { temperature: 1.5 })
      },
    ],
    [
      1,
      'TopK',
      () => {
        const inputs = d.opset < 10 ? [softmax(z)] : [softmax(z), d.list([2])]
        const k = d.opset < 10 ? { k: 2 } : {}
        const outputs = ['values', 'indices'].map(name => d.fresh(name))
        d.op('TopK', inputs, { axis: 1, ...k }, outputs)
        d.output(outputs[0] ?? '').output(outputs[1] ?? '')
        return { logits: z, order: all, activation: 'softmax' }
      },
    ],
    [
      1,
      'ArgMax beside',
      () => {
        const p = softmax(z)
        const best = d.op('ArgMax', [p], { axis: 1, keepdims: dice.int(0, 1) })
        const [first, second] = dice.chance(0.5) ? [best, p] : [p, best]
        d.output(first).output(second)
        return { logits: z, order: all, activation: 'softmax' }
      },
    ],
    [
      1,
      'classes in another order',
      () => {
        const order = shuffledOrder()
        return end(d.op('Gather', [softmax(z), d.list(order)], { axis: 1 }), 'softmax', { order })
      },
    ],
    [1, 'scores of rank 4', () => end(d.unsqueeze(z, [2, 3]), 'none')],
    ...(d.batch === 1
      ? ([[1, 'scores of rank 1', () => end(d.reshape(softmax(z), [classes]), 'softmax')]] as const)
      : []),
  ]
  const [, name, write] = dice.of(forms.flatMap(form => new Array<(typeof forms)[number]>(form[0]).fill(form)))
  d.parts.push(`→ ${name}`)
  return write()
}
