import type { Sharp, SharpOptions } from 'sharp'
import { HookscopeError } from '../errors'
import type { Pixels } from '../image/types'
import { checkPicture, DECODING_SECONDS, MAX_PIXELS, tooSlow, undecodable } from '../picture/check'

/** A picture file's bytes, checked, and what to call it. */
export interface PictureFile {
  readonly name: string
  readonly bytes: Uint8Array
}

export function pictureFile(name: string, bytes: Uint8Array): PictureFile {
  checkPicture(bytes, name)
  return { name, bytes }
}

/** As the network gets it: the bytes that the file stores, its colour profile ignored, as PIL reads them. */
export async function decodeStored(file: PictureFile): Promise<Pixels> {
  const picture = await open(file, true)
  const { space } = await decoding(file, () => picture.metadata())
  if (space === 'cmyk') {
    const cmyk = (await open(file, true)).pipelineColourspace('cmyk').toColourspace('cmyk')
    return fromCmyk(await pixels(file, cmyk))
  }
  return rgbPixels(await pixels(file, (await open(file, true)).toColourspace('srgb')))
}

/** As people see it, in sRGB. RGBA. */
export async function decodeShown(file: PictureFile): Promise<Pixels> {
  return rgbPixels(await pixels(file, (await open(file, false)).toColourspace('srgb').ensureAlpha()))
}

export async function encodePng({ width, height, channels, data }: Pixels): Promise<Uint8Array> {
  const sharp = await loadSharp()
  return await sharp(data, { raw: { width, height, channels } }).png().toBuffer()
}

async function open({ bytes }: PictureFile, ignoreIcc: boolean): Promise<Sharp> {
  const sharp = await loadSharp()
  return sharp(bytes, { ignoreIcc, autoOrient: true, failOn: 'truncated', limitInputPixels: MAX_PIXELS }).timeout({
    seconds: DECODING_SECONDS,
  })
}

/** An optional dependency: who uses the library alone may leave it out. @throws HookscopeError 'bad-picture' */
async function loadSharp(): Promise<(input: Uint8Array | Uint8ClampedArray, options: SharpOptions) => Sharp> {
  try {
    return (await import('sharp')).default
  } catch (cause) {
    const message =
      'Pictures are read and written by sharp, which is not installed here. Run npm i sharp, or give a .npy file.'
    throw new HookscopeError('bad-picture', message, { cause })
  }
}

interface RawPicture {
  readonly width: number
  readonly height: number
  readonly channels: number
  readonly data: Uint8Array
}

async function pixels(file: PictureFile, picture: Sharp): Promise<RawPicture> {
  const { data, info } = await decoding(file, () => picture.raw().toBuffer({ resolveWithObject: true }))
  return { width: info.width, height: info.height, channels: info.channels, data }
}

async function decoding<T>(file: PictureFile, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof Error && /timeout/i.test(cause.message)) throw tooSlow(file.name)
    throw undecodable(file.name, cause)
  }
}

function rgbPixels({ width, height, channels, data }: RawPicture): Pixels {
  return { width, height, channels: channels === 4 ? 4 : 3, data }
}

/** Without a profile, as PIL converts: each of R, G, B is what C, M, Y and then K leave of the light. */
function fromCmyk({ width, height, data }: RawPicture): Pixels {
  const rgb = new Uint8Array(width * height * 3)
  for (let from = 0, to = 0; from < data.length; from += 4, to += 3) {
    const light = 255 - (data[from + 3] ?? 0)
    for (let c = 0; c < 3; c++) rgb[to + c] = Math.round(((255 - (data[from + c] ?? 0)) * light) / 255)
  }
  return { width, height, channels: 3, data: rgb }
}
