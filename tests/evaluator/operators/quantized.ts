import { counted, number } from '../../support/reference/operator'
import { input, type Operator, type Scope } from '../operator'
import { spread, type Tape, type Value } from '../tape'
import { add, multiply, subtract } from './elementwise'
import { matmul } from './linear'
import { convolved } from './windows'

/** To the nearest whole number, of two the even one. */
const even = (x: number): number => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x))

/** A scale or zero point of one number, or of one a place along an axis, as it broadcasts over x. */
function laid(tape: Tape, value: Value, x: Value, axis: number): Value {
  if (value.data.length === 1) return tape.reshape(value, [])
  const at = counted(axis, x.dims.length)
  return tape.reshape(
    value,
    x.dims.map((size, i) => (i === at ? size : 1)),
  )
}

/** (x − zero)·scale */
function real(tape: Tape, x: Value, scale: Value | undefined, zero: Value | undefined, axis: number): Value {
  const shifted = zero ? subtract(tape, x, laid(tape, zero, x, axis)) : x
  return scale ? multiply(tape, shifted, laid(tape, scale, x, axis)) : shifted
}

/** clamp(round(x/scale) + zero): where nothing is clamped the rounding counts as the identity. */
function quantized(
  tape: Tape,
  x: Value,
  scale: Value,
  zero: Value | undefined,
  range: readonly [number, number],
): Value {
  const [low, high] = range
  const steps = tape.binary(
    x,
    scale,
    (a, b) => a / b,
    (_, b) => 1 / b,
    () => 0,
    false,
  )
  const place = zero ? add(tape, steps, zero) : steps
  return tape.unary(
    place,
    value => Math.min(Math.max(even(value), low), high),
    value => Number(value >= low - 0.5 && value <= high + 0.5),
    true,
  )
}

const BYTES = [0, 255] as const

export const QuantizeLinear: Operator = scope =>
  quantized(scope.tape, input(scope, 0), input(scope, 1), scope.inputs[2], BYTES)

/** As if x were no whole number. */
export const DequantizeLinear: Operator = scope =>
  real(scope.tape, input(scope, 0), scope.inputs[1], scope.inputs[2], number(scope.node, 'axis', 1))

/** The range of x, with 0 in it, in 255 steps; the scale counts as a constant. */
export const DynamicQuantizeLinear: Operator = scope => {
  const { tape } = scope
  const x = input(scope, 0)
  const low = Math.min(0, ...x.data)
  // The scale is a float32, and what it divides is.
  const step = Math.fround((Math.max(0, ...x.data) - low) / 255)
  const scale = tape.leaf([], [step])
  const zero = tape.leaf([], [Math.min(Math.max(even(-low / step), 0), 255)], true)
  const steps = tape.unary(
    x,
    value => even(value / step),
    () => 1 / step,
    true,
  )
  return [
    tape.unary(
      add(tape, steps, zero),
      value => Math.min(Math.max(value, 0), 255),
      () => 1,
      true,
    ),
    scale,
    zero,
  ]
}

const conv = ({ tape, node }: Scope, x: Value, w: Value): Value =>
  convolved(tape, node, x, w, undefined, number(node, 'group', 1))

/** The bias counts in steps of both scales. */
export const QLinearConv: Operator = scope => {
  const { tape, inputs } = scope
  const y = conv(
    scope,
    real(tape, input(scope, 0), inputs[1], inputs[2], 1),
    real(tape, input(scope, 3), inputs[4], inputs[5], 0),
  )
  const [scales, bias] = [multiply(tape, input(scope, 1), input(scope, 4)), inputs[8]]
  if (!bias) return quantized(tape, y, input(scope, 6), inputs[7], BYTES)
  const row = tape.pick(scales, bias.dims, spread(scales.dims, bias.dims))
  const steps = tape.reshape(multiply(tape, bias, row), [1, bias.data.length, 1, 1])
  return quantized(tape, add(tape, y, steps), input(scope, 6), inputs[7], BYTES)
}

export const ConvInteger: Operator = scope =>
  conv(
    scope,
    real(scope.tape, input(scope, 0), undefined, scope.inputs[2], 1),
    real(scope.tape, input(scope, 1), undefined, scope.inputs[3], 0),
  )

export const MatMulInteger: Operator = scope =>
  matmul(
    scope.tape,
    real(scope.tape, input(scope, 0), undefined, scope.inputs[2], -2),
    real(scope.tape, input(scope, 1), undefined, scope.inputs[3], -1),
  )
