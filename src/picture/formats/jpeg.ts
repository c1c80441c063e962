import { type Format, type Header, view } from './format'

const MARKER = 0xff
const START_OF_SCAN = 0xda
const END = 0xd9

/** Segments of [FF, marker, length, data]; a scan's data follows its header up to the next marker. ITU-T T.81, annex B. */
export const jpeg: Format = {
  name: 'JPEG',
  matches: bytes => bytes[0] === MARKER && bytes[1] === 0xd8 && bytes[2] === MARKER,
  header(bytes) {
    const data = view(bytes)
    let size: Omit<Header, 'complete'> | undefined
    let scans = 0
    let at = 2
    while (at + 4 <= bytes.length || bytes[at + 1] === END) {
      const marker = bytes[at + 1] ?? END
      if (marker === END) return size && { ...size, complete: true, ...(scans > MOST_SCANS && { scans }) }
      if (marker === MARKER) {
        at += 1 // fill byte
        continue
      }
      if (isFrame(marker) && at + 9 <= bytes.length)
        size = { width: data.getUint16(at + 7), height: data.getUint16(at + 5) }
      if (size && isHuffman(marker) && size.width * size.height > bytes.length * MOST_PIXELS_A_BYTE)
        return { ...size, complete: false }
      at += 2 + data.getUint16(at + 2)
      if (marker === START_OF_SCAN) {
        scans++
        at = scanEnd(bytes, at)
      }
    }
    return size && { ...size, complete: false }
  },
}

/** Every block of 8×8 takes a bit at least, its DC coefficient's; runs that stand for many blocks have none of it. */
const MOST_PIXELS_A_BYTE = 8 * 8 * 8

/** Encoders write some ten; a decoder goes over the whole picture for each. */
const MOST_SCANS = 200

/** SOF0, SOF1 and SOF2: baseline, extended and progressive, with Huffman codes. */
const isHuffman = (marker: number): boolean => marker >= 0xc0 && marker <= 0xc2

/** SOF0 to SOF15, without DHT (C4), JPG (C8) and DAC (CC), which stand among them. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
}

/** Where the next marker stands; FF00 is a byte of data and FFD0 to FFD7 are restarts within it. */
function scanEnd(bytes: Uint8Array, from: number): number {
  let at = bytes.indexOf(MARKER, from)
  while (at >= 0) {
    const next = bytes[at + 1] ?? 0
    if (next !== 0 && (next < 0xd0 || next > 0xd7)) return at
    at = bytes.indexOf(MARKER, at + 2)
  }
  return bytes.length
}
