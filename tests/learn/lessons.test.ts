import { describe, expect, it } from 'vitest'
import { LESSONS } from '../../src/learn/lessons'
import { run } from './host'

/** A lesson's code as it ships, by its number. */
const code = (number: number): string => LESSONS[number - 1]?.code ?? ''

const lines = async (number: number, off: readonly number[] = []) => {
  const { shown, failure } = await run(code(number), off)
  expect(failure).toBeNull()
  return shown.map(one => `${one.label}: ${one.kind === 'text' ? one.text : `${one.width}×${one.height}`}`)
}

describe('lessons as they ship', () => {
  it('1: a gradient on its way', async () => {
    expect(await lines(1)).toEqual([
      'y: 6',
      'dy/dw: 5',
      'dy/dx: 2',
      'kept by the hook: [2]',
      'kept after remove(): [2]',
    ])
    expect(await lines(1, [0])).toEqual([
      'y: 6',
      'dy/dw: 5',
      'dy/dx: 2',
      'kept by the hook: []',
      'kept after remove(): []',
    ])
  })

  it('2: a changed gradient', async () => {
    expect(await lines(2)).toEqual(['without a hook: 5', 'doubled: 10', 'and tripled: 30'])
    expect(await lines(2, [0])).toEqual(['without a hook: 5', 'doubled: 5', 'and tripled: 15'])
    expect(await lines(2, [0, 1])).toEqual(['without a hook: 5', 'doubled: 5', 'and tripled: 5'])
  })

  it('3: what a change reaches', async () => {
    const [w, o] = ['gradient of w: [4, 6, 8, 10]', 'o: 80']
    expect(await lines(3)).toEqual([o, 'gradient of x: [2, 4, 6, 8]', 'gradient of y: [2, 4, 6, 8]', w])
    expect(await lines(3, [0])).toEqual([o, 'gradient of x: [1, 2, 3, 4]', 'gradient of y: [1, 2, 3, 4]', w])
  })

  it('4: hooks on a module', async () => {
    const { failure, text } = await run(code(4))
    expect(failure).toBeNull()
    const numbers = (label: string) => JSON.parse(text(label) ?? '').flat(4)
    expect(numbers('input')).toEqual(new Array(16).fill(1))
    expect(numbers('feature maps')).toEqual([9, 9, 9, 9, 18, 18, 18, 18])
    expect(numbers('pooled')).toEqual([9, 18])
    expect(numbers('gradOutput')).toEqual([0.5, 0, 0, 0, 0.5, 0, 0, 0])
    expect(numbers('gradient of the weight')).toEqual(new Array(18).fill(0.5))
    expect(numbers('gradient of the bias')).toEqual([0.5, 0.5])
  })

  it('5: VGG16', async () => {
    expect(await lines(5)).toEqual([
      'operators inside: 31',
      'input: [1, 3, 224, 224]',
      'output: [1, 512, 7, 7]',
      'its 512 feature maps: 200×218',
    ])
  })

  it('6: what a ReLU lets through', async () => {
    expect(await lines(6)).toEqual([
      'fc1: [[7, -13, 27, -29]]',
      'relu: [[7, 0, 27, 0]]',
      'fc2: [[-73]]',
      'gradOutput of relu: [[1, 2, -3, 4]]',
      'gradInput of relu: [[1, 0, -3, 0]]',
      'gradient of x: [[1, 2, 3]]',
    ])
  })

  it('8: CAM by hand is the built-in CAM', async () => {
    const { failure, shown, text } = await run(code(8))
    expect(failure).toBeNull()
    expect(shown[0]).toMatchObject({ kind: 'picture', width: 224, height: 224, label: 'cougar_face' })
    // Sums of 512 products in float32, added in another order.
    expect(Number(text('largest value'))).toBeGreaterThan(1)
    expect(Number(text('largest difference from the page’s own CAM'))).toBeLessThan(1e-4)
  })
})

describe('lessons as they ship, whose PyTorch side prints', () => {
  it('9: the same order', async () => {
    const once = ['before the network', 'before fc1', 'after fc1', 'before relu', 'after relu', 'after the network']
    expect(await lines(9)).toEqual(
      [
        ...once,
        'back through relu',
        'back through fc1',
        'back through the network',
        'once more',
        ...once.filter(line => line.startsWith('before')),
      ].map(line => `: ${line}`),
    )
  })

  it('10: the same gradients inside', async () => {
    expect(await lines(10)).toEqual([
      'plain: y: [0.5, 0.5]',
      'plain: a: [1.5, 1.5]',
      'plain: x: [6, 7.5]',
      'behind a hook: y: [0.5, 0.5]',
      'behind a hook: a: [15, 15]',
      'behind a hook: x: [60, 75]',
    ])
  })

  it('11: the same block', async () => {
    expect(await lines(11)).toEqual([
      'relu gives: [[3, 0, 1]]',
      'block gives: [[3, 0, 1]]',
      'gradInput: [[1, 1]]',
      'gradOutput: [[1, 2, -1]]',
    ])
  })

  it('12: Grad-CAM by hand is the built-in one', async () => {
    const { failure, text } = await run(code(12))
    expect(failure).toBeNull()
    expect(Number(text('largest value'))).toBeGreaterThan(0.1)
    expect(Number(text('largest difference from the page’s own Grad-CAM'))).toBeLessThan(1e-5)
  })

  it('13: guided backpropagation by hand is the built-in one, in colour', async () => {
    const { failure, shown, text } = await run(code(13))
    expect(failure).toBeNull()
    // float32 sums in another order.
    expect(Number(text('largest difference from the page’s own, as a share'))).toBeLessThan(1e-4)
    const [picture] = shown
    if (picture?.kind !== 'picture') return expect.fail('the picture comes first')
    expect([picture.width, picture.height]).toEqual([224, 224])
    const grey = picture.data.filter((_, i) => i % 4 === 0 && picture.data[i] === picture.data[i + 1])
    expect(grey.length).toBeLessThan(224 * 112)
  })

  it('14: mirrored maps change AlexNet’s logit, not ResNet18’s', async () => {
    const { failure, text } = await run(code(14))
    expect(failure).toBeNull()
    expect([text('resnet18 weight'), text('alexnet weight')]).toEqual(['[101, 512]', '[4096, 9216]'])
    const number = (label: string) => Number(text(label))
    expect(number('resnet18 mirrored')).toBeCloseTo(number('resnet18 as it is'), 3)
    expect(Math.abs(number('alexnet mirrored') - number('alexnet as it is'))).toBeGreaterThan(0.1)
  })
})

describe('imports in the code', () => {
  it.each([
    ["import { mul as times, tensor } from 'hookscope'", 'times(tensor([1, 2]), 3)'],
    ["import {\n  mul, // times\n  tensor,\n} from 'hookscope'", 'mul(tensor([1, 2]), 3)'],
    ["import * as hookscope from 'hookscope'", 'hookscope.mul(hookscope.tensor([1, 2]), 3)'],
    ["import { toPixels } from 'hookscope/image'", "'[3, 6]' + typeof toPixels"],
    ["const mul = () => 'own'", "mul() === 'own' && tensor([3, 6])"],
  ])('%s', async (first, expression) => {
    const { failure, text } = await run(`${first}\nconsole.log('it', ${expression})`)
    expect(failure).toBeNull()
    expect(text('it')).toMatch(/^\[3, 6\]/)
  })
})

describe('the drawing', () => {
  it('has the value and gradient of every edge, and hooks on theirs', async () => {
    const { drawing, hooks } = await run(code(2))
    const numbers = drawing?.values.map(({ name, value, gradient }) => [name, value?.data?.[0], gradient?.data?.[0]])
    expect(new Map(numbers?.map(([name, ...rest]) => [name, rest]))).toEqual(
      new Map([
        ['x', [2, 2]],
        ['w', [1, 30]],
        ['constant 0', [1, undefined]],
        ['a', [3, 2]],
        ['b', [2, 3]],
        ['y', [6, 1]],
      ]),
    )
    expect(drawing?.nodes.map(({ op }) => op)).toEqual(['Add', 'Add', 'Mul'])
    expect(drawing?.values.find(({ name }) => name === 'w')?.to).toEqual(['a', 'b'])
    expect(hooks.map(({ at, before, after }) => [at, before?.data, after?.data])).toEqual([
      [{ value: 'w' }, [5], [10]],
      [{ value: 'w' }, [10], [30]],
    ])
  })

  it('of a large network has modules, those opened in which hooks stand', async () => {
    const { drawing, hooks } = await run(code(8))
    expect(drawing?.detail).toBe('modules')
    expect(drawing?.nodes.flatMap(({ module }) => module || [])).toEqual(
      'conv1 relu maxpool layer1 layer2 layer3 layer4 avgpool fc'.split(' '),
    )
    expect(hooks.map(({ at, changed }) => [at, changed])).toEqual([[{ node: 'layer4' }, false]])
    const alexnet = await run(code(7))
    expect(alexnet.hooks.map(({ at }) => at)).toEqual([0, 3, 6, 8, 10].map(index => ({ node: `features.${index}` })))
  })
})

describe('code that fails', () => {
  const NET = `const g = new GraphBuilder()
const net = await load(g.output(g.relu('act', g.input('x', [2]))))
`
  it.each([
    ['cannot be read', 'const a = 1\nconst b = = 2', /^The code cannot be read: .+\.$/, 2],
    ['throws', 'show(1)\nnull.x', /^TypeError: Cannot read properties of null/, 2],
    ['throws no error', 'throw 5', /^The code threw 5\.$/, null],
    ['asks for what is not there', `${NET}net.module('fc')`, /^The network has no module "fc"/, 3],
    [
      'throws in a hook',
      `${NET}net.module('act').registerForwardHook(() => {\n  throw new Error('no')\n})\nawait net.forward({ x: tensor([1, 2]) })`,
      /^The forward hook on "act" threw: no\.$/,
      4,
    ],
    [
      'has a hook that returns a number',
      `${NET}const kept = []\nnet.value('x').registerHook(grad => kept.push(grad))\nconst run = await net.forward({ x: tensor([1, 2]) })\nawait run.backward({ class: 1 })`,
      /^The hook on the gradient of "x" returned a number: it must return tensors .* An arrow function without braces returns the value of its expression\.$/,
      6,
    ],
    [
      'asks for a network that does not ship',
      "await shipped('googlenet')",
      /^GoogLeNet does not ship, it is downloaded\. Those that ship: inception-v3, resnet18, alexnet\.$/,
      1,
    ],
    ['shows without end', 'for (;;) show(1)', /^The code shows more than 100,000 things/, 1],
    [
      'makes a grid of a row',
      'showGrid("row", tensor([1, 2]))',
      /^TypeError: A grid shows feature maps \[1, C, H, W\]/,
      1,
    ],
    ['imports what there is not', "\nimport { nothing } from 'hookscope'", /'hookscope' has no “nothing”\.$/, null],
    ['imports another package', "import fs from 'node:fs'", /^The code cannot be read: write import/, null],
    ['imports from another package', "import { a } from 'b'", /there is no package 'b' here/, null],
    ['fails behind imports', "import {\n  load\n} from 'hookscope'\nnull.x", /^TypeError/, 4],
    ['has rows of different lengths', 'tensor([[1, 2], [3]])', /^tensor\(\) takes numbers in rows/, 1],
  ])('that %s', async (_, code, message, line) => {
    const { failure } = await run(code)
    expect(failure?.message).toMatch(message)
    expect(failure?.line).toBe(line)
  })
})
