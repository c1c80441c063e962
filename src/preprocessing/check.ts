import { isFloat } from '../graph/shapes'
import type { ElementType } from '../graph/types'
import { type Typical, typical, type Values } from './presets'

/** How far apart two inputs are: their means by the wider spread, their spreads by their ratio. */
export function apart(a: Typical, b: Typical): number {
  return Math.abs(a.mean - b.mean) / Math.max(a.std, b.std) + Math.abs(Math.log(a.std / b.std))
}

/** Three times too wide or too narrow, or off by more than the spread. Estimates from a file are good to a factor of 2. */
const WRONG = Math.log(3)

/** A mean so many times the spread comes of one that was meant for the other range. */
const FAR = 4

/** Fewer levels than these of a picture are left where a network takes whole numbers. */
const LEAST_LEVELS = 8

/**
 * Values for an input of integers: bytes, where what was asked for would leave hardly anything once it is rounded.
 * A range of 0 to 1 would be 0 or 1.
 */
export function forType<V extends Values>(values: V, type: ElementType): V {
  const levels = Math.max(...values.std.map(std => values.range / std))
  if (isFloat(type) || levels >= LEAST_LEVELS) return values
  const least = type === 'int8' ? 128 : 0
  return { ...values, range: 255, mean: values.mean.map(() => least), std: values.std.map(() => 1) }
}

/**
 * A warning where pictures come to the network otherwise than its file shows that they came while it was trained, or
 * all of them look alike to it.
 *
 * @param expected what the file shows, where it shows anything
 * @param type of the input
 */
export function inputWarning(values: Values, expected: Typical | null, type: ElementType = 'float32'): string | null {
  if (forType(values, type) !== values)
    return `The input is ${type}: these settings would leave whole numbers of hardly any difference, so bytes are fed.`
  const given = typical(values)
  if (Math.abs(given.mean) > FAR * given.std) {
    const range = values.range === 1 ? '0 to 1' : '0 to 255'
    return `These settings give values of about ${about(given)}, so all pictures look alike: the mean does not fit pixels from ${range}.`
  }
  if (!expected || apart(given, expected) <= WRONG) return null
  return `This input looks wrong for the file: it was made for values of about ${about(expected)}, and these settings give ${about(given)}. The answers may be meaningless.`
}

function about({ mean, std }: Typical): string {
  const short = (value: number) => Number(value.toPrecision(2)).toString().replace('-', '−')
  return `${short(Math.abs(mean) < 0.05 * std ? 0 : mean)} ± ${short(std)}`
}
