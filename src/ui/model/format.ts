import type { ActivationName } from '../../analysis/activation'
import type { HookPoint } from '../../analysis/types'

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const oneDigit = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 })
const twoDigits = new Intl.NumberFormat('en', { maximumSignificantDigits: 2 })
const significant = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 })

/** 2,048 */
export function count(n: number): string {
  return whole.format(n)
}

/** 24.0 MB */
export function megabytes(bytes: number): string {
  return `${oneDigit.format(bytes / 1e6)} MB`
}

const UNITS = ['bytes', 'kB', 'MB', 'GB'] as const

/** 512 bytes, 16.6 kB, 24.0 MB, 10.7 GB */
export function fileSize(bytes: number): string {
  const step = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3))
  return `${step === 0 ? bytes : oneDigit.format(bytes / 1000 ** step)} ${UNITS[step]}`
}

/** 38 ms, 1.4 s */
export function milliseconds(ms: number): string {
  return ms < 1000 ? `${whole.format(ms)} ms` : `${oneDigit.format(ms / 1000)} s`
}

/** 0..1 → 61%, 0.4%, <0.1% */
export function percent(share: number): string {
  if (share > 0 && share < 0.001) return '<0.1%'
  return share < 0.01 && share > 0 ? `${oneDigit.format(share * 100)}%` : `${whole.format(share * 100)}%`
}

/** 0..1 → 61.0%, 0.4%: beside another share, where a whole number would show no difference. */
const fineShare = (share: number): string => `${oneDigit.format(share * 100)}%`

/** How a class's score before and after a change is written. */
export const changeFormat = (activation: ActivationName): ((score: number) => string) =>
  activation === 'none' ? value : fineShare

/** How a class's score is written: as a share, or where the network gives no probabilities as a number. */
export const scoreFormat = (activation: ActivationName): ((score: number) => string) =>
  activation === 'none' ? value : percent

/** A difference of shares in percentage points: 0.034 → +3.4, −0.27 → −27.0, nothing to speak of → ±0.0 */
export function points(difference: number): string {
  const size = oneDigit.format(Math.abs(difference) * 100)
  if (size === '0.0') return '±0.0'
  return difference < 0 ? `−${size}` : `+${size}`
}

/** A minus, which no line is broken at, in the place of a hyphen. */
const withMinus = (text: string): string => text.replaceAll('-', '−')

/** A raw value to three digits: 1.53, −0.0821, 4.1e−7. */
export function value(x: number): string {
  const size = Math.abs(x)
  return withMinus(x !== 0 && (size < 1e-4 || size >= 1e6) ? x.toExponential(1) : significant.format(x))
}

/** To two digits, where there is little room. */
export function shortValue(x: number): string {
  return withMinus(Math.abs(x) < 1e-3 && x !== 0 ? x.toExponential(0) : twoDigits.format(x))
}

/** A long path by its ends: `Mixed_6a.Branch_1.Conv2d_0b_3x3` → `Mixed_6a…Conv2d_0b_3x3`. */
export function shortPath(path: string): string {
  const parts = path.split('.')
  return path.length > 20 && parts.length > 2 ? `${parts[0]}…${parts.at(-1)}` : path
}

/** [1, 2048, 8, 8] → 8 × 8 · 2,048; [1, 1000] → 1,000 */
export function size({ channels, grid }: Pick<HookPoint, 'channels' | 'grid'>): string {
  return grid ? `${grid.height} × ${grid.width} · ${count(channels.count)}` : count(channels.count)
}
