import { download } from '../../catalog/download'
import { printable } from '../../errors'
import { stillOf } from './still'

/** A picture that can be looked at. */
export interface Picture {
  readonly id: string
  readonly name: string
  /** For the eye; the engine reads the bytes. */
  readonly url: string
  /** Content and author of a sample; null for one's own picture. */
  readonly about: string | null
  /** The file's bytes, fetched once. */
  bytes(): Promise<Blob>
}

const SAMPLES = [
  ['chelsea.png', 'A tabby cat’s face (Stéfan van der Walt, CC0)'],
  ['coffee.png', 'A cup of coffee with a spoon (Rachel Michetti, CC0)'],
  ['astronaut.png', 'Astronaut Eileen Collins (NASA, public domain)'],
  ['motorcycle_left.png', 'A motorcycle in a garage (Middlebury 2014, CC0)'],
  ['rocket.jpg', 'A rocket on its launch pad (SpaceX, public domain)'],
] as const

/** The pictures that ship with the page. @param folder the URL they lie under, with its slash */
export function samplePictures(folder: string): readonly [Picture, ...Picture[]] {
  const sample = ([file, about]: (typeof SAMPLES)[number]): Picture => {
    const url = `${folder}${file}`
    return { id: file, name: file, url, about, bytes: once(() => fetchBytes(url, file)) }
  }
  const [first, ...more] = SAMPLES
  return [sample(first), ...more.map(sample)]
}

/** A picture that was dropped, pasted or chosen. */
export async function ownPicture(file: File): Promise<Picture> {
  const url = URL.createObjectURL(await stillOf(file))
  const name = printable(file.name) || 'picture'
  return { id: url, name, url, about: null, bytes: () => Promise.resolve(file) }
}

/** @throws HookscopeError 'model-unavailable' where it does not come */
async function fetchBytes(url: string, file: string): Promise<Blob> {
  return new Blob([await download(url, file)])
}

/** Keeps what came; tries again after a failure. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null
  return () => {
    made ??= make().catch(error => {
      made = null
      throw error
    })
    return made
  }
}
