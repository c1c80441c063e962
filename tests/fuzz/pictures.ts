import sharp from 'sharp'
import { decodeStored, pictureFile } from '../../src/cli/pictures'
import { HookscopeError } from '../../src/errors'
import { random } from '../support/build'
import { Tally } from './tally'

type Bytes = Uint8Array<ArrayBuffer>

/** Numbers from 0 to before `below`, the same for the same seed. */
type Draw = (below: number) => number

/** A small picture in every format and form that is read. */
async function originals(): Promise<Bytes[]> {
  const picture = sharp('public/samples/chelsea.png').resize(40, 30, { fit: 'fill' })
  const alpha = picture.clone().ensureAlpha(0.5)
  const files = [
    picture.clone().jpeg(),
    picture.clone().jpeg({ progressive: true }),
    picture.clone().withMetadata({ orientation: 6 }).jpeg(),
    picture.clone().toColourspace('b-w').jpeg(),
    picture.clone().png(),
    alpha.clone().png({ progressive: true }),
    picture.clone().png({ palette: true }),
    picture.clone().webp(),
    alpha.clone().webp({ lossless: true }),
    picture.clone().gif(),
    picture.clone().avif({ effort: 0 }),
  ]
  return Promise.all(files.map(async file => new Uint8Array(await file.toBuffer())))
}

/** What is done to a file: it breaks off, bytes change, a piece goes, comes twice, or is another file's. */
const MUTATIONS: readonly ((bytes: Bytes, other: Bytes, draw: Draw) => Bytes)[] = [
  (bytes, _, draw) => bytes.slice(0, draw(bytes.length)),
  (bytes, _, draw) => changed(bytes, draw, 1 + draw(8), () => draw(256)),
  (bytes, _, draw) => changed(bytes.slice(), draw, 1 + draw(4), () => [0, 255, 127, 128][draw(4)] ?? 0, 200),
  (bytes, _, draw) => {
    const [from, length] = [draw(bytes.length), draw(200)]
    return Uint8Array.from([...bytes.subarray(0, from), ...bytes.subarray(from + length)])
  },
  (bytes, _, draw) => {
    const [from, length] = [draw(bytes.length), draw(200)]
    return Uint8Array.from([...bytes.subarray(0, from + length), ...bytes.subarray(from)])
  },
  (bytes, other, draw) => {
    const at = draw(bytes.length)
    return Uint8Array.from([...bytes.subarray(0, at), ...other.subarray(Math.min(at, other.length))])
  },
]

/** Bytes among the first `within` are replaced: headers stand there. */
function changed(bytes: Bytes, draw: Draw, count: number, value: () => number, within = bytes.length): Bytes {
  const copy = bytes.slice()
  for (let i = 0; i < count; i++) copy[draw(Math.min(within, copy.length))] = value()
  return copy
}

/**
 * Decodes mutated pictures as the command line does.
 *
 * @param only the number of the one picture to decode
 * @returns how many were decoded, refused with a sentence, or failed otherwise
 */
export async function fuzzPictures(count: number, seed: number, only?: number): Promise<Tally> {
  const files = await originals()
  const tally = new Tally()
  for (let i = 0; i < count; i++) {
    if (only !== undefined && i !== only) continue
    const numbers = random(seed * 1_000_003 + i)
    const draw: Draw = below => Math.floor((numbers(1, 0, 1)[0] ?? 0) * below * 0.999_999)
    const bytes = files[draw(files.length)] ?? new Uint8Array()
    const other = files[draw(files.length)] ?? new Uint8Array()
    const mutate = MUTATIONS[draw(MUTATIONS.length)]
    const mutated = mutate ? mutate(bytes, other, draw) : bytes
    await tally.add(i, async () => {
      try {
        const { width, height, data } = await decodeStored(pictureFile('picture', mutated))
        if (data.length !== width * height * 3 && data.length !== width * height * 4)
          throw new Error('pixels are missing')
        return 'decoded'
      } catch (error) {
        if (error instanceof HookscopeError && error.code === 'bad-picture') return 'refused with a sentence'
        throw error
      }
    })
  }
  return tally
}
