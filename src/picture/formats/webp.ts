import { ascii, type Format, view } from './format'

/** RIFF container; the first chunk is VP8 (lossy), VP8L (lossless) or VP8X (extended). RFC 9649. */
export const webp: Format = {
  name: 'WebP',
  matches: bytes => ascii(bytes, 0, 4) === 'RIFF' && ascii(bytes, 8, 4) === 'WEBP',
  header(bytes) {
    if (bytes.length < 30) return undefined
    const data = view(bytes)
    const complete = 8 + data.getUint32(4, true) <= bytes.length
    switch (ascii(bytes, 12, 4)) {
      case 'VP8 ':
        return { width: data.getUint16(26, true) & 0x3fff, height: data.getUint16(28, true) & 0x3fff, complete }
      case 'VP8L': {
        const bits = data.getUint32(21, true)
        return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1, complete }
      }
      case 'VP8X':
        return {
          width: (data.getUint32(24, true) & 0xffffff) + 1,
          height: (data.getUint32(26, true) >>> 8) + 1,
          complete,
        }
      default:
        return undefined
    }
  },
  mayMove: bytes => ascii(bytes, 12, 4) === 'VP8X' && ((bytes[20] ?? 0) & 2) !== 0,
}
