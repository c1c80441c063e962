import { commonShape, sizeOf } from '../../support/reference/array'
import { number, text } from '../../support/reference/operator'
import { erf } from '../../support/reference/unary'
import { input, type Operator, type Scope } from '../operator'
import { spread, type Tape, type Value } from '../tape'

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))
const density = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)

export const add = (tape: Tape, x: Value, y: Value): Value =>
  tape.binary(
    x,
    y,
    (a, b) => a + b,
    () => 1,
    () => 1,
  )
export const subtract = (tape: Tape, x: Value, y: Value): Value =>
  tape.binary(
    x,
    y,
    (a, b) => a - b,
    () => 1,
    () => -1,
  )
export const multiply = (tape: Tape, x: Value, y: Value): Value =>
  tape.binary(
    x,
    y,
    (a, b) => a * b,
    (_, b) => b,
    a => a,
  )
export const divide = (tape: Tape, x: Value, y: Value): Value =>
  x.whole && y.whole
    ? tape.binary(
        x,
        y,
        (a, b) => Math.trunc(a / b),
        () => 0,
        () => 0,
      )
    : tape.binary(
        x,
        y,
        (a, b) => a / b,
        (_, b) => 1 / b,
        (a, b) => -a / (b * b),
      )
export const scale = (tape: Tape, x: Value, by: number): Value => multiply(tape, x, tape.scalar(by))

const largest = (...xs: readonly Value[]): number =>
  xs.reduce((most, { data }) => data.reduce((max, x) => Math.max(max, Math.abs(x)), most), 0)

/** Notes how near x comes to each of the places where a slope jumps. */
export function edges(tape: Tape, x: Value, ...kinks: readonly number[]): void {
  const size = largest(x)
  for (const value of x.data) for (const kink of kinks) tape.edge(value - kink, size)
}

type Numbers = (name: string, absent: number) => number

const smooth =
  (f: (x: number, read: Numbers) => number, slope: (x: number, y: number, read: Numbers) => number): Operator =>
  scope => {
    const read: Numbers = (name, absent) => number(scope.node, name, absent)
    return scope.tape.unary(
      input(scope, 0),
      x => f(x, read),
      (x, y) => slope(x, y, read),
    )
  }

const kinked =
  (kinks: (read: Numbers) => readonly number[], unary: Operator): Operator =>
  scope => {
    edges(scope.tape, input(scope, 0), ...kinks((name, absent) => number(scope.node, name, absent)))
    return unary(scope)
  }

const steps = (f: (x: number) => number, whole = false): Operator => {
  return scope => scope.tape.unary(input(scope, 0), f, () => 0, whole || input(scope, 0).whole)
}

const pair =
  (step: (tape: Tape, x: Value, y: Value) => Value): Operator =>
  scope =>
    step(scope.tape, input(scope, 0), input(scope, 1))

const truth = (f: (a: number, b: number) => boolean): Operator =>
  pair((tape, x, y) =>
    tape.binary(
      x,
      y,
      (a, b) => Number(f(a, b)),
      () => 0,
      () => 0,
      true,
    ),
  )

const chosen = (tape: Tape, x: Value, y: Value, better: (a: number, b: number) => boolean): Value => {
  const size = largest(x, y)
  return tape.binary(
    x,
    y,
    (a, b) => {
      tape.edge(a - b, size)
      return better(a, b) ? a : b
    },
    (a, b) => (a === b ? 0.5 : Number(better(a, b))),
    (a, b) => (a === b ? 0.5 : Number(!better(a, b))),
  )
}
export const maximum = (tape: Tape, x: Value, y: Value): Value => chosen(tape, x, y, (a, b) => a >= b)
export const minimum = (tape: Tape, x: Value, y: Value): Value => chosen(tape, x, y, (a, b) => a <= b)

const folded =
  (step: (tape: Tape, x: Value, y: Value) => Value): Operator =>
  scope => {
    const all = scope.inputs.map((_, i) => input(scope, i))
    const first = scope.tape.reshape(input(scope, 0), input(scope, 0).dims)
    return all.slice(1).reduce((x, y) => step(scope.tape, x, y), first)
  }

export const Add = pair(add)
export const Sub = pair(subtract)
export const Mul = pair(multiply)
export const Div = pair(divide)
export const Sum = folded(add)
export const Max = folded(maximum)
export const Min = folded(minimum)
export const Mean: Operator = scope => scale(scope.tape, Sum(scope) as Value, 1 / scope.inputs.length)
export const Pow = pair((tape, x, y) =>
  tape.binary(
    x,
    y,
    (a, b) => a ** b,
    (a, b) => (b === 0 ? 0 : b * a ** (b - 1)),
    (a, b) => (a > 0 ? Math.log(a) * a ** b : 0),
  ),
)
/** Python's remainder, or C's with fmod. */
export const Mod: Operator = scope =>
  scope.tape.binary(
    input(scope, 0),
    input(scope, 1),
    (a, b) => (number(scope.node, 'fmod', 0) ? a % b : a - b * Math.floor(a / b)),
    () => 1,
    (a, b) => (number(scope.node, 'fmod', 0) ? -Math.trunc(a / b) : -Math.floor(a / b)),
  )

export const Equal = truth((a, b) => a === b)
export const Greater = truth((a, b) => a > b)
export const GreaterOrEqual = truth((a, b) => a >= b)
export const Less = truth((a, b) => a < b)
export const LessOrEqual = truth((a, b) => a <= b)
export const And = truth((a, b) => a !== 0 && b !== 0)
export const Or = truth((a, b) => a !== 0 || b !== 0)
export const Xor = truth((a, b) => (a !== 0) !== (b !== 0))
export const Not = steps(x => Number(x === 0), true)
export const Floor = steps(Math.floor)
export const Ceil = steps(Math.ceil)
export const Round = steps(x => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x)))
export const Sign = steps(Math.sign)
export const IsNaN = steps(x => Number(Number.isNaN(x)), true)
export const IsInf = steps(x => Number(Math.abs(x) === Number.POSITIVE_INFINITY), true)

export const Neg = smooth(
  x => -x,
  () => -1,
)
export const Abs = kinked(() => [0], smooth(Math.abs, Math.sign))
export const Sqrt = smooth(Math.sqrt, (_, y) => 0.5 / y)
export const Exp = smooth(Math.exp, (_, y) => y)
export const Log = smooth(Math.log, x => 1 / x)
export const Reciprocal = smooth(
  x => 1 / x,
  (_, y) => -y * y,
)
export const Tanh = smooth(Math.tanh, (_, y) => 1 - y * y)
export const Sin = smooth(Math.sin, Math.cos)
export const Cos = smooth(Math.cos, x => -Math.sin(x))
export const Tan = smooth(Math.tan, (_, y) => 1 + y * y)
export const Atan = smooth(Math.atan, x => 1 / (1 + x * x))
export const Asin = smooth(Math.asin, x => 1 / Math.sqrt(1 - x * x))
export const Acos = smooth(Math.acos, x => -1 / Math.sqrt(1 - x * x))
export const Sinh = smooth(Math.sinh, Math.cosh)
export const Cosh = smooth(Math.cosh, Math.sinh)
export const Asinh = smooth(Math.asinh, x => 1 / Math.sqrt(x * x + 1))
export const Acosh = smooth(Math.acosh, x => 1 / Math.sqrt(x * x - 1))
export const Atanh = smooth(Math.atanh, x => 1 / (1 - x * x))
export const Erf = smooth(erf, x => (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x))

export const Relu = kinked(
  () => [0],
  scope =>
    scope.tape.unary(
      input(scope, 0),
      x => Math.max(x, 0),
      (x, _, gradient) => Number(x > 0 && !(scope.tape.guided && gradient < 0)),
    ),
)
export const LeakyRelu = kinked(
  () => [0],
  smooth(
    (x, read) => (x < 0 ? read('alpha', 0.01) * x : x),
    (x, _, read) => (x > 0 ? 1 : read('alpha', 0.01)),
  ),
)
export const ThresholdedRelu = kinked(
  read => [read('alpha', 1)],
  smooth(
    (x, read) => (x > read('alpha', 1) ? x : 0),
    (x, _, read) => Number(x > read('alpha', 1)),
  ),
)
export const Shrink = kinked(
  read => [read('lambd', 0.5), -read('lambd', 0.5)],
  smooth(
    (x, read) => (Math.abs(x) > read('lambd', 0.5) ? x - Math.sign(x) * read('bias', 0) : 0),
    (x, _, read) => Number(Math.abs(x) > read('lambd', 0.5)),
  ),
)
export const Sigmoid = smooth(sigmoid, (_, y) => y * (1 - y))
export const HardSigmoid = kinked(
  read => [-read('beta', 0.5) / read('alpha', 0.2), (1 - read('beta', 0.5)) / read('alpha', 0.2)],
  smooth(
    (x, read) => Math.max(0, Math.min(1, read('alpha', 0.2) * x + read('beta', 0.5))),
    (_, y, read) => (y > 0 && y < 1 ? read('alpha', 0.2) : 0),
  ),
)
export const HardSwish = kinked(
  () => [-3, 3],
  smooth(
    x => x * Math.max(0, Math.min(1, x / 6 + 0.5)),
    x => (x < -3 ? 0 : x >= 3 ? 1 : x / 3 + 0.5),
  ),
)
/** Both sides have slope 1 at 0 only where alpha is 1. */
export const Elu = kinked(
  read => (read('alpha', 1) === 1 ? [] : [0]),
  smooth(
    (x, read) => (x < 0 ? read('alpha', 1) * Math.expm1(x) : x),
    (x, y, read) => (x > 0 ? 1 : y + read('alpha', 1)),
  ),
)
export const Selu = kinked(
  () => [0],
  smooth(
    (x, read) => read('gamma', 1.0507010221481323) * (x > 0 ? x : read('alpha', 1.6732631921768188) * Math.expm1(x)),
    (x, _, read) => read('gamma', 1.0507010221481323) * (x > 0 ? 1 : read('alpha', 1.6732631921768188) * Math.exp(x)),
  ),
)
export const Celu = smooth(
  (x, read) => (x > 0 ? x : read('alpha', 1) * Math.expm1(x / read('alpha', 1))),
  (x, _, read) => (x > 0 ? 1 : Math.exp(x / read('alpha', 1))),
)
export const Softplus = smooth(softplus, sigmoid)
export const Softsign = smooth(
  x => x / (1 + Math.abs(x)),
  x => 1 / (1 + Math.abs(x)) ** 2,
)
export const Mish = smooth(
  x => x * Math.tanh(softplus(x)),
  x => Math.tanh(softplus(x)) + x * (1 - Math.tanh(softplus(x)) ** 2) * sigmoid(x),
)
export const Swish = smooth(
  (x, read) => x * sigmoid(read('alpha', 1) * x),
  (x, y, read) => {
    const s = sigmoid(read('alpha', 1) * x)
    return s + read('alpha', 1) * y * (1 - s)
  },
)
const exact = smooth(
  x => (x / 2) * (1 + erf(x / Math.SQRT2)),
  x => 0.5 * (1 + erf(x / Math.SQRT2)) + x * density(x),
)
const byTanh = smooth(
  x => (x / 2) * (1 + Math.tanh(bend(x))),
  x => {
    const t = Math.tanh(bend(x))
    return 0.5 * (1 + t) + (x / 2) * (1 - t * t) * Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x * x)
  },
)
const bend = (x: number): number => Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)
export const Gelu: Operator = scope =>
  text(scope.node, 'approximate', 'none') === 'tanh' ? byTanh(scope) : exact(scope)

/** The slope is that of each place, broadcast to the right, or of each channel where it has as many as x has. */
export const PRelu: Operator = scope => {
  const x = input(scope, 0)
  edges(scope.tape, x, 0)
  return scope.tape.binary(
    x,
    input(scope, 1),
    (a, slope) => (a < 0 ? slope * a : a),
    (a, slope) => (a > 0 ? 1 : slope),
    a => (a < 0 ? a : 0),
  )
}

/**
 * Bounds are attributes before opset 11, inputs since then. At a bound torch's clamp passes the gradient and its ReLU6
 * does not; both export to Clip, of which [0, 6] is taken for ReLU6.
 */
export const Clip: Operator = scope => {
  const x = input(scope, 0)
  const bound = (name: string, place: number, absent: number) =>
    scope.opset < 11 ? number(scope.node, name, absent) : (scope.inputs[place]?.data[0] ?? absent)
  const low = bound('min', 1, Number.NEGATIVE_INFINITY)
  const high = bound('max', 2, Number.POSITIVE_INFINITY)
  edges(scope.tape, x, ...[low, high].filter(Number.isFinite))
  return scope.tape.unary(
    x,
    value => Math.min(Math.max(value, low), high),
    value => Number(low === 0 && high === 6 ? value > low && value < high : value >= low && value <= high),
  )
}

export const Where: Operator = scope => {
  const { tape } = scope
  const [condition, x, y] = [input(scope, 0), input(scope, 1), input(scope, 2)]
  const dims = commonShape(commonShape(condition.dims, x.dims), y.dims)
  const [asked, left, right] = [condition, x, y].map(({ dims: from }) => spread(from, dims))
  const from = Array.from({ length: sizeOf(dims) }, (_, i) =>
    condition.data[asked?.[i] ?? 0] ? (left?.[i] ?? 0) : x.data.length + (right?.[i] ?? 0),
  )
  return tape.join([x, y], dims, from)
}

/** Whole types cut the fraction off, floating ones keep doubles as they are. */
export const Cast: Operator = scope => castTo(scope, input(scope, 0), number(scope.node, 'to', 1))

function castTo({ tape }: Scope, x: Value, type: number): Value {
  const toTruth = type === 9
  const whole = toTruth || [2, 3, 4, 5, 6, 7, 12, 13].includes(type)
  if (!whole)
    return tape.unary(
      x,
      value => value,
      () => 1,
      false,
    )
  return tape.unary(x, toTruth ? value => Number(value !== 0) : Math.trunc, () => 0, true)
}

export const CastLike: Operator = scope => castTo(scope, input(scope, 0), input(scope, 1).whole ? 7 : 1)

const same: Operator = scope => scope.tape.reshape(input(scope, 0), input(scope, 0).dims)
export const Identity = same
/** At inference. */
export const Dropout = same
