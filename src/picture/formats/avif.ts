import { ascii, type Format, view } from './format'

const BRANDS = /avif|avis/

/** ISO base media boxes of [length, type, data]; `ispe` holds the size of a picture (or of one of its tiles). ISO/IEC 23008-12. */
export const avif: Format = {
  name: 'AVIF',
  matches: bytes => BRANDS.test(brands(bytes)),
  header(bytes) {
    const data = view(bytes)
    let [width, height] = [0, 0]
    let hasData = false
    let at = 0
    while (at + 8 <= bytes.length) {
      const length = boxLength(data, at)
      if (length < 8) break
      const type = ascii(bytes, at + 4, 4)
      hasData ||= type === 'mdat'
      if (type === 'meta') {
        for (const [w, h] of extents(bytes.subarray(at, at + length))) {
          width = Math.max(width, w)
          height = Math.max(height, h)
        }
      }
      at += length
    }
    return width > 0 && height > 0 ? { width, height, complete: hasData && at <= bytes.length } : undefined
  },
}

/** The `ftyp` box's brands, run together: `avifmif1miaf`. Empty where the file does not begin with one. */
export function brands(bytes: Uint8Array): string {
  if (ascii(bytes, 4, 4) !== 'ftyp') return ''
  const length = Math.min(view(bytes).getUint32(0), bytes.length, 256)
  return ascii(bytes, 8, 4) + ascii(bytes, 16, Math.max(0, length - 16))
}

/** 0 stands for "to the end of the file", 1 for a 64-bit length behind the type. */
function boxLength(data: DataView, at: number): number {
  const length = data.getUint32(at)
  if (length === 0) return data.byteLength - at
  if (length !== 1) return length
  return at + 16 <= data.byteLength ? Number(data.getBigUint64(at + 8)) : Number.POSITIVE_INFINITY
}

function* extents(meta: Uint8Array): Generator<[width: number, height: number]> {
  const data = view(meta)
  for (let at = 0; at + 16 <= meta.length; at++) {
    if (ascii(meta, at, 4) === 'ispe') yield [data.getUint32(at + 8), data.getUint32(at + 12)]
  }
}
