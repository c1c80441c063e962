import { readFileSync } from 'node:fs'
import sharp from 'sharp'
import { beforeAll, describe, expect, it } from 'vitest'
import { HookscopeError } from '../../src/errors'
import { checkPicture, mayMove } from '../../src/picture/check'

const WIDTH = 123
const HEIGHT = 77
const files = new Map<string, Uint8Array>()

beforeAll(async () => {
  const picture = sharp('public/samples/chelsea.png').resize(WIDTH, HEIGHT, { fit: 'fill' })
  const alpha = picture.clone().ensureAlpha(0.5)
  const frames = await Promise.all([picture.clone().png().toBuffer(), picture.clone().negate().png().toBuffer()])
  const all = {
    'baseline.jpg': picture.clone().jpeg(),
    'progressive.jpg': picture.clone().jpeg({ progressive: true }),
    'exif.jpg': picture.clone().withMetadata({ orientation: 6 }).jpeg(),
    'rgb.png': picture.clone().png(),
    'interlaced.png': alpha.clone().png({ progressive: true }),
    'palette.png': picture.clone().png({ palette: true }),
    'lossy.webp': picture.clone().webp(),
    'lossless.webp': picture.clone().webp({ lossless: true }),
    'alpha.webp': alpha.clone().webp(),
    'still.gif': picture.clone().gif(),
    'animated.gif': sharp(frames, { join: { animated: true } }).gif(),
    'animated.webp': sharp(frames, { join: { animated: true } }).webp(),
    'picture.avif': picture.clone().avif({ effort: 0 }),
    'alpha.avif': alpha.clone().avif({ effort: 0 }),
  }
  for (const [name, file] of Object.entries(all)) files.set(name, new Uint8Array(await file.toBuffer()))
})

function fileOf(name: string): Uint8Array {
  const bytes = files.get(name)
  if (!bytes) throw new Error(`${name} was not made`)
  return bytes
}

function sentence(bytes: Uint8Array, name = 'x'): string {
  try {
    checkPicture(bytes, name)
  } catch (error) {
    if (error instanceof HookscopeError && error.code === 'bad-picture') return error.message
    throw error
  }
  return 'accepted'
}

const ascii = (text: string) => Uint8Array.from(text, letter => letter.charCodeAt(0))

describe('pictures that can be decoded', () => {
  it.each([
    'baseline.jpg',
    'progressive.jpg',
    'exif.jpg',
    'rgb.png',
    'interlaced.png',
    'palette.png',
    'lossy.webp',
    'lossless.webp',
    'alpha.webp',
    'still.gif',
    'animated.gif',
    'picture.avif',
    'alpha.avif',
  ])('%s passes, with its size', name => {
    expect(checkPicture(fileOf(name), name)).toEqual({ width: WIDTH, height: HEIGHT, complete: true })
  })

  it.each(['astronaut.png', 'chelsea.png', 'coffee.png', 'motorcycle_left.png', 'rocket.jpg'])(
    '%s passes',
    async name => {
      const path = `public/samples/${name}`
      const { width, height } = await sharp(path).metadata()
      expect(checkPicture(new Uint8Array(readFileSync(path)), name)).toEqual({ width, height, complete: true })
    },
  )

  it('takes what some cameras write behind the end of a JPEG', () => {
    const trailed = new Uint8Array([...fileOf('baseline.jpg'), ...ascii('SEFT and more')])
    expect(sentence(trailed)).toBe('accepted')
  })
})

/** An acTL chunk before the data, as an animated PNG has one; checksums are nobody's here. */
function animated(png: Uint8Array): Uint8Array {
  const chunk = new Uint8Array(20)
  chunk.set([0, 0, 0, 8, ...ascii('acTL')])
  return new Uint8Array([...png.subarray(0, 33), ...chunk, ...png.subarray(33)])
}

it('tells files that may move from those that cannot', () => {
  const moving = [...files.keys()].filter(name => mayMove(fileOf(name)))
  expect(moving).toEqual(['still.gif', 'animated.gif', 'animated.webp'])
  expect(mayMove(animated(fileOf('rgb.png')))).toBe(true)
  expect(mayMove(ascii('....ftypavis....avismif1'))).toBe(true)
  expect(mayMove(ascii('no picture'))).toBe(false)
})

describe('pictures that break off', () => {
  it.each(['baseline.jpg', 'progressive.jpg', 'rgb.png', 'lossy.webp', 'lossless.webp', 'still.gif', 'picture.avif'])(
    '%s is refused wherever it is cut',
    name => {
      const whole = fileOf(name)
      for (const share of [0.1, 0.5, 0.9, 0.99]) {
        const cut = whole.subarray(0, Math.floor(whole.length * share))
        expect(sentence(cut, name), `cut at ${share}`).toMatch(
          new RegExp(`^${name} breaks off before the picture ends`),
        )
      }
    },
  )

  it('a JPEG that lacks its last byte is refused, though its thumbnail and tables are whole', () => {
    const whole = fileOf('exif.jpg')
    expect(sentence(whole.subarray(0, -1))).toMatch(/breaks off/)
  })

  it('a GIF that breaks off behind its first frame passes: only that is shown', () => {
    const whole = fileOf('animated.gif')
    expect(sentence(whole.subarray(0, -20))).toBe('accepted')
  })

  it('no length of any prefix throws anything else or runs on', () => {
    for (const [name, whole] of files) {
      for (let length = 1; length < 400; length++) {
        expect(sentence(whole.subarray(0, length), name), `${name} to ${length}`).toMatch(
          /^\S+ (is not a picture|breaks off|is a HEIC)/,
        )
      }
    }
  })
})

describe('files that are no pictures, or pictures of another kind', () => {
  const heic = new Uint8Array([0, 0, 0, 24, ...ascii('ftypheic'), 0, 0, 0, 0, ...ascii('mif1heic')])
  it.each([
    ['an empty file', new Uint8Array(), /is empty: it has 0 bytes. Choose a PNG/],
    ['text', ascii('Dear diary,\nnothing today.'), /is not a picture but text. Choose a PNG, JPEG, WebP, AVIF or GIF/],
    ['noise', new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8, 200]), /is not a picture. Choose/],
    ['HEIC', heic, /is a HEIC picture, which cannot be read here. Save it as JPEG or PNG/],
    ['TIFF', new Uint8Array([...ascii('II*'), 0, 8, 0, 0, 0]), /is a TIFF or camera raw picture/],
    ['BMP', ascii('BM and a long header'), /is a BMP picture/],
    ['SVG', ascii('<?xml version="1.0"?>\n<svg xmlns="…">'), /is an SVG drawing/],
    ['PDF', ascii('%PDF-1.7'), /is a PDF file/],
  ])('%s', (_, bytes, expected) => {
    expect(sentence(bytes, 'file.png')).toMatch(expected)
    expect(sentence(bytes, 'file.png')).toMatch(/^file\.png /)
  })

  it('1×1', async () => {
    const dot = await sharp({ create: { width: 1, height: 1, channels: 3, background: 'red' } })
      .png()
      .toBuffer()
    expect(sentence(new Uint8Array(dot), 'dot.png')).toBe(
      'dot.png is 1×1 pixels: too small to show anything. Choose one of at least 2×2.',
    )
  })

  it('one whose header claims more than any decoder takes', () => {
    const huge = fileOf('rgb.png').slice()
    new DataView(huge.buffer).setUint32(16, 60000)
    expect(sentence(huge, 'huge.png')).toMatch(/huge\.png is 60000×77 pixels: too large/)
    new DataView(huge.buffer).setUint32(16, 20000)
    new DataView(huge.buffer).setUint32(20, 20000)
    expect(sentence(huge, 'huge.png')).toMatch(/too large. Scale it to at most 32767 a side and 268 megapixels/)
  })
})

/** Reading them byte by byte took longer than the time limits here. */
describe('files made to keep a decoder busy', () => {
  /** A box of ISO/IEC 14496-12. */
  const box = (type: string, ...parts: Uint8Array[]) => {
    const data = Buffer.concat(parts)
    const head = Buffer.alloc(8)
    head.writeUInt32BE(8 + data.length)
    head.write(type, 4, 'latin1')
    return new Uint8Array(Buffer.concat([head, data]))
  }

  it('an AVIF with 50 MB in its meta box is told from its boxes', () => {
    const file = Buffer.concat([
      box('ftyp', ascii('avif'), new Uint8Array(4)),
      box('meta', new Uint8Array(4), box('free', new Uint8Array(50_000_000))),
      box('mdat', new Uint8Array(8)),
    ])
    expect(sentence(file)).toMatch(/breaks off/)
  }, 10_000)

  it('an AVIF of millions of empty boxes ends soon', () => {
    const file = Buffer.concat([
      box('ftyp', ascii('avif'), new Uint8Array(4)),
      ...new Array(2_000_000).fill(box('free')),
    ])
    expect(sentence(file)).toMatch(/breaks off/)
  }, 10_000)

  it('an AVIF of many boxes that all claim the rest of the file ends soon', () => {
    const endless = (type: string) => Uint8Array.from([0x7f, 0xff, 0xff, 0xff, ...ascii(type)])
    const file = Buffer.concat([
      box('ftyp', ascii('avif'), new Uint8Array(4)),
      ...new Array(10_000).fill(box('meta', new Uint8Array(4), endless('iprp'), endless('ipco'))),
      ...new Array(10_000).fill(box('ispe')),
    ])
    const begun = performance.now()
    expect(sentence(file)).toMatch(/breaks off/)
    expect(performance.now() - begun).toBeLessThan(2000)
  }, 60_000)

  it('a progressive JPEG of 2,000 scans is refused, one of 50 is not', () => {
    const progressive = Buffer.from(fileOf('progressive.jpg'))
    const starts = [...progressive.keys()].filter(
      at => progressive.readUInt16BE(Math.min(at, progressive.length - 2)) === 0xffda,
    )
    const [last = 0] = starts.slice(-1)
    const scan = progressive.subarray(last, progressive.length - 2)
    const repeated = (count: number) =>
      Buffer.concat([progressive.subarray(0, last), ...new Array(count).fill(scan), Buffer.from([0xff, 0xd9])])
    expect(sentence(repeated(2000))).toMatch(/^x has 20\d\d scans/)
    expect(sentence(repeated(50))).toBe('accepted')
  })

  it('a JPEG that claims more blocks than it has bits for is damaged', () => {
    const file = Buffer.from(fileOf('baseline.jpg'))
    const frame = file.indexOf(Buffer.from([0xff, 0xc0]))
    file.writeUInt16BE(16383, frame + 5)
    file.writeUInt16BE(16383, frame + 7)
    expect(sentence(file)).toMatch(/breaks off before the picture ends/)
  })

  it('a large JPEG of one colour, the shortest there is, passes', async () => {
    const blank = sharp({ create: { width: 8000, height: 8000, channels: 3, background: 'white' } })
    for (const progressive of [false, true]) {
      const file = new Uint8Array(
        await blank.clone().jpeg({ progressive, quality: 1, optimiseCoding: true }).toBuffer(),
      )
      expect(sentence(file)).toBe('accepted')
    }
  })
})
