import * as v from 'valibot'
import { expect, it } from 'vitest'
import { hookscope, PICTURES } from './hookscope'

const chelsea = `${PICTURES}/chelsea.png`
const FEW = ['--model', 'resnet18', '--option', 'parts=4', '--random', '2']

const Report = v.object({
  seed: v.number(),
  metrics: v.array(v.object({ id: v.string(), good: v.picklist(['higher', 'lower']) })),
  results: v.array(
    v.object({
      rows: v.array(
        v.object({
          method: v.string(),
          layer: v.string(),
          values: v.array(
            v.object({
              metric: v.string(),
              value: v.number(),
              curve: v.optional(v.array(v.number())),
              chance: v.object({ draws: v.number(), mean: v.number(), deviation: v.number() }),
            }),
          ),
        }),
      ),
    }),
  ),
})

it('measures methods by metrics, each beside chance, as JSON, and by the same seed the same as CSV and as a table', async () => {
  const asked = [
    'evaluate',
    chelsea,
    ...FEW,
    '--method',
    'gradcam,hirescam',
    '--metric',
    'deletion,average-drop',
    '--seed',
    '3',
  ]
  const json = await hookscope([...asked, '--json'])
  expect(json.code, json.stderr).toBe(0)
  const report = v.parse(Report, JSON.parse(json.stdout))
  expect(report.seed).toBe(3)
  expect(report.metrics.map(({ id, good }) => [id, good])).toEqual([
    ['deletion', 'lower'],
    ['average-drop', 'lower'],
  ])
  const rows = report.results[0]?.rows ?? []
  expect(rows.map(({ method, layer }) => [method, layer])).toEqual([
    ['gradcam', 'layer4'],
    ['hirescam', 'layer4'],
  ])
  const [deletion] = rows[0]?.values ?? []
  expect(deletion?.curve).toHaveLength(5)
  expect(deletion?.chance.draws).toBe(2)
  expect(deletion?.value).toBeLessThan(deletion?.chance.mean ?? 0)

  const csv = await hookscope([...asked, '--csv'])
  const [head = '', ...lines] = csv.stdout
    .trimEnd()
    .split('\n')
    .map(line => line.split(','))
  expect(head).toEqual('picture,class,label,method,layer,metric,value,chance,deviation,draws,error'.split(','))
  expect(lines.map(line => Number(line[6]))).toEqual(rows.flatMap(({ values }) => values.map(({ value }) => value)))
  expect(lines.map(line => Number(line[7]))).toEqual(
    rows.flatMap(({ values }) => values.map(({ chance }) => chance.mean)),
  )

  const table = await hookscope(asked)
  expect(table.stdout).toMatch(
    /^\S*chelsea\.png · .+ \(class \d+\)\n +deletion ↓ +average-drop ↓\n {2}gradcam {2}layer4 /,
  )
  expect(table.stdout).toContain(`${deletion?.value.toFixed(3)} (${deletion?.chance.mean.toFixed(3)})`)
  expect(table.stdout).toContain(
    'the mean of 2 random maps on the same cells. ↓ less is better, ↑ more is better. Seed 3.',
  )
})

it('means over several pictures', async () => {
  const { stdout, code } = await hookscope([
    ...['evaluate', chelsea, `${PICTURES}/coffee.png`, '--model', 'resnet18', '--random', '0'],
    ...['--metric', 'average-drop'],
  ])
  expect(code).toBe(0)
  const numbers = [...stdout.matchAll(/gradcam {2}layer4 +([\d.]+)$/gm)].map(([, number]) => Number(number))
  const [first = 0, second = 0, mean] = numbers
  expect(numbers).toHaveLength(3)
  expect(mean).toBeCloseTo((first + second) / 2, 2)
})

it.each([
  [['--metric', 'truth'], /Allowed choices are deletion, insertion/],
  [['--metric', 'deletion', '--option', 'parts=0'], /Deletion takes a whole number from 1 to 1000 as parts, not 0/],
  [['--random', '-1'], /Give a whole number from 0 on/],
  [['--class', 'no such thing'], /no such thing/],
])('asked wrongly: %j', async (more, sentence) => {
  const { code, stderr } = await hookscope(['evaluate', chelsea, '--model', 'resnet18', ...more])
  expect(code).toBe(2)
  expect(stderr).toMatch(sentence)
})
