import { floatAttribute, intAttribute } from '../../graph/attributes'
import { positiveAxis } from '../../graph/numbers'
import { sizeOf } from '../../graph/tensors'
import { usesBatchStatistics } from '../../graph/training'
import { onlyFirst, type Rule, type RuleScope, refusal } from '../rule'

interface Normalized {
  /** X̂ = (X − mean)/√(var + ε) */
  readonly x: string
  /** Gradient with respect to X from that with respect to X̂: (c − X̂·mean(c·X̂))/√(var + ε) with c = g − mean(g). */
  back(g: string): string
}

/**
 * X less its mean and over its deviation, both over `axes`. A float32 mean of n values is wrong by up to n steps, and
 * Grad-CAM sums the gradient over places again, where that error is all that is left: so the mean of the rest is subtracted too.
 */
function normalized({ node, emit }: RuleScope, x: string, axes: readonly number[]): Normalized {
  const mean = (value: string) => emit.reduce('ReduceMean', value, axes, true)
  const lessMean = (value: string) => emit.op('Sub', [value, mean(value)])
  const centred = lessMean(lessMean(x))
  const variance = mean(emit.op('Mul', [centred, centred]))
  const deviation = emit.op('Sqrt', [emit.op('Add', [variance, floatAttribute(node, 'epsilon', 1e-5)])])
  const hat = emit.op('Div', [centred, deviation])
  const back = (g: string) => {
    const c = lessMean(lessMean(g))
    const along = emit.op('Mul', [hat, mean(emit.op('Mul', [c, hat]))])
    return emit.op('Div', [emit.op('Sub', [c, along]), deviation])
  }
  return { x: hat, back }
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i)

/**
 * At inference Y = scale·(X − mean)/√(var + ε) + bias, a channel each: dX = dY·scale/√(var + ε). A file that was exported
 * for training is run by the statistics of its batch: then X̂ is over pictures and places.
 */
const BatchNormalization: Rule = onlyFirst(scope => {
  const { node, emit, I, GO } = scope
  const dims = emit.shape(I(0))
  const places =
    intAttribute(node, 'spatial', 1) === 1 ? dims.map((size, axis) => (axis === 1 ? size : 1)) : dims.with(0, 1)
  const scale = emit.reshape(emit.cast(I(1), emit.type), places)
  if (usesBatchStatistics(node, emit.opset))
    return normalized(scope, I(0), [0, ...range(2, dims.length)]).back(emit.op('Mul', [GO, scale]))
  const variance = emit.reshape(emit.cast(I(4), emit.type), places)
  const deviation = emit.op('Sqrt', [emit.op('Add', [variance, floatAttribute(node, 'epsilon', 1e-5)])])
  return emit.op('Mul', [GO, emit.op('Div', [scale, deviation])])
})

/** Y = scale·X̂ + bias, X̂ over the axes from `axis` on. */
const LayerNormalization: Rule = scope => {
  const { node, emit, I, GO, wants } = scope
  const rank = emit.shape(I(0)).length
  const axes = range(positiveAxis(intAttribute(node, 'axis', -1), rank), rank)
  if (!wants(0) && !wants(1)) return [null, null, GO]
  const hat = normalized(scope, I(0), axes)
  return [
    wants(0) ? hat.back(emit.op('Mul', [GO, I(1)])) : null,
    wants(1) ? emit.op('Mul', [GO, hat.x]) : null,
    wants(2) ? GO : null,
  ]
}

/** Y = scale·X̂ + bias with X̂ over the places of each channel; scale and bias a channel each. */
const InstanceNormalization: Rule = onlyFirst(scope => {
  const { emit, I, GO } = scope
  const dims = emit.shape(I(0))
  const scale = emit.reshape(
    I(1),
    dims.map((size, axis) => (axis === 1 ? size : 1)),
  )
  return normalized(scope, I(0), range(2, dims.length)).back(emit.op('Mul', [GO, scale]))
})

/** X̂ over the channels of a group and all places; scale a group each in opset 18, a channel each since 21. */
const GroupNormalization: Rule = onlyFirst(scope => {
  const { node, emit, I, GO } = scope
  const dims = emit.shape(I(0))
  const [pictures = 1, channels = 1] = dims
  const groups = intAttribute(node, 'num_groups', 1)
  const split = [pictures, groups, channels / groups, sizeOf(dims.slice(2))]
  const perGroup = emit.shape(I(1))[0] === groups && groups !== channels
  const scale = emit.reshape(I(1), perGroup ? [1, groups, 1, 1] : [1, groups, channels / groups, 1])
  const gradient = emit.op('Mul', [emit.reshape(GO, split), scale])
  return emit.reshape(normalized(scope, emit.reshape(I(0), split), [2, 3]).back(gradient), dims)
})

/**
 * Y = X·n^−β with n = bias + α/size·Σ X² over a window of channels around each. A channel stands in the windows of its
 * neighbours: dX = dY·n^−β − 2αβ/size·X·Σ dY·X·n^(−β−1) over the same window.
 */
const LRN: Rule = onlyFirst(scope => {
  const { node, emit, I, GO } = scope
  const dims = emit.shape(I(0))
  const [pictures = 1, channels = 1] = dims
  const size = intAttribute(node, 'size', 1)
  const [alpha, beta] = [floatAttribute(node, 'alpha', 1e-4), floatAttribute(node, 'beta', 0.75)]
  const reach = (size - 1) / 2
  if (size < 1 || size % 2 === 0) throw refusal(scope, `its window of ${size} channels has no middle`)
  const flat = [pictures, 1, channels, sizeOf(dims.slice(2))]
  const ones = emit.filled([1, 1, size, 1], 1)
  const overChannels = (value: string) => {
    const padded = emit.pad(emit.reshape(value, flat), [0, 0, reach, 0, 0, 0, reach, 0], 0)
    return emit.reshape(emit.op('Conv', [padded, ones]), dims)
  }
  const squares = overChannels(emit.op('Mul', [I(0), I(0)]))
  const n = emit.op('Add', [emit.op('Mul', [squares, alpha / size]), floatAttribute(node, 'bias', 1)])
  const direct = emit.op('Mul', [GO, emit.op('Pow', [n, -beta])])
  const spread = overChannels(emit.op('Div', [emit.op('Mul', [direct, I(0)]), n]))
  return emit.op('Sub', [direct, emit.op('Mul', [emit.op('Mul', [I(0), (2 * alpha * beta) / size]), spread])])
})

export const normalizeRules = { BatchNormalization, LayerNormalization, InstanceNormalization, GroupNormalization, LRN }
