import { describe, expect, it } from 'vitest'
import { readOwn } from '../../src/catalog/own'
import { readNames, readSizes } from '../../src/catalog/said/literal'
import { readSaid } from '../../src/catalog/said/read'
import type { Subject } from '../../src/catalog/said/statement'
import { refuseTask } from '../../src/catalog/said/ultralytics'
import type { Graph, Node } from '../../src/graph/types'
import { writeOnnx } from '../../src/onnx/write'
import { GraphBuilder } from '../support/build'

const SUBJECT: Subject = { channels: 3, size: [224, 224], openSize: false }

interface Overrides {
  readonly metadata?: Readonly<Record<string, string>>
  readonly nodes?: readonly Node[]
  readonly files?: Readonly<Record<string, unknown>>
  readonly subject?: Partial<Subject>
  readonly classes?: number
}

const graph: Graph = {
  ...{ name: '', irVersion: 8, opsets: new Map(), producer: '', inputs: [], outputs: [] },
  ...{ nodes: [], constants: new Map() },
}

function said({ metadata = {}, nodes = [], files = {}, subject = {}, classes = 3 }: Overrides) {
  const read = async (name: string) => {
    const found = files[name]
    return found === undefined || typeof found === 'string' ? found : JSON.stringify(found)
  }
  const whole = { ...graph, nodes, metadata: new Map(Object.entries(metadata)) }
  return readSaid(whole, { ...SUBJECT, ...subject }, classes, read)
}

const ml = (op: string, attributes: Node['attributes']): Node => ({
  ...{ name: op, op, domain: 'ai.onnx.ml', inputs: [], outputs: [], attributes, metadata: new Map() },
})
const strings = (...value: string[]) => ({ kind: 'strings', value }) as const
const ints = (...value: number[]) => ({ kind: 'ints', value }) as const

/** What a byte of a picture comes in as. */
function fed(found: Awaited<ReturnType<typeof said>>, byte: number): number[] {
  const { range = 1, mean = [0], std = [1] } = found.preprocessing
  return mean.map((m, i) => ((byte * range) / 255 - m) / (std[i] ?? 1))
}

const near = (found: readonly number[], right: readonly number[]) => {
  expect(found).toHaveLength(right.length)
  found.forEach((value, i) => {
    expect(value).toBeCloseTo(right[i] ?? Number.NaN, 5)
  })
}

describe('Image metadata', () => {
  it.each<[string, number, number]>([
    ['NominalRange_0_255', 0, 255],
    ['Normalized_0_1', 0, 1],
    ['Normalized_1_1', -1, 1],
    ['NominalRange_16_235', 16, 235],
    ['nominalrange_16_235', 16, 235],
  ])('%s: black is %s, white %s', async (range, black, white) => {
    const found = await said({ metadata: { 'Image.BitmapPixelFormat': 'Bgr8', 'Image.NominalPixelRange': range } })
    expect(found.preprocessing.channels).toBe('bgr')
    near(fed(found, 0), [black, black, black])
    near(fed(found, 255), [white, white, white])
  })

  it.each<[string, number, string | undefined]>([
    ['Gray8', 1, 'l'],
    ['Rgb8', 3, 'rgb'],
    ['BGR8', 3, 'bgr'],
    ['Rgba8', 4, 'rgba'],
    ['Bgra8', 4, 'bgra'],
    ['Gray8', 3, undefined],
    ['Yuv', 3, undefined],
  ])('%s for %i channels', async (format, channels, order) => {
    const found = await said({ metadata: { 'image.bitmappixelformat': format }, subject: { channels } })
    expect(found.preprocessing.channels).toBe(order)
    expect(found.preprocessing).toMatchObject({ range: 255, mean: new Array(channels).fill(0) })
    if (!order) expect(found.sentences.join()).toContain('does not fit')
  })

  it('says that linear light is not followed', async () => {
    const found = await said({ metadata: { 'Image.BitmapPixelFormat': 'Rgb8', 'Image.ColorSpaceGamma': 'Linear' } })
    expect(found.sentences.join()).toContain('Image.ColorSpaceGamma is Linear: it is not followed')
  })
})

describe('Ultralytics', () => {
  const metadata = { author: 'Ultralytics', task: 'classify', imgsz: '[224, 224]', stride: '1', version: '8.3.40' }

  it('0 to 1, the short side cut to the centre, its names', async () => {
    const found = await said({ metadata: { ...metadata, names: "{0: 'red', 1: 'dog\\'s', 2: \"cat's\"}" } })
    expect(found).toMatchObject({
      preprocessing: { range: 1, mean: [0, 0, 0], std: [1, 1, 1], shortSide: 224, filter: 'bilinear', channels: 'rgb' },
      resize: 'crop',
      labels: { names: ['red', "dog's", "cat's"] },
    })
    expect(found.sentences.join()).not.toContain('OpenCV')
  })

  it('YOLOv5 takes ImageNet’s mean', async () => {
    const found = await said({ metadata: { names: "['a', 'b', 'c']", stride: '32' } })
    expect(found.preprocessing).toMatchObject({ mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] })
    expect(found.sentences.join()).toContain('as OpenCV does')
  })

  it('names of another count are said and not used', async () => {
    const found = await said({ metadata: { ...metadata, names: "{0: 'a', 1: 'b'}" } })
    expect(found.labels).toBeUndefined()
    expect(found.sentences).toHaveLength(2)
    expect(found.sentences.join()).toContain('it names 2 classes (a, b, …), and the network has 3: they are not used')
  })

  it.each(['detect', 'segment', 'pose', 'obb'])('refuses the task %s', task => {
    expect(() => refuseTask(new Map([...Object.entries(metadata), ['task', task]]))).toThrow(/no image classifier/)
  })
  it('takes the task classify, and another’s key of that name', () => {
    refuseTask(new Map(Object.entries(metadata)))
    refuseTask(new Map([['task', 'detect']]))
  })
})

describe('preprocessor_config.json', () => {
  const values = { image_mean: [0.5, 0.4, 0.3], image_std: [0.2, 0.2, 0.1], do_normalize: true }
  it.each<[string, object, object]>([
    [
      'ViT: squashed',
      { ...values, do_resize: true, size: { height: 224, width: 224 }, resample: 2, rescale_factor: 1 / 255 },
      {
        resize: 'squash',
        preprocessing: { range: 1, mean: values.image_mean, std: values.image_std, filter: 'bilinear' },
      },
    ],
    ['ViT of before: a single number', { ...values, size: 224, resample: 2 }, { resize: 'squash' }],
    [
      'CLIP: the short side, then the centre, bicubic',
      {
        ...values,
        do_center_crop: true,
        size: { shortest_edge: 256 },
        crop_size: { height: 224, width: 224 },
        resample: 3,
      },
      { resize: 'crop', preprocessing: { shortSide: 256, filter: 'bicubic' } },
    ],
    [
      'CLIP of before',
      { ...values, do_center_crop: true, size: 224, crop_size: 224, resample: 3 },
      { resize: 'crop', preprocessing: { shortSide: 224 } },
    ],
    [
      'ConvNeXt: crop_pct below 384',
      { ...values, size: { shortest_edge: 224 }, crop_pct: 0.875, resample: 3 },
      { resize: 'crop', preprocessing: { shortSide: 256 } },
    ],
    ['ConvNeXt from 384', { ...values, size: { shortest_edge: 384 }, crop_pct: 0.875 }, { resize: 'squash' }],
    [
      'no normalising',
      { do_normalize: false, image_mean: [1, 1, 1], size: 224 },
      { preprocessing: { mean: [0, 0, 0] } },
    ],
    ['no rescaling', { do_rescale: false, do_normalize: false, size: 224 }, { preprocessing: { range: 255 } }],
    ['blue first', { ...values, do_flip_channel_order: true, size: 224 }, { preprocessing: { channels: 'bgr' } }],
    ['lanczos', { ...values, size: 224, resample: 1 }, { preprocessing: { filter: 'lanczos' } }],
  ])('%s', async (_, settings, right) => {
    expect(await said({ files: { 'preprocessor_config.json': settings } })).toMatchObject(right)
  })

  it('EfficientNet: over 127.5, less 1, then normalised', async () => {
    const settings = { rescale_factor: 1 / 127.5, rescale_offset: true, ...values, size: 224 }
    const found = await said({ files: { 'preprocessor_config.json': settings } })
    for (const byte of [0, 100, 255])
      near(
        fed(found, byte),
        values.image_mean.map((mean, i) => (byte / 127.5 - 1 - mean) / (values.image_std[i] ?? 1)),
      )
  })

  it('squashes before it cuts: says that this is not followed', async () => {
    const settings = { ...values, do_center_crop: true, size: { height: 256, width: 256 }, crop_size: 224 }
    const found = await said({ files: { 'preprocessor_config.json': settings } })
    expect(found.sentences.join()).toContain('Pictures are squashed to 256 × 256 before the centre is cut')
  })

  it('of another size than the input: its own is taken, the short side in the same share', async () => {
    const settings = { ...values, do_center_crop: true, size: { shortest_edge: 448 }, crop_size: 384 }
    const found = await said({ files: { 'preprocessor_config.json': settings } })
    expect(found.preprocessing).toMatchObject({ shortSide: 261 })
    expect(found.preprocessing.size).toBeUndefined()
    expect(found.sentences.join()).toContain('The input is 224 × 224 pixels, not 384 × 384')
  })

  it.each(['no JSON', '[]', '{}', '{"image_mean": "none"}'])('%s says nothing', async text => {
    expect((await said({ files: { 'preprocessor_config.json': text } })).sentences).toEqual([])
  })
})

describe('config.json', () => {
  const timm = {
    input_size: [3, 224, 224],
    interpolation: 'bicubic',
    crop_pct: 0.95,
    mean: [0.5, 0.5, 0.5],
    std: [0.5, 0.5, 0.5],
  }
  const expected = {
    resize: 'crop',
    preprocessing: { range: 1, mean: timm.mean, std: timm.std, shortSide: 235, filter: 'bicubic' },
  }
  it('timm’s pretrained_cfg', async () => {
    const config = { architecture: 'resnet50', pretrained_cfg: timm, label_names: ['a', 'b', 'c'] }
    const found = await said({ files: { 'config.json': config } })
    expect(found).toMatchObject({ ...expected, labels: { names: ['a', 'b', 'c'] } })
  })
  it('timm’s of before', async () => {
    expect(await said({ files: { 'config.json': { architecture: 'resnet50', ...timm } } })).toMatchObject(expected)
  })
  it('crop_mode squash', async () => {
    const config = { pretrained_cfg: { ...timm, crop_mode: 'squash', crop_pct: 1 } }
    expect(await said({ files: { 'config.json': config } })).toMatchObject({ resize: 'squash' })
  })
  it('id2label, in any order; LABEL_0 says nothing', async () => {
    const found = await said({ files: { 'config.json': { id2label: { 2: 'c', 0: 'a', 1: 'b' } } } })
    expect(found.labels?.names).toEqual(['a', 'b', 'c'])
    const empty = { id2label: { 0: 'LABEL_0', 1: 'LABEL_1', 2: 'LABEL_2' } }
    expect((await said({ files: { 'config.json': empty } })).labels).toBeUndefined()
  })
})

describe('names', () => {
  it.each<[string, Overrides]>([
    ['ZipMap', { nodes: [ml('ZipMap', new Map([['classlabels_strings', strings('a', 'b', 'c')]]))] }],
    [
      'LabelEncoder',
      {
        nodes: [
          ml(
            'LabelEncoder',
            new Map<string, Node['attributes'] extends ReadonlyMap<string, infer A> ? A : never>([
              ['keys_int64s', ints(2, 0, 1)],
              ['values_strings', strings('c', 'a', 'b')],
            ]),
          ),
        ],
      },
    ],
    ['a list in the metadata', { metadata: { classes: '["a", "b", "c"]' } }],
    ['with commas', { metadata: { labels: 'a, b, c' } }],
    ['a line each', { metadata: { 'Class Names': 'a\nb\nc\n' } }],
    ['fastai’s vocab', { metadata: { vocab: "('a', 'b', 'c')" } }],
    ['labels.txt of Custom Vision', { files: { 'labels.txt': 'a\r\nb\r\nc\r\n' } }],
    ['classes.json', { files: { 'classes.json': ['a', 'b', 'c'] } }],
  ])('%s', async (_, told) => {
    expect((await said(told)).labels?.names).toEqual(['a', 'b', 'c'])
  })

  it('whole numbers of a ZipMap, and names in UTF-8', async () => {
    const numbers = await said({ nodes: [ml('ZipMap', new Map([['classlabels_int64s', ints(3, 5, 8)]]))] })
    expect(numbers.labels?.names).toEqual(['3', '5', '8'])
    const bytes = [...new TextEncoder().encode('größe')].map(byte => String.fromCharCode(byte)).join('')
    const umlauts = await said({ nodes: [ml('ZipMap', new Map([['classlabels_strings', strings(bytes, 'b', 'c')]]))] })
    expect(umlauts.labels?.names[0]).toBe('größe')
  })

  it('the network’s own go before the metadata’s, those before a file beside', async () => {
    const all: Overrides = {
      nodes: [ml('ZipMap', new Map([['classlabels_strings', strings('a', 'b', 'c')]]))],
      metadata: { labels: 'd, e, f' },
      files: { 'config.json': { id2label: { 0: 'g', 1: 'h', 2: 'i' } }, 'labels.txt': 'j\nk\nl' },
    }
    expect((await said(all)).labels?.names[0]).toBe('a')
    expect((await said({ ...all, nodes: [] })).labels?.names[0]).toBe('d')
    expect((await said({ files: all.files ?? {} })).labels?.names[0]).toBe('g')
    // One that does not fit is passed over.
    expect((await said({ ...all, nodes: [], metadata: { labels: 'd, e' } })).labels?.names[0]).toBe('g')
  })

  it.each<[string, string[] | undefined]>([
    ["{0: 'a, b', 1: \"it's\", 2: 'c'}", ['a, b', "it's", 'c']],
    ["{'0': 'a', '1': 'b'}", ['a', 'b']],
    ["{1: 'b', 0: 'a'}", ['a', 'b']],
    ["[u'a', 'b\\'s', 'd\\u00e9']", ['a', "b's", 'dé']],
    ['["a", "b",]', ['a', 'b']],
    ["{1: 'a', 2: 'b'}", undefined],
    ["{0: ['a', 'b']}", undefined],
    ["{0: 'a'", undefined],
    ['[]', undefined],
    ['a, b', undefined],
  ])('reads %s', (text, names) => {
    expect(readNames(text)).toEqual(names)
  })

  it('reads sizes', () => {
    expect(readSizes('[224, 320]')).toEqual([224, 320])
    expect(readSizes('224')).toEqual([224])
    expect(readSizes('[0]')).toEqual([])
    expect(readSizes('wide')).toEqual([])
  })
})

describe('a whole file', () => {
  const file = (metadata: Readonly<Record<string, string>>, dims: readonly (number | string)[] = [1, 3, 8, 8]) => {
    const g = new GraphBuilder(17, 'said')
    const f = g.node('Relu', [g.node('Conv', [g.input('image', []), g.weight([4, 3, 1, 1])])])
    const pooled = g.node('Flatten', [g.node('GlobalAveragePool', [f])])
    const made = g.output(g.node('Gemm', [pooled, g.weight([4, 3])])).build()
    const inputs = [{ name: 'image', type: 'float32' as const, dims }]
    return writeOnnx({ ...made, inputs, metadata: new Map(Object.entries(metadata)) })
  }

  it('leaves its size open: it is read in the size that it says, from inside or beside', async () => {
    const open = ['N', 3, 'H', 'W']
    const inside = await readOwn(file({ author: 'Ultralytics', task: 'classify', imgsz: '[32, 32]' }, open))
    expect(inside.facts.setup.preprocessing).toMatchObject({ size: [32, 32], shortSide: 32 })
    const settings = {
      do_center_crop: true,
      size: { shortest_edge: 48 },
      crop_size: 40,
      image_mean: [0, 0, 0],
      image_std: [1, 1, 1],
    }
    const beside = async (name: string) =>
      name === 'preprocessor_config.json' ? new TextEncoder().encode(JSON.stringify(settings)) : undefined
    const outside = await readOwn(file({}, open), {}, beside)
    expect(outside.analyzed.layout.input.shape).toEqual([1, 3, 40, 40])
    expect(outside.facts.setup.preprocessing).toMatchObject({ size: [40, 40], shortSide: 48 })
    const chosen = await readOwn(file({}, open), { size: [20, 20] }, beside)
    expect(chosen.facts.setup.preprocessing).toMatchObject({ size: [20, 20], shortSide: 24 })
  })

  it('of a detector is refused by what it says', async () => {
    await expect(readOwn(file({ author: 'Ultralytics', task: 'detect' }))).rejects.toThrow(/task is “detect”/)
  })
})
