import { HookscopeError } from '../errors'
import type { RowSource } from '../image/types'
import { checkPicture, DECODING_SECONDS, tooSlow, undecodable } from '../picture/check'

/** `stored`: the bytes as the file has them, its colour profile ignored, as PIL reads them; `shown`: in sRGB. */
export type Colours = 'stored' | 'shown'

/** Makes pixels of a picture file. @throws HookscopeError 'bad-picture' */
export type Decode = (file: Blob, colours: Colours) => Promise<RowSource & { close(): void }>

/** A decoded picture over white, turned by its EXIF orientation, read row by row: 100 megapixels never lie whole in an array. */
export class Picture implements RowSource {
  readonly channels = 4
  readonly width: number
  readonly height: number
  readonly #bitmap: ImageBitmap
  readonly #context: OffscreenCanvasRenderingContext2D

  private constructor(bitmap: ImageBitmap) {
    this.#bitmap = bitmap
    this.width = bitmap.width
    this.height = bitmap.height
    this.#context = canvasContext(bitmap.width, 1)
  }

  /** @throws HookscopeError 'bad-picture' */
  static async decode(file: Blob, colours: Colours): Promise<Picture> {
    const name = file instanceof File && file.name ? file.name : 'The picture'
    checkPicture(new Uint8Array(await file.arrayBuffer()), name)
    const colorSpaceConversion = colours === 'stored' ? 'none' : 'default'
    const decoding = createImageBitmap(file, { imageOrientation: 'from-image', colorSpaceConversion })
    return new Picture(await inTime(decoding, name))
  }

  /** RGBA of the rows `from` to before `to`. */
  rows(from: number, to: number): Uint8ClampedArray {
    const { canvas } = this.#context
    if (canvas.height !== to - from) canvas.height = to - from
    this.draw(this.#context, from)
    return this.#context.getImageData(0, 0, this.width, to - from).data
  }

  alpha(from: number, to: number): Uint8ClampedArray {
    const { canvas } = this.#context
    canvas.height = to - from
    this.#context.drawImage(this.#bitmap, 0, -from)
    const { data } = this.#context.getImageData(0, 0, this.width, to - from)
    return data.filter((_, i) => i % 4 === 3)
  }

  /** Draws the picture over white into the context, its row `top` uppermost. */
  draw(context: OffscreenCanvasRenderingContext2D, top = 0): void {
    const { width, height } = context.canvas
    context.fillStyle = 'white'
    context.fillRect(0, 0, width, height)
    context.drawImage(this.#bitmap, 0, -top)
  }

  /** Frees the decoded picture at once rather than when it is collected. */
  close(): void {
    this.#bitmap.close()
  }
}

/** @throws HookscopeError 'bad-picture'; what is decoded after all is let go then */
async function inTime(decoding: Promise<ImageBitmap>, name: string): Promise<ImageBitmap> {
  let timer = 0
  const late = new Promise<never>((_, reject) => {
    timer = self.setTimeout(() => reject(tooSlow(name)), DECODING_SECONDS * 1000)
  })
  try {
    return await Promise.race([decoding, late])
  } catch (cause) {
    decoding.then(bitmap => bitmap.close()).catch(() => undefined)
    throw cause instanceof HookscopeError ? cause : undecodable(name, cause)
  } finally {
    clearTimeout(timer)
  }
}

/** A 2D context whose pixels stay where they can be read back. */
export function canvasContext(width: number, height: number): OffscreenCanvasRenderingContext2D {
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })
  if (context) return context
  throw new HookscopeError('bad-picture', `This browser has no room for a picture of ${width}×${height} pixels.`)
}
