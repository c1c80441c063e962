import type { Port } from '../../../src/graph/types'
import type { Pixels } from '../../../src/image/types'
import { withMetadata } from '../../support/proto'
import type { NdArray } from '../../support/reference/array'
import { file, Net, type Written } from '../net'
import { pixels, planesOf, type Row } from '../row'
import { PLAIN } from '../ways'

const first = (g: Net, x: string, channels = 3): Net => {
  g.front(x, channels)
  g.back()
  g.output('y')
  return g
}

const scaled = (x: NdArray, by: number): NdArray => ({ dims: x.dims, data: x.data.map(value => value * by) })

/** PIL's L: 299/1000 R + 587/1000 G + 114/1000 B, in sixteenths of bits as PIL counts. */
function luminance({ width, height, data }: Pixels): NdArray {
  const grey = Float64Array.from({ length: width * height }, (_, i) => {
    const [r = 0, g = 0, b = 0] = data.subarray(3 * i, 3 * i + 3)
    return Math.fround(((r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16) / 255)
  })
  return { dims: [1, 1, height, width], data: grey }
}

/** [1, H, W, C] as [C, H, W]. */
function planar({ dims: [, height = 1, width = 1, channels = 1], data }: NdArray): Float64Array {
  const places = height * width
  return Float64Array.from(data, (_, i) => data[(i % places) * channels + Math.floor(i / places)] ?? 0)
}

function typed(type: 'uint8' | 'int32' | 'int64' | 'float16', layout: 'nchw' | 'nhwc' = 'nchw'): Row {
  const last = layout === 'nhwc'
  const dims = last ? [1, 16, 16, 3] : [1, 3, 16, 16]
  const bytes = (picture: Pixels) => {
    const planes = planesOf(picture)
    const whole = type === 'float16' ? planes : { ...planes, data: planes.data.map(value => Math.round(value * 255)) }
    if (!last) return whole
    return { dims, data: Float64Array.from(picture.data, Math.round) }
  }
  return {
    name: `input: ${type}, ${layout}`,
    file: () => {
      const g = new Net(type).picture(dims)
      const floats = g.at('xf', 'Cast', ['x'], { to: 1 })
      first(g, last ? g.at('xt', 'Transpose', [floats], { perm: [0, 3, 1, 2] }) : floats)
      const found = file(g, { inputs: [{ name: 'x', type, dims }] })
      // What is fed is whole; its derivative is that of the Cast's result, as if floats were fed.
      return { bytes: found.bytes, truth: { ...found.truth, inputs: [{ name: 'x', type: 'float32', dims }] } }
    },
    feeds: picture => new Map([['x', bytes(picture)]]),
    // Page and command line show planes, the library the tensor as it is.
    ...(last && { gradient: (derivative, way) => (way === 'library' ? derivative.data : planar(derivative)) }),
    right: { logits: 'y' },
  }
}

function batch(size: number): Row {
  return {
    name: `input: a batch fixed at ${size}, with a view`,
    file: () => {
      const write = (n: number) => {
        const g = new Net('batch')
        g.input('x', [n, 3, 16, 16], new Float64Array(n * 768))
        g.front()
        g.at('gap', 'GlobalAveragePool', ['f'])
        g.at('flat', 'Reshape', ['gap', g.ints([n, 4])])
        g.at('y', 'Gemm', ['flat', g.some(5, 4), g.some(5)], { transB: 1 })
        return file(g.output('y'))
      }
      return { bytes: write(size).bytes, truth: write(1).truth }
    },
    right: { logits: 'y' },
  }
}

function colours(metadata: Readonly<Record<string, string>>): Written {
  const g = new Net('colours').picture()
  const eye = [1, 0, 0, 0, 1, 0, 0, 0, 1]
  g.at('c', 'Conv', ['x', g.weight([3, 3, 1, 1], eye)])
  g.at('f', 'Relu', ['c'])
  g.at('g', 'GlobalAveragePool', ['f'])
  g.at('fl', 'Flatten', ['g'])
  const fit = 'Image.BitmapPixelFormat' in metadata ? 1 / 255 : 1
  g.at('y', 'Gemm', [
    'fl',
    g.weight(
      [3, 3],
      eye.map(value => value * fit),
    ),
  ])
  const found = file(g.output('y'))
  return { ...found, bytes: withMetadata(found.bytes, metadata) }
}

const red: Pixels = {
  ...{ width: 16, height: 16, channels: 3 },
  data: Uint8Array.from({ length: 768 }, (_, i) => [250, 20, 60][i % 3] ?? 0),
}

/** Something beside the picture, with what it is fed. */
function beside(name: string, rest: Partial<Port>, data: readonly number[], write: (g: Net) => unknown): Row {
  const port: Port = { name, type: 'float32', dims: [], ...rest }
  const dims = port.dims.map(Number)
  return {
    name: `input: ${name} beside the picture`,
    file: () => {
      const g = new Net(name).picture()
      g.input(name, dims)
      g.front()
      write(g)
      g.back('f2')
      return file(g.output('y'), { inputs: [{ name: 'x', type: 'float32', dims: [1, 3, 16, 16] }, port] })
    },
    feeds: picture =>
      new Map([
        ['x', planesOf(picture)],
        [name, { dims, data: Float64Array.from(data) }],
      ]),
    right: { logits: 'y' },
  }
}

const kept = (value: number): Row => ({
  ...beside('keep_prob', {}, [value], g => g.at('f2', 'Mul', ['f', 'keep_prob'])),
  name: `input: keep_prob beside the picture, ${value === 1 ? 'not told' : `told as ${value}`}`,
  ...(value !== 1 && { inputs: { keep_prob: [value] } }),
})

/** Values of 0 to 1, less a half, in halves. */
const halved = (picture: Pixels) => {
  const { dims, data } = planesOf(picture)
  return new Map([['x', { dims, data: data.map(value => (value - 0.5) / 0.5) }]])
}

const NAMES = { '0': 'red', '1': 'green', '2': 'blue' }
const HALVES = { image_mean: [0.5, 0.5, 0.5], image_std: [0.5, 0.5, 0.5] }

const says = (name: string, texts: Readonly<Record<string, unknown>>): Row => ({
  name: `says: ${name}`,
  file: () => colours({}),
  ...{ picture: red, told: null, feeds: halved },
  beside: Object.fromEntries(Object.entries(texts).map(([file, said]) => [file, JSON.stringify(said)])),
  right: { logits: 'y', layers: ['f'], best: 'red' },
})

/** Nothing is said of maps that cannot be laid over the picture. */
const LAID = /^(?!.*(do not follow|together|by itself))/s

export const inputRows: readonly Row[] = [
  {
    name: 'input: grey',
    file: () => file(first(new Net('grey').picture([1, 1, 28, 28]), 'x', 1)),
    picture: pixels(28),
    feeds: picture => new Map([['x', luminance(picture)]]),
    right: { logits: 'y' },
  },
  {
    name: 'input: grey, repeated for three colours',
    file: () => {
      const g = new Net('grey repeated').picture([1, 1, 28, 28])
      const centred = g.at('centred', 'Sub', ['x', g.weight([1, 3, 1, 1], [0.485, 0.456, 0.406])])
      return file(first(g, g.at('p', 'Div', [centred, g.weight([1, 3, 1, 1], [0.229, 0.224, 0.225])])))
    },
    picture: pixels(28),
    feeds: picture => new Map([['x', luminance(picture)]]),
    right: { logits: 'y', layers: ['p', 'c1', 'f'], says: LAID },
  },
  {
    name: 'input: grey, [N, H, W, 1]',
    file: () => {
      const g = new Net('grey last').picture([1, 28, 28, 1])
      first(g, g.at('xt', 'Transpose', ['x'], { perm: [0, 3, 1, 2] }), 1)
      return file(g, { inputs: [{ name: 'x', type: 'float32', dims: ['N', 28, 28, 1] }] })
    },
    picture: pixels(28),
    feeds: picture => new Map([['x', { ...luminance(picture), dims: [1, 28, 28, 1] }]]),
    right: { logits: 'y' },
  },
  {
    name: 'input: four bands',
    file: () => file(first(new Net('bands').picture([1, 4, 28, 28]), 'x', 4)),
    picture: pixels(28),
    right: { refusal: /what the network’s channels are|4 channels/, pictures: true },
  },
  typed('uint8'),
  typed('uint8', 'nhwc'),
  typed('int32'),
  typed('int64'),
  typed('float16'),
  batch(8),
  {
    name: 'input: rank 3',
    file: () => {
      const g = new Net('rank').picture([3, 16, 16])
      return file(first(g, g.at('xu', 'Unsqueeze', ['x', g.ints([0])])))
    },
    feeds: picture => new Map([['x', { ...planesOf(picture), dims: [3, 16, 16] }]]),
    right: { logits: 'y' },
  },
  {
    name: 'input: rank 3, channels last',
    file: () => {
      const g = new Net('rank last').picture([16, 16, 3])
      const turned = g.at('xt', 'Transpose', ['x'], { perm: [2, 0, 1] })
      return file(first(g, g.at('xu', 'Unsqueeze', [turned, g.ints([0])])))
    },
    feeds: picture =>
      new Map([['x', { dims: [16, 16, 3], data: Float64Array.from(picture.data, byte => Math.fround(byte / 255)) }]]),
    gradient: ({ data }, way) => (way === 'library' ? data : planar({ dims: [1, 16, 16, 3], data })),
    right: { logits: 'y' },
  },
  {
    name: 'input: an unread one beside the picture',
    file: () => {
      const g = new Net('unread').picture()
      g.input('unread', [1, 7])
      return file(first(g, 'x'))
    },
    feeds: picture =>
      new Map([
        ['x', planesOf(picture)],
        ['unread', { dims: [1, 7], data: new Float64Array(7) }],
      ]),
    right: { logits: 'y' },
  },
  kept(1),
  kept(0.5),
  beside('training', { type: 'bool' }, [0], g => g.at('f2', 'Dropout', ['f', g.number(0.5), 'training'])),
  {
    ...beside('metadata', { dims: [1, 2] }, [1, -2], g => {
      g.at('row', 'Reshape', [g.node('MatMul', ['metadata', g.some(2, 4)]), g.ints([1, 4, 1, 1])])
      g.at('f2', 'Add', ['f', 'row'])
    }),
    inputs: { metadata: [1, -2] },
  },
  {
    name: 'input: [N, H, W, C] by names alone',
    file: () => {
      const g = new Net('names').picture([1, 16, 16, 3])
      first(g, g.at('xt', 'Transpose', ['x'], { perm: [0, 3, 1, 2] }))
      return file(g, { inputs: [{ name: 'x', type: 'float32', dims: ['N', 'H', 'W', 'C'] }] })
    },
    told: { ...PLAIN, size: [16, 16] },
    feeds: picture =>
      new Map([
        ['x', { dims: [1, 16, 16, 3], data: Float64Array.from(picture.data, byte => Math.fround(byte / 255)) }],
      ]),
    gradient: (derivative, way) => (way === 'library' ? derivative.data : planar(derivative)),
    right: { logits: 'y' },
  },
  says('names and numbers beside it, as transformers writes them', {
    'config.json': { id2label: NAMES },
    'preprocessor_config.json': { do_rescale: true, do_normalize: true, size: 16, ...HALVES },
  }),
  says('names and numbers beside it, as timm writes them', {
    'config.json': {
      ...{ num_classes: 3, label_names: Object.values(NAMES) },
      pretrained_cfg: { input_size: [3, 16, 16], mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
    },
  }),
  {
    name: 'says: names, from Ultralytics',
    file: () =>
      colours({
        author: 'Ultralytics',
        task: 'classify',
        imgsz: '[16, 16]',
        names: "{0: 'red', 1: 'green', 2: 'blue'}",
      }),
    picture: red,
    told: null,
    right: { logits: 'y', layers: ['f'], best: 'red' },
  },
  {
    name: 'says: blue comes first, from 0 to 255, as Windows ML writes it',
    file: () =>
      colours({
        'Image.BitmapPixelFormat': 'Bgr8',
        'Image.ColorSpaceGamma': 'SRGB',
        'Image.NominalPixelRange': 'NominalRange_0_255',
      }),
    picture: red,
    told: null,
    feeds: picture => {
      const { dims, data } = scaled(planesOf(picture), 255)
      const plane = data.length / 3
      return new Map([
        [
          'x',
          {
            dims,
            data: Float64Array.from(data.keys(), i => data[(2 - Math.floor(i / plane)) * plane + (i % plane)] ?? 0),
          },
        ],
      ])
    },
    right: { logits: 'y', layers: ['f'] },
  },
]
