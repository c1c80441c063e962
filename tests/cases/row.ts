import type { ActivationName } from '../../src/analysis/activation'
import type { Pixels, Preprocessing } from '../../src/image/types'
import { random } from '../support/build'
import type { NdArray } from '../support/reference/array'
import type { Written } from './net'
import type { Seen, Way } from './ways'

/** One file, and what is right of it. */
export interface Row {
  readonly name: string
  readonly file: () => Written
  /** Random pixels of 16×16 unless given. */
  readonly picture?: Pixels
  /** What the user tells of the input; values from 0 to 1 unless given. */
  readonly told?: Partial<Preprocessing> | null
  readonly output?: string
  readonly activation?: ActivationName
  /** Texts of files that lie beside it, by name. */
  readonly beside?: Readonly<Record<string, string>>
  /** What the user tells of further inputs. */
  readonly inputs?: Readonly<Record<string, readonly number[]>>
  /** What the network is fed: every input by name; the picture from 0 to 1, [1, 3, H, W], unless given. */
  readonly feeds?: (picture: Pixels) => ReadonlyMap<string, NdArray>
  /** What is shown of the derivative by the input, where that is not itself. */
  readonly gradient?: (derivative: NdArray, way: Way) => ArrayLike<number>
  /** The value that an input of whole numbers is cast to; a library's gradient is read there. */
  readonly floats?: string
  readonly right: Values | Refusal
}

export interface Values {
  /** The value of the true graph whose elements are the logits, before any Softmax. */
  readonly logits: string
  /** Which of its elements the classes are, where not all in order. */
  readonly order?: readonly number[]
  readonly activation?: 'softmax' | 'sigmoid' | 'none'
  /** Values [1, C, H, W] whose Grad-CAM is compared; c1 and f unless given. */
  readonly layers?: readonly string[]
  /** One score stands for two classes, itself and its absence. */
  readonly twoSides?: boolean
  /** Values [1, C, H, W] at which nothing speaks for a class: their maps are 0 on the page and on the command line. */
  readonly silent?: readonly string[]
  /** Label of the likeliest class. */
  readonly best?: string
  /** False where nothing reaches the input. */
  readonly inputGradient?: boolean
  /** The value whose CAM is right, or the sentence that says why there is none. */
  readonly cam?: string | RegExp
  /** Whether the network's ReLUs make guided backpropagation another thing than saliency, or what is said where not. */
  readonly guided?: true | RegExp
  /** The value that the default layer is. */
  readonly main?: string
  /** Values that are no layer of Grad-CAM, and why. */
  readonly refused?: Readonly<Record<string, RegExp>>
  /** What is said of it on the page and on the command line. */
  readonly says?: RegExp
  /** What else is to be seen on a way. */
  readonly also?: (seen: Seen, way: Way) => void
}

export interface Refusal {
  readonly refusal: RegExp
  /** The file opens and answers; only what lies before some node has no gradient. */
  readonly opens?: boolean
  /** It is no picture that the network takes: the library, which is given numbers, takes it. */
  readonly pictures?: boolean
  /** The layer whose map is refused; the library, which draws nothing, gives its gradient. */
  readonly layer?: string
}

/** The same picture on every run, whose values from 0 to 1 float32 holds. */
export function pixels(width = 16, height = width): Pixels {
  const data = Uint8Array.from(random(7)(width * height * 3, 0, 256), Math.floor)
  return { width, height, channels: 3, data }
}

/** White at some rows and columns, black elsewhere. */
export function square(size: number, [top, left, side]: readonly [number, number, number]): Pixels {
  const data = new Uint8Array(size * size * 3)
  for (let y = top; y < top + side; y++)
    for (let x = left; x < left + side; x++) data.fill(255, 3 * (y * size + x), 3 * (y * size + x) + 3)
  return { width: size, height: size, channels: 3, data }
}

/** [1, 3, H, W] from 0 to 1. */
export function planesOf({ width, height, channels, data }: Pixels): NdArray {
  const plane = width * height
  const planes = Float64Array.from({ length: 3 * plane }, (_, i) => {
    const byte = data[(i % plane) * channels + Math.floor(i / plane)] ?? 0
    return Math.fround(byte / 255)
  })
  return { dims: [1, 3, height, width], data: planes }
}
