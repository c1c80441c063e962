import { HookscopeError } from '../../errors'
import { LIMITS } from '../limits'

export const lessonAddress = (lesson: number): string => `#learn/${lesson}`

/** The address of a lesson with code in it, compressed: `#learn/3?code=…`. */
export async function linkTo(lesson: number, code: string): Promise<string> {
  const packed = new Blob([code]).stream().pipeThrough(new CompressionStream('deflate-raw'))
  const bytes = new Uint8Array(await new Response(packed).arrayBuffer())
  const letters = btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(''))
  const inAddresses = letters.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
  return `${lessonAddress(lesson)}?code=${inAddresses}`
}

/**
 * The code in an address's hash; null where there is none.
 *
 * @throws HookscopeError 'bad-argument' where it was cut off, or is longer than code may be
 */
export async function readLink(hash: string): Promise<string | null> {
  const [, letters] = /\?code=(.*)$/.exec(hash) ?? []
  if (letters === undefined) return null
  try {
    return await unpack(letters)
  } catch (cause) {
    const message = 'The link’s code cannot be read: it was cut off or changed. This is the lesson’s own.'
    throw new HookscopeError('bad-argument', message, { cause })
  }
}

async function unpack(letters: string): Promise<string> {
  const binary = atob(letters.replaceAll('-', '+').replaceAll('_', '/'))
  const bytes = Uint8Array.from(binary, letter => letter.charCodeAt(0))
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw')).getReader()
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let code = ''
  // Piece by piece: a few bytes may unpack to gigabytes.
  for (;;) {
    const { done, value } = await reader.read()
    code += decoder.decode(value, { stream: !done })
    if (code.length > LIMITS.draft) throw new RangeError('longer than code may be')
    if (done) return code
  }
}
