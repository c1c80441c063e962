import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Graph } from '../../src/graph/types'
import { writeOnnx } from '../../src/onnx/write'
import { GraphBuilder, random } from '../support/build'
import { ownNetwork, weightsBeside } from '../support/own-network'
import { folder, hookscope, onlyResult, PICTURES, readClassified } from './hookscope'

const CHELSEA = join(PICTURES, 'chelsea.png')
const CLASSES = 5

interface Made {
  /** The filters of the only convolution, [8, 3, 3, 3]. */
  readonly filters?: (weights: Float64Array) => Float64Array
  /** What stands before it. */
  readonly before?: (g: GraphBuilder, x: string) => string
  readonly classes?: number
  /** Of the input. */
  readonly shape?: Graph['inputs'][number]['dims']
  readonly facts?: Partial<Graph>
}

/** A folder with a small classifier of 32×32 pictures in `net.onnx`. */
function folderWith(made: Made = {}): string {
  const { filters = w => w, before = (_, x) => x, classes = CLASSES, shape = [1, 3, 32, 32], facts = {} } = made
  const g = new GraphBuilder(17, 'own file')
  const seeded = random('filters')
  const x = before(g, g.input('image', [1, 3, 32, 32]))
  const inputs: Graph['inputs'] = [{ name: 'image', type: 'float32', dims: shape }]
  const conv = g.node('Conv', [x, g.weight([8, 3, 3, 3], filters(seeded(216)))], { pads: [1, 1, 1, 1] })
  const mean = g.node('GlobalAveragePool', [g.node('Relu', [conv])])
  const head = [g.node('Flatten', [mean]), g.weight([classes, 8], seeded(8 * classes))]
  g.node('Gemm', head, { transB: 1 }, { outputs: ['logits'] })
  const cwd = folder()
  writeFileSync(join(cwd, 'net.onnx'), writeOnnx({ ...g.output('logits').build(), inputs, ...facts }))
  return cwd
}

const raw = ['explain', CHELSEA, '-m', 'net.onnx', '--raw']

async function logits(cwd: string, ...told: string[]) {
  const { stdout, stderr } = await hookscope([...raw, ...told], { cwd })
  const { logits = [], input } = onlyResult(stdout)
  return { logits, input, stderr }
}

/** The largest difference, as a share of the largest value: float32 sums in another order differ by about 1e-6. */
function expectAlike(found: readonly number[], expected: readonly number[], tolerance = 1e-4) {
  const most = Math.max(...expected.map(Math.abs))
  expect(found).toHaveLength(expected.length)
  for (const [i, value] of found.entries()) expect(Math.abs(value - (expected[i] ?? 0)) / most).toBeLessThan(tolerance)
}

describe('what is told of a file', () => {
  it('blue first is what red first is to filters turned round', async () => {
    // Channels 0 and 2 change places: a filter's planes of 9 values lie at 0, 9 and 18
    const flip = (w: Float64Array) => w.map((_, i) => w[i + 9 * (2 - 2 * (Math.floor(i / 9) % 3))] ?? 0)
    const neutral = ['--mean', '0,0,0', '--std', '1,1,1']
    const red = await logits(folderWith(), ...neutral, '--channels', 'rgb')
    const blue = await logits(folderWith({ filters: flip }), ...neutral, '--channels', 'bgr')
    expectAlike(blue.logits, red.logits)
    const wrong = await logits(folderWith(), ...neutral, '--channels', 'bgr')
    expect(() => expectAlike(wrong.logits, red.logits)).toThrow()
  })

  it('mean, std and range are what the file could do itself', async () => {
    const mean = [120, 110, 100]
    const std = [60, 50, 40]
    const inside = folderWith({
      before: (g, x) => g.node('Div', [g.node('Sub', [x, g.weight([1, 3, 1, 1], mean)]), g.weight([1, 3, 1, 1], std)]),
    })
    const bytes = await logits(inside, '--range', '255')
    const told = await logits(folderWith(), '--range', '255', '--mean', mean.join(), '--std', std.join())
    expectAlike(told.logits, bytes.logits)
    expect(bytes.input?.sum).toBeGreaterThan(32 * 32 * 3 * 50)
    // and in the range 0 to 1, whose values are 255 times as small
    const share = (values: number[]) => values.map(value => value / 255).join()
    const unit = await logits(folderWith(), '--range', '1', '--mean', share(mean), '--std', share(std))
    expectAlike(unit.logits, bytes.logits)
  })

  it('is guessed and said where nothing is told: this file normalises by itself', async () => {
    const cwd = folderWith({
      before: (g, x) => g.node('Div', [x, g.weight([], [255])], {}, { name: 'scale' }),
    })
    const { input, stderr } = await logits(cwd)
    expect(stderr).toBe(
      'hookscope: net.onnx: pictures come in as 0 to 255. The file normalises its input by itself (Div "scale"), from 0 to 255. --mean, --std, --range and --channels change that.\n',
    )
    const told = await logits(cwd, '--range', '255', '--mean', '0,0,0', '--std', '1,1,1')
    expect([told.input, told.stderr]).toEqual([input, ''])
    const wrong = await logits(cwd, '--range', '1', '--mean', '0.5,0.5,0.5', '--std', '0.5,0.5,0.5')
    expect(wrong.stderr).toMatch(
      /net\.onnx: This input looks wrong for the file: it was made for values of about 110 ± 64, and these settings give −0\.1 ± 0\.5\./,
    )
  })

  it('Caffe’s files take blue first, less the means', async () => {
    const { stderr } = await logits(folderWith({ facts: { producer: 'onnx-caffe2' } }))
    expect(stderr).toContain('pictures come in as 0 to 255, BGR less means. It comes from Caffe (onnx-caffe2).')
  })
})

describe('what a file leaves open', () => {
  const saliency = async (cwd: string, ...told: string[]) => {
    const { stdout, code } = await hookscope([...raw, '--method', 'saliency,gradcam', '--class', '2', ...told], { cwd })
    const { maps, input, logits = [] } = onlyResult(stdout)
    return { code, maps, input, logits }
  }

  it('channels last, by a Transpose: the same answers and maps', async () => {
    const last = await saliency(
      folderWith({ shape: [1, 32, 32, 3], before: (g, x) => g.node('Transpose', [x], { perm: [0, 3, 1, 2] }) }),
      '--layout',
      'nhwc',
    )
    const first = await saliency(folderWith(), '--layout', 'nchw')
    expect([last.input?.shape, first.input?.shape]).toEqual([
      [1, 32, 32, 3],
      [1, 3, 32, 32],
    ])
    expectAlike(last.logits, first.logits)
    for (const [i, map] of first.maps.entries()) {
      expect(last.maps[i]?.shape).toEqual(map.shape)
      expectAlike(last.maps[i]?.values ?? [], map.values ?? [])
    }
  })

  it('height and width: 224 unless another size is told', async () => {
    const open = folderWith({ shape: [1, 3, 'height', 'width'] })
    expect((await saliency(open)).input?.shape).toEqual([1, 3, 224, 224])
    const { input, maps } = await saliency(open, '--size', '48x64')
    expect([input?.shape, maps.map(({ shape }) => shape)]).toEqual([
      [1, 3, 48, 64],
      [
        [3, 48, 64],
        [48, 64],
      ],
    ])
    const { stdout } = await hookscope(['hooks', '-m', 'net.onnx', '--size', '48', '--json'], { cwd: open })
    expect(JSON.parse(stdout).input.shape).toEqual([1, 3, 48, 48])
  })

  it('which of its outputs', async () => {
    const cwd = folder()
    writeFileSync(join(cwd, 'net.onnx'), ownNetwork(5, { outputs: 2 }))
    const count = async (...told: string[]) => (await logits(cwd, ...told)).logits.length
    expect([await count(), await count('--output', 'logits'), await count('--output', 'logits2')]).toEqual([5, 5, 6])
  })

  it('weights in a file beside it, and nowhere else', async () => {
    const cwd = folder()
    const whole = ownNetwork(5)
    writeFileSync(join(cwd, 'net.onnx'), whole)
    const expected = await logits(cwd)
    const { model, weights } = weightsBeside(whole, 'net.onnx.data')
    writeFileSync(join(cwd, 'net.onnx'), model)
    const missing = await hookscope(raw, { cwd })
    expect([missing.code, missing.stderr]).toEqual([
      2,
      expect.stringMatching(/net\.onnx\.data cannot be read: there is no such file/),
    ])
    writeFileSync(join(cwd, 'net.onnx.data'), weights)
    expect((await logits(cwd)).logits).toEqual(expected.logits)
    writeFileSync(join(cwd, 'net.onnx'), weightsBeside(whole, '../net.onnx.data').model)
    expect((await hookscope(raw, { cwd })).stderr).toMatch(/outside of the model's folder/)
  })

  it('a single number: as it is, for nobody says more; with --activation sigmoid yes or no', async () => {
    const cwd = folderWith({ classes: 1 })
    const classify = async (...told: string[]) => {
      const { stdout, stderr } = await hookscope(['classify', CHELSEA, '-m', 'net.onnx', '--json', ...told], { cwd })
      const [result] = readClassified(stdout).results
      if (!result || 'error' in result) throw new Error(stdout)
      return { top: result.top.toSorted((a, b) => a.index - b.index), stderr }
    }
    const { logits = [] } = onlyResult((await hookscope([...raw, '--class', '0,1'], { cwd })).stdout)
    const [logit = 0, absence] = logits
    expect(absence).toBe(-logit)
    const plain = await classify()
    expect(plain.stderr).toContain('--activation sigmoid')
    expect(plain.top).toEqual([
      { index: 0, label: '0', value: logit },
      { index: 1, label: 'not 0', value: -logit },
    ])
    const told = await classify('--activation', 'sigmoid')
    expect(told.top[0]?.probability).toBeCloseTo(1 / (1 + Math.exp(-logit)), 6)
    expect(told.top[1]?.probability).toBeCloseTo(1 / (1 + Math.exp(logit)), 6)
  })
})

describe('labels', () => {
  const first = async (cwd: string, labels: string) => {
    const { stdout } = await hookscope(['classify', CHELSEA, '-m', 'net.onnx', '--json', '--labels', labels], { cwd })
    const [result] = readClassified(stdout).results
    if (!result || 'error' in result) throw new Error(stdout)
    return result.top[0]
  }

  it('from a text file, a JSON file, or numbers', async () => {
    const cwd = folderWith()
    const names = ['ant', 'bee', 'cat', 'dog', 'elk']
    writeFileSync(join(cwd, 'names.txt'), names.join('\n'))
    writeFileSync(join(cwd, 'names.json'), JSON.stringify(names))
    const index = (await first(cwd, 'numbers'))?.index ?? -1
    expect((await first(cwd, 'numbers'))?.label).toBe(String(index))
    expect((await first(cwd, 'names.txt'))?.label).toBe(names[index])
    expect((await first(cwd, 'names.json'))?.label).toBe(names[index])
    const { code, stdout } = await hookscope([...raw, '--labels', 'names.txt', '--class', 'dog'], { cwd })
    expect([code, onlyResult(stdout).maps[0]?.class]).toEqual([0, 3])
  })

  it('ImageNet’s for 1,000 classes without being told, and says so', async () => {
    const cwd = folderWith({ classes: 1000 })
    const { stdout, stderr } = await hookscope([...raw, '--class', 'tench'], { cwd })
    expect(onlyResult(stdout).maps[0]).toMatchObject({ class: 0, label: 'tench' })
    expect(stderr).toContain('its classes are called by ImageNet, 1,000, for their number; --labels changes that.')
  })
})

describe('one sentence, and exit code 2, for', () => {
  it.each<[string, string[], RegExp]>([
    [
      'labels that are not as many as the classes',
      ['--labels', 'imagenet-1000'],
      /ImageNet, 1,000 has 1,000 names for the network’s 5 classes/,
    ],
    [
      'a labels file of another count',
      ['--labels', 'two.txt'],
      /two\.txt has 2 names for the network’s 5 classes\. Choose other labels, or numbers\./,
    ],
    [
      'a labels file that is not there',
      ['--labels', 'nowhere.txt'],
      /nowhere\.txt cannot be read: there is no such file/,
    ],
    [
      'a labels file of something else',
      ['--labels', 'net.onnx'],
      /net\.onnx is no text\. Labels are a name a line, or a JSON array/,
    ],
    ['a size that the file has not', ['--size', '64'], /32/],
    ['a size of 0', ['--size', '0'], /Give pixels, as 224, or height and width, as 224x320\./],
    ['two means', ['--mean', '0.5,0.5'], /--mean gives 2 numbers\. Give 3, or one for all\./],
    ['a mean that is no number', ['--mean', 'a,b,c'], /Give a number for each channel/],
    ['a std of 0', ['--std', '1,0,1'], /Pixels are divided by these: give numbers above 0\./],
    ['a range of 100', ['--range', '100'], /Give 1 for pixels from 0 to 1, or 255 for 0 to 255\./],
    ['channels of another kind', ['--channels', 'grey'], /takes 3 channels: --channels .* does not fit/],
    ['a layout of another kind', ['--layout', 'chw'], /Allowed choices are nchw, nhwc/],
    [
      'a layout that the file has not',
      ['--layout', 'nhwc'],
      /The network takes \[1, 3, height, width\]: --layout nhwc does not fit\. Leave it out\./,
    ],
    ['an output that the file has not', ['--output', 'nothing'], /nothing/],
  ])('%s', async (_, told, sentence) => {
    const cwd = folderWith()
    writeFileSync(join(cwd, 'two.txt'), 'cat\ndog')
    const { stdout, stderr, code } = await hookscope(['explain', CHELSEA, '-m', 'net.onnx', ...told], { cwd })
    expect(stderr).toMatch(sentence)
    expect([stdout, code]).toEqual(['', 2])
    expect(stderr.split('\n').filter(line => line.startsWith('hookscope: '))).toHaveLength(1)
  })
})
