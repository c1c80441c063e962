import { HookscopeError } from '../errors'
import { avif, brands } from './formats/avif'
import { ascii, type Format, type Header } from './formats/format'
import { gif } from './formats/gif'
import { jpeg } from './formats/jpeg'
import { png } from './formats/png'
import { webp } from './formats/webp'

const FORMATS: readonly Format[] = [png, jpeg, webp, avif, gif]

/** The largest that Chromium, Firefox and libvips all decode: 0x3fff², and a signed 16-bit side. */
export const MAX_PIXELS = 0x3fff ** 2
const MAX_SIDE = 32767

const USE = 'Choose a PNG, JPEG, WebP, AVIF or GIF'

/**
 * Looks at a picture file before it is decoded: decoders fill in what a broken file lacks, and say little of why
 * they refuse one.
 * @param name what to call the file in a sentence
 * @throws HookscopeError 'bad-picture': empty, no picture, another kind of picture, broken off, too small, too large
 */
export function checkPicture(bytes: Uint8Array, name: string): Header {
  const bad = (sentence: string) => new HookscopeError('bad-picture', sentence)
  if (bytes.length === 0) throw bad(`${name} is empty: it has 0 bytes. ${USE}.`)
  const format = FORMATS.find(candidate => candidate.matches(bytes))
  if (!format) throw bad(refusal(bytes, name))
  const header = format.header(bytes)
  if (!header?.complete)
    throw bad(`${name} breaks off before the picture ends. Fetch or save the ${format.name} again.`)
  const { width, height, scans } = header
  if (scans !== undefined)
    throw bad(
      `${name} has ${scans} scans, and would take very long to decode. Save it again as an ordinary ${format.name}.`,
    )
  if (width < 2 || height < 2) {
    throw bad(`${name} is ${width}×${height} pixels: too small to show anything. Choose one of at least 2×2.`)
  }
  if (width > MAX_SIDE || height > MAX_SIDE || width * height > MAX_PIXELS) {
    throw bad(
      `${name} is ${width}×${height} pixels: too large. Scale it to at most ${MAX_SIDE} a side and 268 megapixels.`,
    )
  }
  return header
}

/** @param bytes the file's first megabyte is enough */
export function mayMove(bytes: Uint8Array): boolean {
  const format = FORMATS.find(candidate => candidate.matches(bytes))
  return format?.mayMove?.(bytes) ?? false
}

/** How long a decoder may take, in seconds. 268 megapixels take some ten on a slow machine. */
export const DECODING_SECONDS = 60

/** Where a decoder took longer. */
export function tooSlow(name: string): HookscopeError {
  return new HookscopeError(
    'bad-picture',
    `${name} took more than ${DECODING_SECONDS} seconds to decode and was given up. Save it again, smaller or as PNG.`,
  )
}

/** Where a decoder refuses what `checkPicture` let pass. */
export function undecodable(name: string, cause: unknown): HookscopeError {
  return new HookscopeError('bad-picture', `${name} cannot be decoded: its data is damaged. Fetch or save it again.`, {
    cause,
  })
}

function refusal(bytes: Uint8Array, name: string): string {
  const other = otherKind(bytes)
  return other
    ? `${name} is ${other}, which cannot be read here. Save it as JPEG or PNG.`
    : `${name} is not a picture${isText(bytes) ? ' but text' : ''}. ${USE}.`
}

/** Signatures of the kinds that people try and browsers do not decode, at the offset where they stand. */
const OTHER_KINDS: readonly (readonly [name: string, offset: number, signature: string])[] = [
  ['a TIFF or camera raw picture', 0, 'II*\0'],
  ['a TIFF or camera raw picture', 0, 'MM\0*'],
  ['a BMP picture', 0, 'BM'],
  ['a JPEG XL picture', 0, '\xff\x0a'],
  ['a JPEG XL picture', 4, 'JXL '],
  ['a JPEG 2000 picture', 4, 'jP  '],
  ['a Photoshop file', 0, '8BPS'],
  ['a PDF file', 0, '%PDF-'],
]

const SVG = /^\s*<(svg|[!?][\s\S]*<svg)[\s>]/

function otherKind(bytes: Uint8Array): string | undefined {
  if (/heic|heix|heim|heis|hevc|hevx|mif1|msf1/.test(brands(bytes))) return 'a HEIC picture'
  if (SVG.test(ascii(bytes, 0, 1024))) return 'an SVG drawing'
  return OTHER_KINDS.find(([, at, signature]) => ascii(bytes, at, signature.length) === signature)?.[0]
}

/** Whether the beginning is UTF-8 without control characters. */
function isText(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 512).every(byte => byte >= 32 || (byte >= 9 && byte <= 13))
}
