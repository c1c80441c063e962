import { join } from 'node:path'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { golden, hookscope, PICTURES, readClassified } from './hookscope'

const CHELSEA = join(PICTURES, 'chelsea.png')
const COFFEE = join(PICTURES, 'coffee.png')

describe('hookscope classify', () => {
  it('prints the best classes of every picture', async () => {
    const { stdout, code } = await hookscope(['classify', CHELSEA, COFFEE, '-m', 'resnet18', '--top', '2'])
    const lines = stdout.trimEnd().split('\n')
    expect(code).toBe(0)
    expect([lines[0], lines[3], lines.length]).toEqual([CHELSEA, COFFEE, 6])
    const [best] = golden('resnet18.chelsea.crop').top
    expect(lines[1]).toMatch(new RegExp(`^ +\\d+\\.\\d % +${best}  \\S+`))
  })

  it('prints them as JSON, their probabilities the softmax', async () => {
    const { stdout } = await hookscope(['classify', CHELSEA, '-m', 'resnet18', '--json', '--resize', 'squash'])
    const truth = golden('resnet18.chelsea.squash')
    const sum = truth.logits.reduce((total, logit) => total + Math.exp(logit), 0)
    const { model, results } = readClassified(stdout)
    const [result] = results
    if (!result || 'error' in result) throw new Error(stdout)
    expect([model, result.resize, result.top.map(({ index }) => index)]).toEqual([
      'resnet18',
      'squash',
      truth.top.slice(0, 5),
    ])
    for (const { index, probability } of result.top) {
      expect(probability).toBeCloseTo(Math.exp(truth.logits[index] ?? 0) / sum, 4)
    }
  })
})

describe('hookscope hooks', () => {
  const Methods = v.record(
    v.string(),
    v.union([
      v.strictObject({ ok: v.literal(true) }),
      v.strictObject({ ok: v.literal(false), code: v.string(), reason: v.string() }),
    ]),
  )
  const Hooks = v.strictObject({
    model: v.string(),
    input: v.strictObject({ shape: v.array(v.number()) }),
    classes: v.number(),
    layer: v.string(),
    hooks: v.array(
      v.strictObject({
        path: v.string(),
        op: v.string(),
        shape: v.array(v.number()),
        kind: v.picklist(['map', 'attention', 'values']),
        stage: v.boolean(),
        methods: Methods,
      }),
    ),
  })

  it.each([
    ['inception-v3', 'Mixed_7c', 1001, [1, 2048, 8, 8], true],
    ['resnet18', 'layer4', 101, [1, 512, 7, 7], true],
    ['alexnet', 'features.11', 101, [1, 256, 13, 13], false],
  ])('tells of %s', async (model, layer, classes, shape, hasCam) => {
    const { stdout, code } = await hookscope(['hooks', '--model', model, '--json'])
    const report = v.parse(Hooks, JSON.parse(stdout))
    const point = report.hooks.find(({ path }) => path === layer)
    expect([code, report.model, report.layer, report.classes]).toEqual([0, model, layer, classes])
    expect(point?.shape).toEqual(shape)
    expect(point?.methods.gradcam?.ok).toBe(true)
    expect(report.hooks.some(({ methods }) => methods.cam?.ok)).toBe(hasCam)
    expect(new Set(report.hooks.map(({ path }) => path)).size).toBe(report.hooks.length)
  })

  it('prints a table, the default marked', async () => {
    const { stdout } = await hookscope(['hooks', '-m', 'resnet18'])
    expect(stdout).toMatch(/^hook point +op +shape +maps\n/)
    expect(stdout).toMatch(/^layer4 \* +\w+ +1×512×7×7 +all$/m)
    expect(stdout).toMatch(/^conv1 +Conv +1×64×112×112 +all but cam$/m)
  })
})

describe('help', () => {
  it.each([[['--help']], [['explain', '--help']], [['help', 'hooks']], [['--version']]])('hookscope %j', async args => {
    const { stdout, stderr, code } = await hookscope(args)
    expect([stderr, code]).toEqual(['', 0])
    expect(stdout).not.toBe('')
    expect(stdout).not.toMatch(/undefined|\[object/)
  })
})
