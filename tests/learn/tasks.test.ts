import { describe, expect, it } from 'vitest'
import { LESSONS } from '../../src/learn/lessons'
import { solved } from '../../src/learn/lessons/lesson'
import { type Ran, run } from './host'

const ONES = new Array<number>(16).fill(1)

/** The output of a task's answer: by lesson and task, both from 1; those of toy networks are torch 1.13's numbers. */
const ANSWERS: Readonly<Record<string, Readonly<Record<string, string>> | ((ran: Ran) => void)>> = {
  '1.2': { 'kept after remove()': '[2, 2]' },
  '1.3': { 'kept by the hook': '[3]' },
  '2.2': { doubled: '5', 'and tripled': '15' },
  '2.3': ({ failure }) => expect(failure?.message).toMatch(/a hook cannot change a shape\.$/),
  '3.2': { 'gradient of x': '[2, 4, 6, 8]', 'gradient of y': '[1, 2, 3, 4]', 'gradient of w': '[4, 6, 8, 10]' },
  '4.1': ({ text }) => {
    expect(numbers(text('pooled'))).toEqual([18, 36])
    expect(numbers(text('gradOutput'))).toEqual([0.5, 0, 0, 0, 0.5, 0, 0, 0])
    expect(numbers(text('gradient of the weight'))).toEqual(new Array(18).fill(1))
    expect(numbers(text('gradient of the bias'))).toEqual([1, 1])
  },
  '4.2': ({ text }) => {
    expect(numbers(text('input'))).toEqual([...ONES.slice(1), 2])
    expect(numbers(text('pooled'))).toEqual([10, 20])
    expect(numbers(text('gradOutput'))).toEqual([0, 0, 0, 0.5, 0, 0, 0, 0.5])
  },
  '5.1': { input: '[1, 64, 224, 224]', output: '[1, 64, 112, 112]' },
  '5.2': { input: '[1, 3, 96, 96]', output: '[1, 512, 3, 3]' },
  '6.2': {
    fc2: '[[-22]]',
    'gradOutput of relu': '[[1, 2, -3, 4]]',
    'gradInput of relu': '[[1, 0, 0, 0]]',
    'gradient of x': '[[1, 2, 3]]',
  },
  '7.1': ({ shown }) => expect(shown.map(({ kind }) => kind).join(' ')).toBe(`${'picture '.repeat(5)}text text text`),
  '7.2': { 'it says': 'buddha' },
  '8.1': ({ shown }) => expect(shown[0]?.label).toBe('Leopards'),
  '8.2': ({ text }) => expect(Number(text('largest difference from the page’s own CAM'))).toBeLessThan(1e-4),
  '8.3': ({ text }) => expect(Number(text('largest difference from the page’s own CAM'))).toBeGreaterThan(1),
  '9.1': ({ shown }) => expect(shown.map(told).slice(10)).toEqual(NINE),
  '9.2': ({ shown }) => {
    const all = shown.map(told)
    expect(all.slice(4, 6)).toEqual(['after relu', 'after relu, the second'])
  },
  '10.2': { 'behind a hook: y': '[5, 5]', 'behind a hook: a': '[15, 15]', 'behind a hook: x': '[60, 75]' },
  '11.1': { 'block gives': '[[6, 0, 2]]', gradInput: '[[2, 2]]', gradOutput: '[[1, 2, -1]]' },
  '11.2': { gradInput: '[[1, 0, -1]]', gradOutput: '[[1, 2, -1]]' },
  '12.1': ({ text }) => expect(Number(text('largest difference from the page’s own Grad-CAM'))).toBeLessThan(1e-5),
  '12.2': ({ text }) => expect(Number(text('largest difference from the page’s own Grad-CAM'))).toBeLessThan(1e-5),
  '13.1': ({ text }) => expect(Number(text(SHARE))).toBeGreaterThan(0.1),
  '13.2': ({ text }) => expect(Number(text(SHARE))).toBeGreaterThan(0.1),
  '14.1': ({ text }) =>
    expect(Math.abs(Number(text('resnet18 as it is')) - Number(text('resnet18 mirrored')))).toBeGreaterThan(0.1),
}

/** Hooks that the reader switches off, for tasks without edits. */
const SWITCHED: Readonly<Record<string, readonly [off: readonly number[], texts: Readonly<Record<string, string>>]>> = {
  '1.1': [[0], { 'dy/dw': '5', 'kept by the hook': '[]' }],
  '2.1': [[0], { doubled: '5', 'and tripled': '15' }],
  '3.1': [[0], { 'gradient of x': '[1, 2, 3, 4]', 'gradient of w': '[4, 6, 8, 10]' }],
  '6.1': [[4], { 'gradient of x': '[[-20, -22, -24]]' }],
  '10.1': [[0], { 'behind a hook: y': '[0.5, 0.5]', 'behind a hook: a': '[1.5, 1.5]', 'behind a hook: x': '[6, 7.5]' }],
}

const SHARE = 'largest difference from the page’s own, as a share'

const NINE = ['before the network', 'before fc1', 'before relu', 'after relu', 'after the network']

const told = (one: Ran['shown'][number]): string => (one.kind === 'text' ? one.text : one.label)
const numbers = (text: string | undefined): number[] => JSON.parse(text ?? '').flat(4)

const tasks = LESSONS.flatMap((lesson, i) =>
  lesson.tasks.map((task, j) => ({ at: `${i + 1}.${j + 1}`, ask: task.ask, lesson, task })),
)

describe('the answer of each task', () => {
  it('is known', () => {
    expect(tasks.map(({ at }) => at).sort()).toEqual([...Object.keys(ANSWERS), ...Object.keys(SWITCHED)].sort())
  })

  it.each(tasks)(
    '$at $ask',
    async ({ at, lesson, task }) => {
      for (const [piece] of task.edits) expect(lesson.code).toContain(piece)
      const [off, texts] = SWITCHED[at] ?? [[], ANSWERS[at] ?? {}]
      const ran = await run(solved(lesson, task), off)
      if (typeof texts === 'function') return texts(ran)
      expect(ran.failure).toBeNull()
      expect(Object.keys(texts).map(label => [label, ran.text(label)])).toEqual(Object.entries(texts))
    },
    60_000,
  )
})
