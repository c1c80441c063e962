import { spawnSync } from 'node:child_process'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import * as hookscope from '../../src/hookscope'
import * as image from '../../src/image'
import { EXPORTS } from '../../src/learn/download/exports'
import { toModule } from '../../src/learn/download/module'
import { toNotebook } from '../../src/learn/download/notebook'
import { toPython } from '../../src/learn/download/python'
import { freeNames } from '../../src/learn/free-names'
import { LESSONS } from '../../src/learn/lessons'

const lessons = LESSONS.map((lesson, i) => ({ number: i + 1, title: lesson.title, lesson }))

describe('the module', () => {
  it('knows what the packages export', () => {
    expect([...EXPORTS.hookscope].sort()).toEqual(Object.keys(hookscope).sort())
    const own = new Set(Object.keys(hookscope))
    expect([...EXPORTS['hookscope/image']].sort()).toEqual(
      Object.keys(image)
        .filter(name => !own.has(name))
        .sort(),
    )
  })

  it.each([
    ['const a = load(b)', ['load', 'b']],
    ["import { load as read } from 'hookscope'\nread(tensor)", ['tensor']],
    ['const { labels, file: network = full } = x\nlabels(network)', ['full', 'x']],
    ['f({ labels, mean: sum }, x.relu)', ['f', 'labels', 'sum', 'x']],
    ['function show() { const mul = add }\nshow(mul)', ['add', 'mul']],
    ["for (const one of all) show('load', one)", ['all', 'show', 'one']],
  ])('reads the names of %s', (code, names) => {
    expect([...freeNames(code)].sort()).toEqual([...names].sort())
  })

  it('imports what the code uses, leaves its own imports, and adds the functions that it calls', () => {
    const code = "import { mul } from 'hookscope'\nconst sum = 1\nshowGrid('a b', mul(tensor([sum]), 2))"
    const text = toModule({ title: 'One' }, 3, code)
    expect(text).toMatch(/^\/\/ Hookscope, lesson 3: One\n\/\/ npm i hookscope .*\n\/\/ node lesson-3\.mjs\n/)
    expect(text.match(/^import .*$/gm)).toEqual([
      "import { tensor } from 'hookscope'",
      "import { mul } from 'hookscope'",
    ])
    expect(text.match(/^async function \w+/gm)).toEqual(['async function showGrid', 'async function savePng'])
  })
})

describe('the program in Python', () => {
  const python = ['python3', 'python'].find(name => spawnSync(name, ['--version']).status === 0)

  it.skipIf(!python).each(lessons)('is read by Python: $number $title', ({ lesson, number }) => {
    const input = toPython(lesson, number)
    const { stdout, stderr } = spawnSync(python ?? '', ['-c', DOCSTRING], { input, encoding: 'utf8' })
    expect(stderr).toBe('')
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain([`lesson ${number}: ${lesson.title}`, ...lesson.text].join(' '))
    expect(Math.max(...input.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(120)
  })
})

const DOCSTRING = 'import ast, sys; print(ast.get_docstring(ast.parse(sys.stdin.buffer.read())))'

describe('the notebook', () => {
  const lines = v.array(v.string())
  const cell = { id: v.pipe(v.string(), v.regex(/^[a-zA-Z0-9-_]{1,64}$/)), metadata: v.strictObject({}), source: lines }
  /** What nbformat.v4.5.schema.json asks of the parts that are used; strict objects where it takes no others. */
  const Notebook = v.strictObject({
    nbformat: v.literal(4),
    nbformat_minor: v.pipe(v.number(), v.integer(), v.minValue(5)),
    metadata: v.looseObject({
      kernelspec: v.looseObject({ name: v.string(), display_name: v.string() }),
      language_info: v.looseObject({ name: v.string() }),
      title: v.string(),
    }),
    cells: v.array(
      v.variant('cell_type', [
        v.strictObject({ ...cell, cell_type: v.literal('markdown') }),
        v.strictObject({ ...cell, cell_type: v.literal('code'), execution_count: v.null(), outputs: v.tuple([]) }),
      ]),
    ),
  })

  it.each(lessons)('is one of nbformat 4.5: $number $title', ({ lesson, number }) => {
    const { cells, metadata } = v.parse(Notebook, JSON.parse(toNotebook(lesson, number, 'my(code)')))
    expect(new Set(cells.map(({ id }) => id)).size).toBe(cells.length)
    expect(metadata.title).toBe(`Hookscope, lesson ${number}: ${lesson.title}`)
    const texts = cells.map(({ source }) => source.join(''))
    expect(texts.filter((_, i) => cells[i]?.cell_type === 'code')).toEqual([expect.stringContaining(lesson.pytorch)])
    for (const told of [...lesson.text, 'my(code)', ...lesson.tasks.flatMap(({ ask, answer }) => [ask, answer])])
      expect(texts.join('\n')).toContain(told)
  })
})
