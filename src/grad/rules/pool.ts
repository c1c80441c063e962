import { intAttribute, ints } from '../../graph/attributes'
import { isFloat } from '../../graph/shape-rules'
import { floatTensor, sizeOf } from '../../graph/tensors'
import type { Node } from '../../graph/types'
import { type Window, windowOf } from '../../graph/window'
import type { Emitter } from '../emitter'
import { onlyFirst, type Rule, type RuleScope } from '../rule'

/** A pool's window over one channel at a time: [N·C, 1, …]. */
interface Unfolded {
  readonly window: Window
  readonly planes: number
  readonly spatial: readonly number[]
  /** Zeros or the lowest finite number around the input so that every window lies inside: end padding, and ceil_mode's overhang. */
  readonly after: readonly number[]
  readonly padded: readonly number[]
}

function unfold(node: Node, emit: Emitter, x: string): Unfolded {
  const dims = emit.shape(x)
  const spatial = dims.slice(2)
  const window = windowOf(node, spatial)
  emit.checkSize(window.kernel)
  emit.checkSize(window.output)
  const padded = spatial.map((size, axis) => {
    const extent = ((window.kernel[axis] ?? 1) - 1) * (window.dilations[axis] ?? 1) + 1
    const reach = ((window.output[axis] ?? 1) - 1) * (window.strides[axis] ?? 1) + extent
    return Math.max(reach, size + (window.begin[axis] ?? 0))
  })
  const after = padded.map((size, axis) => size - (spatial[axis] ?? 0) - (window.begin[axis] ?? 0))
  return { window, planes: sizeOf(dims.slice(0, 2)), spatial, after, padded }
}

const conv = ({ window: { kernel, strides, dilations } }: Unfolded) => ({
  kernel_shape: ints(kernel),
  strides: ints(strides),
  dilations: ints(dilations),
})

/** Sums what each window gave back to the places it read: [N·C, K, OH, OW] with kernels [K, 1, KH, KW]. */
function scatter(emit: Emitter, unfolded: Unfolded, gradient: string, kernels: string): string {
  const { window, spatial, padded } = unfolded
  const covered = padded.map((_, axis) => {
    const extent = ((window.kernel[axis] ?? 1) - 1) * (window.dilations[axis] ?? 1) + 1
    return ((window.output[axis] ?? 1) - 1) * (window.strides[axis] ?? 1) + extent
  })
  const back = emit.op('ConvTranspose', [gradient, kernels], conv(unfolded))
  const tail = padded.map((size, axis) => size - (covered[axis] ?? 0))
  const whole = emit.pad(back, [0, 0, ...padded.map(() => 0), 0, 0, ...tail], 0)
  const axes = spatial.map((_, axis) => axis + 2)
  const stop = spatial.map((size, axis) => size + (window.begin[axis] ?? 0))
  const untouched = spatial.every((size, axis) => size === padded[axis])
  return untouched ? whole : emit.slice(whole, axes, window.begin, stop)
}

/**
 * The gradient goes to the first place of the window that holds the maximum, as PyTorch has it. ORT's Indices fail
 * on WebGPU, so the places are found by convolution: K = KH·KW one-hot kernels lay each window out, E marks the
 * places that equal the maximum (none is greater, and Equal knows floats only since opset 11),
 * first = ReLU(E − number of marks before) keeps the first mark, and the same kernels, transposed, carry dY back.
 * Exact: every product is with 0 or 1. Padding is the lowest finite number, for 0 times it must be 0.
 */
const MaxPool: Rule = onlyFirst(({ node, emit, I, O, GO }) => {
  const unfolded = unfold(node, emit, I(0))
  const { window, planes, spatial, after } = unfolded
  const count = sizeOf(window.kernel)
  const oneHot = emit.room([count, count])
  for (let k = 0; k < count; k++) oneHot[k * count + k] = 1
  const kernels = emit.floats([count, 1, ...window.kernel], oneHot)

  const real = (value: string) => (isFloat(emit.typeOf(value)) ? value : emit.cast(value, emit.type))
  const flat = emit.reshape(real(I(0)), [planes, 1, ...spatial])
  const padded = emit.pad(flat, [0, 0, ...window.begin, 0, 0, ...after], emit.lowest)
  const windows = emit.op('Conv', [padded, kernels], conv(unfolded))
  const single = [planes, 1, ...window.output]
  const less = emit.op('Less', [windows, emit.reshape(real(O), single)])
  const marks = emit.where(less, 0, 1)

  const minusEarlier = new Float32Array(count * count)
  for (let k = 0; k < count; k++) {
    minusEarlier.fill(-1, k * count, k * count + k)
    minusEarlier[k * count + k] = 1
  }
  const ones = window.kernel.map(() => 1)
  const first = emit.op('Relu', [emit.op('Conv', [marks, emit.floats([count, count, ...ones], minusEarlier)])])
  const routed = emit.op('Mul', [first, emit.reshape(GO, single)])
  return emit.reshape(scatter(emit, unfolded, routed, kernels), emit.shape(I(0)))
})

/** Each place of a window gets dY / n; n is the window's size, or without padding counted what of it lies inside. */
const AveragePool: Rule = onlyFirst(({ node, emit, I, GO }) => {
  const unfolded = unfold(node, emit, I(0))
  const { window, planes } = unfolded
  const shares = emit.floats([1, 1, ...window.output], windowShares(node, unfolded))
  const each = emit.op('Mul', [emit.reshape(GO, [planes, 1, ...window.output]), shares])
  const back = scatter(emit, unfolded, each, emit.filled([1, 1, ...window.kernel], 1))
  return emit.reshape(back, emit.shape(I(0)))
})

/** 1 / n of every window. Past the end padding, where ceil_mode may reach, nothing is ever counted. */
function windowShares(node: Node, { window, spatial }: Unfolded): Float32Array {
  const counted = intAttribute(node, 'count_include_pad', 0) === 1
  const perAxis = spatial.map((size, axis) => {
    const [kernel, stride, dilation] = [window.kernel, window.strides, window.dilations].map(list => list[axis] ?? 1)
    const begin = window.begin[axis] ?? 0
    const from = counted ? -begin : 0
    const to = counted ? size + (window.end[axis] ?? 0) : size
    return Array.from({ length: window.output[axis] ?? 0 }, (_, o) => {
      let inside = 0
      for (let k = 0; k < (kernel ?? 1); k++) {
        const at = o * (stride ?? 1) - begin + k * (dilation ?? 1)
        if (at >= from && at < to) inside++
      }
      return inside
    })
  })
  const counts = perAxis.reduce((outer, inner) => outer.flatMap(a => inner.map(b => a * b)), [1])
  return Float32Array.from(counts, n => 1 / n)
}

/** Every place gets dY / (H·W). */
const GlobalAveragePool: Rule = onlyFirst(({ emit, I, GO }) => emit.op('Div', [GO, sizeOf(emit.shape(I(0)).slice(2))]))

/**
 * The gradient goes to the first place that holds the maximum, as PyTorch's adaptive pool has it: places are numbered,
 * and the lowest number among those that equal the maximum wins.
 */
const GlobalMaxPool: Rule = onlyFirst(({ emit, I, O, GO }) => {
  const dims = emit.shape(I(0))
  const spatial = dims.slice(2)
  const axes = spatial.map((_, axis) => axis + 2)
  const count = sizeOf(spatial)
  const numbers = floatTensor(
    [1, 1, ...spatial],
    emit.room(spatial).map((_, i) => i),
  )
  const beyond = floatTensor([], [count])
  const less = emit.op('Less', [I(0), O])
  const places = emit.op('Add', [
    emit.constant(numbers),
    emit.op('Mul', [emit.cast(less, 'float32'), emit.constant(beyond)]),
  ])
  const first = emit.reduce('ReduceMin', places, axes, true)
  return emit.where(emit.op('Greater', [places, first]), 0, GO)
})

/**
 * Y = (Σ |X|ᵖ)^(1/p) over a window: dX = sign(X)·|X|ᵖ⁻¹·Σ dY·Y¹⁻ᵖ over the windows that X is in; a window of zeros gives
 * nothing, as in PyTorch.
 */
const LpPool: Rule = onlyFirst(scope => {
  const { node, emit, I } = scope
  const unfolded = unfold(node, emit, I(0))
  const { window, planes } = unfolded
  const each = emit.reshape(windowSlope(scope), [planes, 1, ...window.output])
  const back = scatter(emit, unfolded, each, emit.filled([1, 1, ...window.kernel], 1))
  return emit.op('Mul', [emit.reshape(back, emit.shape(I(0))), placeSlope(scope)])
})

const GlobalLpPool: Rule = onlyFirst(scope => scope.emit.op('Mul', [windowSlope(scope), placeSlope(scope)]))

/** dY·Y¹⁻ᵖ, 0 where Y is. */
function windowSlope({ node, emit, O, GO }: RuleScope): string {
  const p = intAttribute(node, 'p', 2)
  if (p === 1) return GO
  const some = emit.op('Greater', [O, 0])
  return emit.where(some, emit.op('Mul', [GO, emit.op('Pow', [emit.where(some, O, 1), 1 - p])]), 0)
}

/** sign(X)·|X|ᵖ⁻¹ */
function placeSlope({ node, emit, I }: RuleScope): string {
  const p = intAttribute(node, 'p', 2)
  if (p === 2) return I(0)
  if (p % 2 === 0) return emit.op('Pow', [I(0), p - 1])
  const above = emit.where(emit.op('Greater', [I(0), 0]), 1, 0)
  const sign = emit.op('Sub', [above, emit.where(emit.op('Less', [I(0), 0]), 1, 0)])
  return p === 1 ? sign : emit.op('Mul', [sign, emit.op('Pow', [I(0), p - 1])])
}

export const poolRules = { LpPool, GlobalLpPool, MaxPool, AveragePool, GlobalAveragePool, GlobalMaxPool }
