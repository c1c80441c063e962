import { ascii, type Format, view } from './format'

const IMAGE = 0x2c
const EXTENSION = 0x21

/** Screen descriptor, colour table, then blocks; each block's data in runs of [length, bytes], ended by a 0. GIF89a, appendix A. */
export const gif: Format = {
  name: 'GIF',
  matches: bytes => /^GIF8[79]a/.test(ascii(bytes, 0, 6)),
  header(bytes) {
    if (bytes.length < 13) return undefined
    const data = view(bytes)
    const size = { width: data.getUint16(6, true), height: data.getUint16(8, true) }
    let at = 13 + colourTable(bytes[10] ?? 0)
    while (bytes[at] === EXTENSION) at = runsEnd(bytes, at + 2)
    if (bytes[at] !== IMAGE) return { ...size, complete: false }
    const end = runsEnd(bytes, at + 11 + colourTable(bytes[at + 9] ?? 0))
    return { ...size, complete: end <= bytes.length }
  },
  mayMove: () => true,
}

/** Bytes of the colour table that a packed field announces. */
function colourTable(packed: number): number {
  return packed & 0x80 ? 3 * 2 ** ((packed & 7) + 1) : 0
}

function runsEnd(bytes: Uint8Array, from: number): number {
  let at = from
  for (let run = bytes[at]; run !== 0; run = bytes[at]) {
    if (run === undefined) return Number.POSITIVE_INFINITY
    at += 1 + run
  }
  return at + 1
}
