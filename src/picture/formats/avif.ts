import { ascii, type Format, view } from './format'

const BRANDS = /avif|avis/

/** ISO base media boxes of [length, type, data]; `ispe` holds the size of a picture (or of one of its tiles). ISO/IEC 23008-12. */
export const avif: Format = {
  name: 'AVIF',
  matches: bytes => BRANDS.test(brands(bytes)),
  /** A sequence of pictures has a brand of its own. AV1 Image File Format, section 6.3 */
  mayMove: bytes => /avis/.test(brands(bytes)),
  header(bytes) {
    let [width, height] = [0, 0]
    let hasData = false
    let whole = false
    for (const box of boxes(bytes, 0, bytes.length)) {
      hasData ||= box.type === 'mdat'
      whole = box.whole
      if (box.type !== 'meta') continue
      for (const [w, h] of extents(bytes, box)) {
        width = Math.max(width, w)
        height = Math.max(height, h)
      }
    }
    return width > 0 && height > 0 ? { width, height, complete: hasData && whole } : undefined
  },
}

/** The `ftyp` box's brands, run together: `avifmif1miaf`. Empty where the file does not begin with one. */
export function brands(bytes: Uint8Array): string {
  if (ascii(bytes, 4, 4) !== 'ftyp') return ''
  const length = Math.min(view(bytes).getUint32(0), bytes.length, 256)
  return ascii(bytes, 8, 4) + ascii(bytes, 16, Math.max(0, length - 16))
}

interface Box {
  readonly type: string
  /** Where its data begins and ends. */
  readonly start: number
  readonly end: number
  /** False where it says that it goes on past the end of what it lies in. */
  readonly whole: boolean
}

/** A picture has some dozens at each level; a file of empty ones would have millions. */
const MOST_BOXES = 10_000

/** The boxes that lie from `from` to `to`, one after another: [length, type, data]; a length that cannot be ends them. */
function* boxes(bytes: Uint8Array, from: number, to: number): Generator<Box> {
  const data = view(bytes)
  let at = from
  for (let count = 0; at + 8 <= Math.min(to, bytes.length) && count < MOST_BOXES; count++) {
    const length = boxLength(data, at, to)
    if (length < 8) return
    const type = ascii(bytes, at + 4, 4)
    const start = at + (data.getUint32(at) === 1 ? 16 : 8)
    at += length
    // Cut to what it lies in: else each of many boxes could claim the whole rest, which would be gone through again for each.
    yield { type, start, end: Math.min(at, to), whole: at <= to }
  }
}

/** 0 stands for "to the end", 1 for a 64-bit length behind the type. */
function boxLength(data: DataView, at: number, to: number): number {
  const length = data.getUint32(at)
  if (length === 0) return to - at
  if (length !== 1) return length
  return at + 16 <= data.byteLength ? Number(data.getBigUint64(at + 8)) : Number.POSITIVE_INFINITY
}

/** Sizes in meta → iprp → ipco → ispe; meta and ispe begin with four bytes of version and flags. */
function* extents(bytes: Uint8Array, meta: Box): Generator<[width: number, height: number]> {
  const within = (box: Box, type: string, skip = 0) =>
    [...boxes(bytes, box.start + skip, box.end)].filter(inner => inner.type === type)
  const data = view(bytes)
  for (const properties of within(meta, 'iprp', 4))
    for (const container of within(properties, 'ipco'))
      for (const { start } of within(container, 'ispe'))
        if (start + 12 <= bytes.length) yield [data.getUint32(start + 4), data.getUint32(start + 8)]
}
