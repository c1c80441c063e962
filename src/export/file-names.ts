import { classOf, type Target } from '../attribution/target'
import { plainLabel } from '../catalog/labels'

export interface Named {
  /** File name of the picture, with or without an ending. */
  readonly picture: string
  readonly network: string
  readonly layer: string
}

export interface NamedMap extends Named {
  readonly method: string
  readonly target: Target
  /** Of the class that the target is about. */
  readonly label: string
}

/**
 * `chelsea.inception-v3.Mixed_7c.gradcam.283-tiger-cat.png`; the ending may tell what of it: `heatmap.png`, `raw.json`.
 * At most `LONGEST` bytes.
 */
export function mapFileName({ picture, network, layer, method, target, label }: NamedMap, ending: string): string {
  const index = classOf(target)
  const name = shorten(`${sign(target)}${index}-${safe(plainLabel(label, index)).toLowerCase()}`, PART)
  return withPicture(
    picture,
    `${shorten(safe(network), PART)}.${shorten(safe(layer), PART)}.${method}.${name}.${ending}`,
  )
}

/** Tells a target from the class that it is about: `against-282-`, `no-`. */
function sign(target: Target): string {
  if ('absent' in target) return 'no-'
  return 'against' in target ? `against-${target.against}-` : ''
}

/** `chelsea.inception-v3.Mixed_7c.features.png`, of at most `LONGEST` bytes. */
export function featuresFileName({ picture, network, layer }: Named): string {
  return withPicture(picture, `${shorten(safe(network), PART)}.${shorten(safe(layer), PART)}.features.png`)
}

/** File systems take names of 255 bytes; this leaves room for a number that tells two of one name apart. */
const LONGEST = 240

/** Of what is not the picture's name, in bytes. */
const PART = 48

function withPicture(picture: string, rest: string): string {
  const stem = safe(picture.replace(/\.[^.]*$/, '')) || 'picture'
  return `${shorten(stem, LONGEST - 1 - bytesOf(rest))}.${rest}`
}

const encoder = new TextEncoder()
const bytesOf = (text: string): number => encoder.encode(text).length

/** Cut in the middle: names of many pictures differ at their ends. */
function shorten(text: string, bytes: number): string {
  if (bytesOf(text) <= bytes) return text
  const letters = [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment)
  const half = (bytes - 1) >> 1
  return `${fitting(letters, half).join('')}-${fitting(letters.reverse(), half).reverse().join('')}`
}

/** The first letters that fit into so many bytes. */
function fitting(letters: readonly string[], bytes: number): string[] {
  let left = bytes
  const end = letters.findIndex(letter => {
    left -= bytesOf(letter)
    return left < 0
  })
  return letters.slice(0, end)
}

/** Only what every file system takes; runs of anything else become one hyphen. */
function safe(text: string): string {
  return text.replace(/[^\p{L}\p{N}._]+/gu, '-').replace(/^[-.]+|[-.]+$/g, '')
}
