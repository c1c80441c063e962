import { counted, number } from '../../support/reference/operator'
import { input, type Operator } from '../operator'
import type { Tape, Value } from '../tape'
import { add, divide, multiply, scale, subtract } from './elementwise'
import { mean } from './reduce'
import { powered, rooted } from './windows'

const root = (tape: Tape, x: Value, epsilon: number): Value =>
  tape.unary(
    x,
    value => Math.sqrt(value + epsilon),
    (_, y) => 0.5 / y,
  )

/** (x − mean) / √(var + ε) over axes. */
function standardized(tape: Tape, x: Value, axes: readonly number[], epsilon: number): Value {
  const centred = subtract(tape, x, mean(tape, x, axes))
  return divide(tape, centred, root(tape, mean(tape, multiply(tape, centred, centred), axes), epsilon))
}

/** A number a channel, laid along axis 1. */
const perChannel = (tape: Tape, x: Value, rank: number): Value =>
  tape.reshape(x, [1, x.data.length, ...new Array<number>(rank - 2).fill(1)])

const scaled = (tape: Tape, x: Value, by: Value, plus: Value | undefined): Value => {
  const product = multiply(tape, x, by)
  return plus ? add(tape, product, plus) : product
}

/** With the stored statistics; with the batch's own, and the stored ones moved, where it is told to train. */
export const BatchNormalization: Operator = scope => {
  const { tape, node, opset } = scope
  const x = input(scope, 0)
  const epsilon = number(node, 'epsilon', 1e-5)
  const [gamma, beta, stored, spread] = [1, 2, 3, 4].map(i => input(scope, i)) as [Value, Value, Value, Value]
  // Before opset 9 with `spatial` 0: numbers for each place.
  const laid = (value: Value) =>
    value.dims.length > 1 ? tape.reshape(value, [1, ...value.dims]) : perChannel(tape, value, x.dims.length)
  const training = opset >= 14 ? number(node, 'training_mode', 0) === 1 : opset >= 7 && node.outputs.length > 1
  if (!training) {
    const centred = subtract(tape, x, laid(stored))
    return scaled(tape, divide(tape, centred, root(tape, laid(spread), epsilon)), laid(gamma), laid(beta))
  }
  const axes = x.dims.map((_, axis) => axis).filter(axis => axis !== 1)
  return scaled(tape, standardized(tape, x, axes, epsilon), laid(gamma), laid(beta))
}

export const InstanceNormalization: Operator = scope => {
  const x = input(scope, 0)
  const axes = x.dims.map((_, axis) => axis).slice(2)
  const hat = standardized(scope.tape, x, axes, number(scope.node, 'epsilon', 1e-5))
  const laid = (i: number) => perChannel(scope.tape, input(scope, i), x.dims.length)
  return scaled(scope.tape, hat, laid(1), laid(2))
}

export const LayerNormalization: Operator = scope => {
  const x = input(scope, 0)
  const axis = counted(number(scope.node, 'axis', -1), x.dims.length)
  const axes = x.dims.map((_, i) => i).slice(axis)
  const hat = standardized(scope.tape, x, axes, number(scope.node, 'epsilon', 1e-5))
  return scaled(scope.tape, hat, input(scope, 1), scope.inputs[2])
}

/** x / √(mean x² + ε). */
export const RMSNormalization: Operator = scope => {
  const { tape } = scope
  const x = input(scope, 0)
  const axes = x.dims.map((_, i) => i).slice(counted(number(scope.node, 'axis', -1), x.dims.length))
  const square = mean(tape, multiply(tape, x, x), axes)
  return scaled(
    tape,
    divide(tape, x, root(tape, square, number(scope.node, 'epsilon', 1e-5))),
    input(scope, 1),
    undefined,
  )
}

export const SimplifiedLayerNormalization = RMSNormalization

/** Scale and bias a group each in opset 18, a channel each since 21. */
export const GroupNormalization: Operator = scope => {
  const { tape, opset } = scope
  const x = input(scope, 0)
  const [n = 1, channels = 1, ...spatial] = x.dims
  const groups = number(scope.node, 'num_groups', 1)
  const grouped = tape.reshape(x, [n, groups, channels / groups, ...spatial])
  const axes = grouped.dims.map((_, i) => i).slice(2)
  const hat = standardized(tape, grouped, axes, number(scope.node, 'epsilon', 1e-5))
  const ones = spatial.map(() => 1)
  const laid = (i: number) =>
    tape.reshape(input(scope, i), opset < 21 ? [1, groups, 1, ...ones] : [1, groups, channels / groups, ...ones])
  return tape.reshape(scaled(tape, hat, laid(1), laid(2)), x.dims)
}

export const MeanVarianceNormalization: Operator = scope => {
  const x = input(scope, 0)
  const found = scope.node.attributes.get('axes')
  return standardized(scope.tape, x, found?.kind === 'ints' ? found.value : [0, 2, 3], 0)
}

/** x / ‖x‖ₚ; 0 where the norm is 0. */
export const LpNormalization: Operator = scope => {
  const { tape, node } = scope
  const x = input(scope, 0)
  const p = number(node, 'p', 2)
  const norm = rooted(tape, tape.sum(powered(tape, x, p), [counted(number(node, 'axis', -1), x.dims.length)]), p)
  return tape.binary(
    x,
    norm,
    (a, b) => (b === 0 ? 0 : a / b),
    (_, b) => (b === 0 ? 0 : 1 / b),
    (a, b) => (b === 0 ? 0 : -a / (b * b)),
  )
}

/** The window reaches from c − ⌊(size − 1)/2⌋ to c + ⌈(size − 1)/2⌉, what of it exists. */
export const LRN: Operator = scope => {
  const { tape, node } = scope
  const x = input(scope, 0)
  const size = number(node, 'size', 1)
  const [alpha, beta, bias] = [number(node, 'alpha', 1e-4), number(node, 'beta', 0.75), number(node, 'bias', 1)]
  const [n = 1, channels = 1] = x.dims
  const plane = x.data.length / n / channels
  const squares = tape.reshape(multiply(tape, x, x), [n, channels, plane])
  const band = Array.from({ length: channels * channels }, (_, i) => {
    const far = (i % channels) - Math.floor(i / channels)
    return Number(far >= -Math.floor((size - 1) / 2) && far <= Math.ceil((size - 1) / 2))
  })
  const rows = Array.from({ length: n }, () => band).flat()
  const sums = scale(tape, tape.product(tape.leaf([n, channels, channels], rows), squares), alpha / size)
  const below = tape.unary(
    sums,
    value => (bias + value) ** beta,
    value => beta * (bias + value) ** (beta - 1),
  )
  return divide(tape, x, tape.reshape(below, x.dims))
}
