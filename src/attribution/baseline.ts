import { convolveSeparably } from '../image/convolve'
import type { ChoiceOption, Context } from './method'

/** Pixels of a picture of 224 whose shorter side is another are blurred by as much of it (Fong and Vedaldi 2017 take 10). */
const BLUR = 10 / 224

/** Deviations after which a Gaussian ends, as scipy.ndimage has it. */
const REACH = 4

/** The option of methods that start from a picture without the thing. */
export const BASELINE = {
  default: 'zeros',
  choices: ['zeros', 'black', 'white', 'mean', 'blurred'],
  help: 'the picture at the start: zeros of the normalised input, which are the mean colour of the pictures that the network was trained on; black; white; this picture’s mean colour; this picture blurred',
} as const satisfies ChoiceOption

/** [C, H, W]. @throws HookscopeError `bad-argument` for black or white where nobody told how pictures are normalised */
export async function baselineOf(context: Context, kind: (typeof BASELINE)['choices'][number]): Promise<Float32Array> {
  const input = await context.input()
  if (kind === 'zeros') return new Float32Array(input.length)
  if (kind === 'black') return context.evenInput(0)
  if (kind === 'white') return context.evenInput(1)
  return kind === 'mean' ? meanColour(input, context) : blurred(input, context)
}

interface Size {
  readonly height: number
  readonly width: number
}

/** The mean of each channel, everywhere. */
function meanColour(input: Float32Array, { height, width }: Size): Float32Array {
  const places = height * width
  const mean = new Float32Array(input.length)
  for (let from = 0; from < input.length; from += places) {
    const sum = input.subarray(from, from + places).reduce((sum, value) => sum + value, 0)
    mean.fill(sum / places, from, from + places)
  }
  return mean
}

/** Convolved with a Gaussian of σ = 10/224 of the shorter side, its edges carried on outside. */
export function blurred(input: Float32Array, size: Size): Float32Array {
  const sigma = BLUR * Math.min(size.height, size.width)
  const reach = Math.floor(REACH * sigma + 0.5)
  const bell = Float64Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-((i - reach) ** 2) / (2 * sigma ** 2)))
  const whole = bell.reduce((sum, value) => sum + value, 0)
  return convolveSeparably(
    input,
    size,
    bell.map(value => value / whole),
    'edges',
  )
}
