import { deflateRawSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { LESSONS } from '../../src/learn/lessons'
import { linkTo, readLink } from '../../src/learn/page/address'
import { lessonOf } from '../../src/ui/address'

const letters = (bytes: Uint8Array): string => `#learn/1?code=${Buffer.from(bytes).toString('base64url')}`
const refused = { code: 'bad-argument', message: expect.stringContaining('it was cut off or changed') }

describe('a link to code', () => {
  it.each([...LESSONS.map(({ code }) => code), '', 'é “–” 😀 \n\t', '?code=#&+/='.repeat(50)])(
    'brings it back: %j',
    async code => {
      const link = await linkTo(7, code)
      expect(link).toMatch(/^#learn\/7\?code=[\w-]*$/)
      expect(lessonOf(link)).toBe(7)
      expect(await readLink(link)).toBe(code)
    },
  )

  it('is what other programs pack', async () => {
    expect(await readLink(letters(deflateRawSync('show(1)')))).toBe('show(1)')
  })

  it('without code has none', async () => {
    expect(await readLink('#learn/3')).toBeNull()
  })

  it('that was cut off, changed, or is no text is refused', async () => {
    const link = await linkTo(1, LESSONS[0]?.code ?? '')
    await expect(readLink(link.slice(0, -5))).rejects.toMatchObject(refused)
    await expect(readLink(`${link}!`)).rejects.toMatchObject(refused)
    await expect(readLink(letters(deflateRawSync(Uint8Array.of(0xff, 0xfe))))).rejects.toMatchObject(refused)
  })

  it('that unpacks to more than code may be is refused', async () => {
    expect(await readLink(letters(deflateRawSync('x'.repeat(100_000))))).toHaveLength(100_000)
    await expect(readLink(letters(deflateRawSync('x'.repeat(100_001))))).rejects.toMatchObject(refused)
    await expect(readLink(letters(deflateRawSync(new Uint8Array(1e8))))).rejects.toMatchObject(refused)
  })
})
