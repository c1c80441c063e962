import { float } from '../../src/graph/attributes'
import { activation } from './activations'
import type { Drawing, Flow } from './drawing'

/** A part of a network over feature maps [N, C, H, W]; undefined where it does not fit. */
type Block = (d: Drawing, flow: Flow) => Flow | undefined

const sized = (size: number, kernel: number, dilation: number, stride: number, pads: number): number =>
  Math.floor((size + pads - (kernel - 1) * dilation - 1) / stride) + 1

export function conv(d: Drawing, flow: Flow, keep = false): Flow {
  const { dice } = d
  const { x, channels, height, width } = flow
  const [k, l] = keep
    ? dice.of([
        [1, 1],
        [3, 3],
        [1, 3],
      ])
    : [dice.int(1, 3), dice.int(1, 3)]
  const stride = keep || Math.min(height, width) < 6 ? 1 : dice.of([1, 1, 2])
  const dilation = keep ? 1 : dice.of([1, 1, 1, 2])
  const groups = dice.of([1, 1, 1, 2, channels].filter(group => channels % group === 0))
  const filters = keep ? channels : groups * dice.int(1, Math.max(1, Math.floor(6 / groups)))
  const auto = keep ? '' : dice.of(['', '', '', 'SAME_UPPER', 'SAME_LOWER'])
  const half = (size: number) => (keep ? (size - 1) / 2 : dice.int(0, (size - 1) * dilation))
  const [top, left] = [half(k), half(l)]
  const [bottom, right] = keep ? [top, left] : [dice.of([top, half(k)]), dice.of([left, half(l)])]
  const h = auto ? Math.ceil(height / stride) : sized(height, k, dilation, stride, top + bottom)
  const w = auto ? Math.ceil(width / stride) : sized(width, l, dilation, stride, left + right)
  if (h < 2 || w < 2) return keep ? flow : conv(d, flow, true)
  const bias = dice.chance(0.7) ? [d.numbers([filters], -0.3, 0.3)] : []
  const weight = d.filters([filters, channels / groups, k, l], (channels / groups) * k * l)
  const out = d.op('Conv', [x, weight, ...bias], {
    ...(auto ? { auto_pad: auto } : { pads: [top, left, bottom, right] }),
    ...(stride > 1 && { strides: [stride, stride] }),
    // ONNX Runtime takes dilations with SAME as none.
    ...(dilation > 1 && !auto && { dilations: [dilation, dilation] }),
    ...(groups > 1 && { group: groups }),
    ...(dice.chance(0.5) && { kernel_shape: [k, l] }),
  })
  d.parts.push(`Conv ${k}×${l}/${stride}${groups > 1 ? ` in ${groups}` : ''}`)
  return d.planes({ x: out, channels: filters, height: h, width: w })
}

export const active = (d: Drawing, flow: Flow): Flow => d.planes({ ...flow, x: activation(d, flow.x, flow.channels) })

const transposed: Block = (d, flow) => {
  if (flow.height > 8 || d.opset < 8) return undefined
  const { x, channels, height, width } = flow
  const filters = d.dice.int(1, 4)
  const [stride, k] = [d.dice.of([1, 2]), d.dice.int(2, 3)]
  const extra = stride > 1 ? d.dice.int(0, 1) : 0
  const out = d.op(
    'ConvTranspose',
    [x, d.filters([channels, filters, k, k], channels * k), d.numbers([filters], -0.3, 0.3)],
    {
      strides: [stride, stride],
      ...(extra > 0 && { output_padding: [extra, extra] }),
    },
  )
  d.parts.push('ConvTranspose')
  const grown = (size: number) => (size - 1) * stride + k + extra
  return d.planes({ x: out, channels: filters, height: grown(height), width: grown(width) })
}

const pool: Block = (d, flow) => {
  const { dice } = d
  const { x, channels, height, width } = flow
  if (Math.min(height, width) < 4) return undefined
  const op = dice.of(['MaxPool', 'AveragePool'])
  const [k, stride] = [dice.int(2, 3), dice.int(1, 2)]
  const pad = dice.int(0, k - 2)
  const ceil = d.opset >= 10 && dice.chance(0.3) ? 1 : 0
  const size = (n: number) => {
    const whole = sized(n, k, 1, stride, 2 * pad)
    const up = Math.ceil((n + 2 * pad - k) / stride) + 1
    return ceil && (up - 1) * stride < n + pad ? up : whole
  }
  const out = d.op(op, [x], {
    kernel_shape: [k, k],
    strides: [stride, stride],
    ...(pad > 0 && { pads: [pad, pad, pad, pad] }),
    ...(ceil && { ceil_mode: 1 }),
    ...(op === 'AveragePool' && { count_include_pad: ceil ? 0 : dice.int(0, 1) }),
  })
  d.parts.push(`${op} ${k}/${stride}${ceil ? ' ceil' : ''}`)
  return d.planes({ x: out, channels, height: size(height), width: size(width) })
}

export const norm: Block = (d, flow) => {
  const { x, channels: c, height, width } = flow
  const gamma = () => d.numbers([c], 0.5, 1.5)
  const beta = () => d.numbers([c], -0.3, 0.3)
  const kinds: Record<string, () => string | undefined> = {
    BatchNormalization: () => d.op('BatchNormalization', [x, gamma(), beta(), beta(), gamma()]),
    InstanceNormalization: () => d.op('InstanceNormalization', [x, gamma(), beta()]),
    GroupNormalization: () => {
      if (d.opset < 18 || c % 2) return undefined
      const per = d.opset < 21 ? 2 : c
      return d.op('GroupNormalization', [x, d.numbers([per], 0.5, 1.5), d.numbers([per], -0.3, 0.3)], { num_groups: 2 })
    },
    'group norm as torch exports it': () => {
      if (c % 2) return undefined
      const grouped = d.reshape(x, [0, 2, -1])
      const hat = d.op('InstanceNormalization', [grouped, d.numbers([2], 1, 1), d.numbers([2], 0, 0)])
      const back = d.reshape(hat, [d.batch, c, height, width])
      return d.op('Add', [d.op('Mul', [back, d.numbers([c, 1, 1], 0.5, 1.5)]), d.numbers([c, 1, 1], -0.3, 0.3)])
    },
    'LayerNormalization over channels': () => {
      if (d.opset < 17) return undefined
      const last = d.mark(d.op('Transpose', [x], { perm: [0, 2, 3, 1] }), { ...flow, kind: 'last' })
      const normed = d.mark(d.op('LayerNormalization', [last, gamma(), beta()], { axis: -1 }), {
        ...flow,
        kind: 'last',
      })
      return d.op('Transpose', [normed], { perm: [0, 3, 1, 2] })
    },
    'layer norm written out': () => {
      const centred = d.op('Sub', [x, d.reduce('ReduceMean', x, [1])])
      const square = d.op('Pow', [centred, d.scalar(2)])
      const spread = d.op('Sqrt', [d.op('Add', [d.reduce('ReduceMean', square, [1]), d.scalar(1e-3)])])
      return d.op('Div', [centred, spread])
    },
    LRN: () => d.op('LRN', [x], { size: 3, alpha: float(0.3), beta: float(0.75), bias: float(1) }),
  }
  const name = d.dice.of(['BatchNormalization', 'BatchNormalization', ...Object.keys(kinds)])
  const out = kinds[name]?.()
  if (!out) return undefined
  d.parts.push(name)
  return d.planes({ ...flow, x: out })
}

const residual: Block = (d, flow) => {
  d.parts.push('residual(')
  let body = conv(d, flow, true)
  if (d.dice.chance(0.6)) body = norm(d, body) ?? body
  body = active(d, body)
  if (d.dice.chance(0.5)) body = conv(d, body, true)
  d.parts.push(')')
  return d.planes({ ...flow, x: d.op(d.dice.of(['Add', 'Add', 'Sum', 'Mul']), [flow.x, body.x]) })
}

const branches: Block = (d, flow) => {
  d.parts.push('Concat(')
  const parts = Array.from({ length: d.dice.int(2, 3) }, () => {
    const found = active(d, conv(d, flow, true))
    return d.dice.chance(0.3) ? found : conv(d, found, true)
  })
  d.parts.push(')')
  const channels = parts.reduce((sum, part) => sum + part.channels, 0)
  const axis = d.dice.of([1, 1, -3])
  return d.planes({
    ...flow,
    channels,
    x: d.op(
      'Concat',
      parts.map(part => part.x),
      { axis },
    ),
  })
}

/** Squeeze and excitation, in 1×1 convolutions or in linear layers. */
const excited: Block = (d, flow) => {
  const { x, channels: c } = flow
  const mean = d.dice.chance(0.5) ? d.op('GlobalAveragePool', [x]) : d.reduce('ReduceMean', x, [2, 3])
  const gate = (value: string) =>
    d.dice.chance(0.7) ? d.op('Sigmoid', [value]) : d.clip(d.op('Add', [value, d.scalar(0.5)]), 0, 1)
  let weight: string
  if (d.dice.chance(0.5)) {
    const low = d.op('Relu', [d.op('Conv', [mean, d.filters([2, c, 1, 1], c), d.numbers([2], 0.1, 0.5)])])
    weight = gate(d.op('Conv', [low, d.filters([c, 2, 1, 1], 2)]))
  } else {
    const low = d.op('Relu', [
      d.op('Gemm', [d.op('Flatten', [mean]), d.filters([2, c], c), d.numbers([2], 0.1, 0.5)], { transB: 1 }),
    ])
    const high = gate(d.op('MatMul', [low, d.filters([2, c], 2)]))
    weight = d.dice.chance(0.5) ? d.unsqueeze(high, [2, 3]) : d.reshape(high, [-1, c, 1, 1])
  }
  d.parts.push('excitation')
  return d.planes({ ...flow, x: d.op('Mul', d.dice.chance(0.5) ? [x, weight] : [weight, x]) })
}

const shuffled: Block = (d, flow) => {
  const { x, channels: c, height, width } = flow
  if (c % 2) return undefined
  const grouped = d.reshape(x, [d.batch, 2, c / 2, height, width])
  const turned = d.op('Transpose', [grouped], { perm: [0, 2, 1, 3, 4] })
  d.parts.push('channel shuffle')
  return d.planes({ ...flow, x: d.reshape(turned, [d.batch, -1, height, width]) })
}

const split: Block = (d, flow) => {
  const { x, channels } = flow
  if (channels < 2) return undefined
  const at = d.dice.int(1, channels - 1)
  const [a = '', b = ''] = d.split(x, 1, [at, channels - at])
  const changed = active(d, d.planes({ ...flow, x: b, channels: channels - at })).x
  d.planes({ ...flow, x: a, channels: at })
  d.parts.push('Split')
  return d.planes({ ...flow, x: d.op('Concat', [changed, a], { axis: 1 }) })
}

const chosen: Block = (d, flow) => {
  const places = Array.from({ length: d.dice.int(1, 5) }, () => d.dice.int(0, flow.channels - 1))
  d.parts.push('Gather of channels')
  return d.planes({ ...flow, channels: places.length, x: d.op('Gather', [flow.x, d.list(places)], { axis: 1 }) })
}

const folded: Block = (d, flow) => {
  const { x, channels, height, width } = flow
  if (d.dice.chance(0.5) && channels % 4 === 0 && height < 9) {
    d.parts.push('DepthToSpace')
    const mode = d.opset >= 11 ? { mode: d.dice.of(['DCR', 'CRD']) } : {}
    const out = d.op('DepthToSpace', [x], { blocksize: 2, ...mode })
    return d.planes({ x: out, channels: channels / 4, height: height * 2, width: width * 2 })
  }
  if (height % 2 || width % 2 || height < 6) return undefined
  d.parts.push('SpaceToDepth')
  return d.planes({
    x: d.op('SpaceToDepth', [x], { blocksize: 2 }),
    channels: channels * 4,
    height: height / 2,
    width: width / 2,
  })
}

const padded: Block = (d, flow) => {
  const { x, channels, height, width } = flow
  const [t, l, b, r] = [0, 0, 0, 0].map(() => d.dice.int(0, 1)) as [number, number, number, number]
  // A single row or column has no neighbour to reflect.
  const mode = d.dice.of(height > 1 && width > 1 ? ['constant', 'reflect', 'edge'] : ['constant', 'edge'])
  d.parts.push(`Pad ${mode}`)
  const out = d.pad(x, [0, 0, t, l, 0, 0, b, r], mode)
  return d.planes({ x: out, channels, height: height + t + b, width: width + l + r })
}

const resized: Block = (d, flow) => {
  if (flow.height > 8) return undefined
  const mode = d.dice.of(['nearest', 'linear'] as const)
  d.parts.push(`Resize ${mode}`)
  return d.planes({ ...flow, x: d.doubled(flow.x, mode), height: flow.height * 2, width: flow.width * 2 })
}

/** Arithmetic with constants, and with sums over places or channels. */
const counted: Block = (d, flow) => {
  const { x, channels } = flow
  const perChannel = () => d.numbers([channels, 1, 1], 0.4, 1.2)
  const forms: readonly (() => string)[] = [
    () => d.op('Mul', [x, perChannel()]),
    () => d.op('Div', [x, perChannel()]),
    () => d.op('Add', [perChannel(), x]),
    () => d.op('Sub', [perChannel(), x]),
    () => d.op('Neg', [x]),
    () => d.op('Sub', [x, d.reduce('ReduceMean', x, [1])]),
    () => d.op('Mul', [x, d.reduce('ReduceMax', x, [1])]),
    () => d.op('Div', [x, d.op('Add', [d.reduce('ReduceL2', x, [1]), d.scalar(0.5)])]),
    () => d.op('Identity', [x]),
    () => d.op('Dropout', [x]),
    () => d.op('Max', [x, d.op('Neg', [x])]),
    () => d.op('Mean', [x, d.op('Tanh', [x])]),
    () => d.op('Sub', [x, d.reduce('ReduceLogSumExp', x, [1])]),
    () => d.op('Add', [x, d.reduce('ReduceSumSquare', x, [1])]),
    () => d.op('Exp', [d.op('Mul', [x, d.scalar(0.3)])]),
    () => d.op('Reciprocal', [d.op('Add', [d.op('Abs', [x]), d.scalar(1)])]),
    () => d.op('Add', [x, d.reduce('ReduceL1', x, [1])]),
  ]
  const out = d.dice.of(forms)()
  d.parts.push(`arithmetic ${out}`)
  return d.planes({ ...flow, x: out })
}

/** A ConvNeXt-like part whose channels come last. */
const lastly: Block = (d, flow) => {
  const { x, channels: c } = flow
  const last = (value: string, channels = c) => d.mark(value, { ...flow, channels, kind: 'last' })
  let y = last(d.op('Transpose', [x], { perm: [0, 2, 3, 1] }))
  if (d.opset >= 17 && d.dice.chance(0.5))
    y = last(d.op('LayerNormalization', [y, d.numbers([c], 0.5, 1.5), d.numbers([c], -0.3, 0.3)]))
  y = last(
    d.op('Add', [last(d.op('MatMul', [y, d.filters([c, 2 * c], c)]), 2 * c), d.numbers([2 * c], -0.3, 0.3)]),
    2 * c,
  )
  y = last(d.op('Relu', [y]), 2 * c)
  y = last(d.op('MatMul', [y, d.filters([2 * c, c], 2 * c)]))
  d.parts.push('channels last')
  const back = d.planes({ ...flow, x: d.op('Transpose', [y], { perm: [0, 3, 1, 2] }) })
  return d.dice.chance(0.5) ? back : d.planes({ ...flow, x: d.op('Add', [x, back.x]) })
}

const BLOCKS: readonly (readonly [weight: number, block: Block])[] = [
  [5, (d, flow) => active(d, conv(d, flow))],
  [2, (d, flow) => conv(d, flow)],
  [3, norm],
  [2, pool],
  [3, residual],
  [2, branches],
  [2, excited],
  [1, shuffled],
  [1, split],
  [1, chosen],
  [1, folded],
  [1, padded],
  [1, resized],
  [2, counted],
  [1, lastly],
  [1, transposed],
  [2, active],
]

const WEIGHTED = BLOCKS.flatMap(([weight, block]) => new Array<Block>(weight).fill(block))

/** Some parts one after the other. */
export function trunk(d: Drawing, flow: Flow): Flow {
  let now = active(d, conv(d, flow))
  const depth = d.dice.int(1, 6)
  for (let i = 0; i < depth; i++) now = d.dice.of(WEIGHTED)(d, now) ?? now
  return now
}
