import { float } from '../../src/graph/attributes'
import type { Drawing, Flow, Lie } from './drawing'

/** What a vision transformer makes of feature maps: tokens, some blocks of attention, and a row a picture. */
export function transformer(d: Drawing, flow: Flow): { readonly x: string; readonly features: number } {
  const { dice } = d
  const { channels: c, height, width, x } = flow
  const places = height * width
  // A class token is repeated for a batch by Expand, which came with opset 8.
  const classed = dice.chance(0.5) && (d.opset >= 8 || d.batch === 1)
  const skip = classed ? 1 : 0
  const tokens = places + skip
  const lie: Lie = { kind: 'tokens', channels: c, height, width, skip }
  const mark = (value: string) => d.mark(value, lie)
  const rows = d.op('Transpose', [d.reshape(x, [d.batch, c, places])], { perm: [0, 2, 1] })
  d.mark(rows, { ...lie, skip: 0 })
  let now = rows
  if (classed) {
    const token = d.numbers([d.batch, 1, c].with(0, 1), -1, 1)
    const repeated = d.batch > 1 ? d.op('Expand', [token, d.list([d.batch, 1, c])]) : token
    now = mark(d.op('Concat', [repeated, now], { axis: 1 }))
  }
  now = mark(d.op('Add', [now, d.numbers([1, tokens, c], -0.5, 0.5)]))
  d.parts.push(`tokens ${tokens}${classed ? ' with a class token' : ''}`)
  for (let i = dice.int(1, 2); i > 0; i--) {
    now = mark(d.op('Add', [now, attention(d, normed(d, now, lie), tokens, c)]))
    now = mark(d.op('Add', [now, perceptron(d, normed(d, now, lie), c)]))
  }
  if (classed && dice.chance(0.6)) {
    const first = d.op('Gather', [now, d.list([0], [])], { axis: 1 })
    return { x: first, features: c }
  }
  return { x: d.reduce('ReduceMean', now, [1], 0), features: c }
}

function normed(d: Drawing, x: string, lie: Lie & { readonly channels?: number }): string {
  const c = lie.channels ?? 1
  const [scale, shift] = [d.numbers([c], 0.5, 1.5), d.numbers([c], -0.3, 0.3)]
  if (d.opset >= 17)
    return d.mark(d.op('LayerNormalization', [x, scale, shift], { axis: -1, epsilon: float(1e-3) }), lie)
  const centred = d.op('Sub', [x, d.reduce('ReduceMean', x, [-1])])
  const spread = d.reduce('ReduceMean', d.op('Mul', [centred, centred]), [-1])
  const hat = d.op('Div', [centred, d.op('Sqrt', [d.op('Add', [spread, d.scalar(1e-3)])])])
  return d.mark(d.op('Add', [d.op('Mul', [hat, scale]), shift]), lie)
}

function attention(d: Drawing, x: string, tokens: number, c: number): string {
  const heads = c % 2 === 0 ? d.dice.of([1, 2]) : 1
  const [q, k, v] = [0, 1, 2].map(part => {
    const value = d.op('MatMul', [x, d.filters([c, c], c)])
    const apart = d.reshape(value, [d.batch, tokens, heads, c / heads])
    return d.op('Transpose', [apart], { perm: part === 1 ? [0, 2, 3, 1] : [0, 2, 1, 3] })
  }) as [string, string, string]
  const scores = d.mark(d.op('Mul', [d.op('MatMul', [q, k]), d.scalar((c / heads) ** -0.5)]), { kind: 'none' })
  const shares = d.mark(d.op('Softmax', [scores], { axis: d.opset >= 13 ? -1 : 3 }), { kind: 'none' })
  const mixed = d.op('Transpose', [d.op('MatMul', [shares, v])], { perm: [0, 2, 1, 3] })
  return d.op('MatMul', [d.reshape(mixed, [d.batch, tokens, c]), d.filters([c, c], c)])
}

function perceptron(d: Drawing, x: string, c: number): string {
  const inner = d.op('Add', [d.op('MatMul', [x, d.filters([c, 2 * c], c)]), d.numbers([2 * c], -0.3, 0.3)])
  const bent = d.op(d.dice.of(['Relu', 'Tanh', 'Softplus']), [inner])
  return d.op('MatMul', [bent, d.filters([2 * c, c], 2 * c)])
}
