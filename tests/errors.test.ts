import { expect, it } from 'vitest'
import { HookscopeError, printable } from '../src/errors'

it('what moves a cursor or turns the direction of writing is written out', () => {
  const name = 'a\u001b[2Jb\u202ec\u2066d\u0007e\u009bf\u2028g\nh'
  const shown = 'a\\u001b[2Jb\\u202ec\\u2066d\\u0007e\\u009bf\\u2028g h'
  expect(printable(name)).toBe(shown)
  expect(new HookscopeError('bad-model', `Conv "${name}".`, { detail: name })).toMatchObject({
    message: `Conv "${shown}".`,
    detail: shown,
  })
})

it('letters of every script stay', () => {
  const names = 'façade 猫 قطة गुरु 👩‍🚀 layer4.1/conv'
  expect(printable(names)).toBe(names)
})

it('a sentence with a name of a million letters is cut, and keeps its end', () => {
  const { message } = new HookscopeError('bad-model', `Conv "${'x'.repeat(1e6)}" is damaged. Export it again.`)
  expect(message.length).toBeLessThan(2100)
  expect(message).toMatch(/^Conv "xxx.* … xxx.*" is damaged\. Export it again\.$/)
})
