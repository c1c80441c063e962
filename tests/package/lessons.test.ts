import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { beforeAll, describe, expect, it } from 'vitest'
import { toModule } from '../../src/learn/download/module'
import { LESSONS } from '../../src/learn/lessons'
import { run } from '../learn/host'
import { install, pack } from './npm'
import { node, project } from './project'

/** Lessons that print numbers alone, by number. */
const NUMBERS = [1, 2, 3, 4, 6, 9, 10, 11]

const numbered = LESSONS.map((lesson, i) => ({ lesson, number: i + 1, title: lesson.title }))

/** Where whoever downloaded the lessons runs them. */
let folder: string
beforeAll(() => {
  const files = numbered.map(({ lesson, number }) => [`lesson-${number}.mjs`, toModule(lesson, number, lesson.code)])
  folder = project(Object.fromEntries(files))
  install(folder, pack('packages/networks', folder))
}, 600_000)

const ran = (number: number): string => node(folder, `lesson-${number}.mjs`)

describe('a lesson as it is downloaded runs in Node', () => {
  it.each(numbered.filter(({ number }) => NUMBERS.includes(number)))(
    '$number $title: the numbers are Learn’s',
    async ({ lesson, number }) => {
      const { shown } = await run(lesson.code)
      const learns = shown.map(one => (one.kind === 'text' ? `${one.label} ${one.text}` : '')).join('\n')
      expect(words(ran(number))).toEqual(words(learns))
    },
  )

  it('5: shapes, and a picture', async () => {
    expect(ran(5)).toBe(
      'operators inside 31\ninput [ 1, 3, 224, 224 ]\noutput [ 1, 512, 7, 7 ]\nits 512 feature maps: its-512-feature-maps.png\n',
    )
    const { width, height } = await sharp(join(folder, 'its-512-feature-maps.png')).metadata()
    expect([width, height]).toEqual([200, 218])
  })

  it('7: a grid for each convolution', async () => {
    expect(ran(7)).toMatch(/^it says cougar face$/m)
    const grids = readdirSync(folder).filter(name => /^features\.\d+-1-[\d-]+\.png$/.test(name))
    const sizes = await Promise.all(grids.map(async name => (await sharp(join(folder, name)).metadata()).width))
    expect(sizes.sort()).toEqual([242, 242, 287, 379, 458])
  })

  it.each([8, 12])('%i: its map is that of the command line', number => {
    const printed = ran(number)
    expect(Number(/^largest value (.*)$/m.exec(printed)?.[1])).toBeGreaterThan(0.1)
    expect(Number(/^largest difference from the page’s own .*CAM (.*)$/m.exec(printed)?.[1])).toBeLessThan(1e-4)
    expect(printed).toMatch(/^cougar face: cougar-face\.png$/m)
    expect(existsSync(join(folder, 'cougar-face.png'))).toBe(true)
  })

  it('13: its gradient is that of the command line, in colour', async () => {
    expect(Number(/as a share (.*)$/m.exec(ran(13))?.[1])).toBeLessThan(1e-4)
    const { width, height } = await sharp(join(folder, 'guided.png')).metadata()
    expect([width, height]).toEqual([224, 224])
  })

  it('14: the logits are those of Learn', () => {
    const logits = [...ran(14).matchAll(/(?:as it is|mirrored) (.*)$/gm)].map(([, logit]) => Number(logit))
    expect(logits[1]).toBeCloseTo(logits[0] ?? Number.NaN, 3)
    expect(Math.abs((logits[3] ?? 0) - (logits[2] ?? 0))).toBeGreaterThan(0.1)
  })
})

/** Words and numbers in order, without how a tensor is printed. */
const words = (printed: string): string[] =>
  printed.replace(/dims: \[[^\]]*\],\s*data: Float32Array\(\d+\)/g, '').match(/\p{L}+|-?\d+(\.\d+)?/gu) ?? []
