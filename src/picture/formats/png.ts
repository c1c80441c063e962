import { ascii, type Format, view } from './format'

/** Signature, then chunks of [length, type, data, CRC]; IHDR first, IEND last. https://www.w3.org/TR/png-3/#5Chunk-layout */
export const png: Format = {
  name: 'PNG',
  matches: bytes => ascii(bytes, 0, 8) === '\x89PNG\r\n\x1a\n',
  header(bytes) {
    if (bytes.length < 33) return undefined
    const data = view(bytes)
    let complete = false
    for (let at = 8; at + 12 <= bytes.length && !complete; at += 12 + data.getUint32(at)) {
      complete = ascii(bytes, at + 4, 4) === 'IEND'
    }
    return { width: data.getUint32(16), height: data.getUint32(20), complete }
  },
  /** An animation's control chunk stands before the data. https://www.w3.org/TR/png-3/#acTL-chunk */
  mayMove(bytes) {
    const data = view(bytes)
    for (let at = 8; at + 12 <= bytes.length; at += 12 + data.getUint32(at)) {
      const type = ascii(bytes, at + 4, 4)
      if (type === 'acTL') return true
      if (type === 'IDAT') return false
    }
    return false
  },
}
