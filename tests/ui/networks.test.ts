import { describe, expect, it, test } from 'vitest'
import type { FileFacts, Setup } from '../../src/catalog/own'
import { HookscopeError } from '../../src/errors'
import { PRESETS } from '../../src/preprocessing/presets'
import { ownPicture, samplePictures } from '../../src/ui/model/pictures'
import { readMemory, recall, remember } from '../../src/ui/model/setups'
import { createPageStore } from '../../src/ui/store/store'
import { Client } from '../../src/worker/client'
import { downloadBase } from '../../src/worker/mirror'
import { type Asked, explanation, inProcess, networkView, sight, untilAborted } from '../support/workers'

const PAGE = 'https://here.test/scope/'

const setup: Setup = {
  output: null,
  activation: null,
  preprocessing: { ...PRESETS.torchvision.values, size: [32, 32], shortSide: 37, layout: 'nchw' },
  resize: 'crop',
  labels: 'numbers',
}
const facts: FileFacts & { sha256: string } = {
  opset: 17,
  producer: 'pytorch',
  input: { name: 'image', type: 'float32', dims: [1, 3, 32, 32] },
  channels: 3,
  batch: 1,
  pictures: ['image'],
  further: [],
  outputs: [{ output: 'logits', count: 4 }],
  answer: { because: 'it comes first', aside: [], activation: 'softmax', knownFrom: 'habit', isSingle: false },
  output: 'logits',
  classes: 4,
  openSize: false,
  said: { preprocessing: {}, sentences: [] },
  guess: {
    preset: 'torchvision',
    values: PRESETS.torchvision.values,
    because: 'It comes from PyTorch.',
    expected: null,
  },
  notes: [],
  setup,
  sha256: 'aa',
}
const onnx = (name: string) => new File(['an onnx file'], name)

function answer({ call, signal }: Asked) {
  switch (call.name) {
    case 'open':
      return networkView(call.params.model, 'wasm')
    case 'look':
      return sight(0, 1, 2, 3)
    case 'explain':
      return { value: explanation({ method: 'gradcam', layer: call.params.layer, target: call.params.target }), ms: 1 }
    case 'inspect': {
      if (call.params.file.size === 0) throw new HookscopeError('bad-model', 'The model file is empty.')
      const { size = [32, 32] as const } = call.params
      return { ...facts, setup: { ...setup, preprocessing: { ...setup.preprocessing, size } } }
    }
    case 'preview':
      return {
        pixels: { width: 1, height: 1, channels: 4 as const, data: new Uint8ClampedArray(4) },
        low: 0,
        mean: 0,
        high: 1,
      }
    case 'storage':
      return { kept: { googlenet: 1000 }, quota: 1e9, lasts: true }
    case 'fetch':
      return call.params.model === 'googlenet' ? untilAborted(signal) : null
    default:
      return null
  }
}

function page(respond: (asked: Asked) => ReturnType<typeof answer> = answer, kept = new Map<string, string>()) {
  const workers = inProcess(respond)
  const [first, ...more] = samplePictures('/samples/').map(picture => ({
    ...picture,
    bytes: () => Promise.resolve(new Blob(['a picture'])),
  }))
  if (!first) throw new Error('no samples')
  const store = createPageStore({
    connect: events => new Client(events, workers.start),
    storage: {
      getItem: name => kept.get(name) ?? null,
      setItem: (name, value) => void kept.set(name, value),
      removeItem: name => void kept.delete(name),
    },
    output: { png: async () => new Blob(), download: () => {}, copy: async () => {} },
    pictures: [first, ...more],
    model: 'resnet18',
    engine: 'wasm',
    faults: [],
    choice: {},
    address: PAGE,
  })
  const called = (name: string) => workers.asked.filter(({ call }) => call.name === name).map(({ call }) => call.params)
  return { page: store.getState, called, kept }
}

describe('a file of one’s own', () => {
  it('is set up on a sheet, then opened with what was chosen there', async () => {
    const { page: state, called } = page()
    await state().takeFiles([onnx('pets.onnx')])
    expect(state().sheet).toMatchObject({ facts: { classes: 4 }, setup, preview: { high: 1 }, problem: null })
    await state().changeSetup({ resize: 'squash' })
    await state().confirmSetup()
    expect(state().sheet).toBeNull()
    expect(state().scene?.wanted).toMatchObject({ model: 'pets', resize: 'squash' })
    expect(called('open')).toEqual([
      expect.objectContaining({ own: expect.objectContaining({ setup: { ...setup, resize: 'squash' } }) }),
    ])
  })

  it('comes back as it was set up, by its contents', async () => {
    const { page: state, kept } = page()
    await state().takeFiles([onnx('pets.onnx')])
    await state().changeSetup({ labels: { name: 'four.txt', names: ['a', 'b', 'c', 'd'] } })
    await state().confirmSetup()
    const later = page(answer, kept)
    await later.page().takeFiles([onnx('another name.onnx')])
    expect(later.page().sheet?.setup?.labels).toEqual({ name: 'four.txt', names: ['a', 'b', 'c', 'd'] })
  })

  it('that no longer reads as it was set up is read as it is', async () => {
    const { page: state, kept } = page()
    await state().takeFiles([onnx('pets.onnx')])
    await state().changeSetup({ output: 'an output of before' })
    await state().confirmSetup()
    const stricter = (asked: Asked) => {
      const { call } = asked
      if (call.name === 'inspect' && call.params.output)
        throw new HookscopeError('bad-argument', 'It has no such output.')
      return answer(asked)
    }
    const later = page(stricter, kept)
    await later.page().takeFiles([onnx('pets.onnx')])
    expect(later.page().sheet).toMatchObject({ facts: { classes: 4 }, setup: { output: null }, problem: null })
  })

  it('is called by a name that turns no text around', async () => {
    const { page: state } = page()
    await state().takeFiles([onnx('gnp\u202epets.onnx')])
    await state().confirmSetup()
    expect(state().own.map(({ id }) => id)).toEqual(['gnp\\u202epets'])
    expect((await ownPicture(new File([], 'gnp\u202e.\u0007jpg'))).name).toBe('gnp\\u202e.\\u0007jpg')
  })

  it('that is set up anew takes the place of what it was', async () => {
    const { page: state } = page()
    await state().takeFiles([onnx('pets.onnx')])
    await state().confirmSetup()
    await state().setUp('pets')
    await state().changeSetup({ resize: 'squash' })
    await state().confirmSetup()
    expect(state().own.map(({ id }) => id)).toEqual(['pets-2'])
    expect(state().scene?.network.id).toBe('pets-2')
  })

  it('never takes a name of the catalog', async () => {
    const { page: state } = page()
    await state().takeFiles([onnx('resnet18.onnx')])
    await state().confirmSetup()
    expect(state().own.map(({ id }) => id)).toEqual(['resnet18-2'])
  })

  it('is read again for another size or output, and for nothing else', async () => {
    const { page: state, called } = page()
    await state().takeFiles([onnx('pets.onnx')])
    await state().changeSetup({ preprocessing: { ...setup.preprocessing, ...PRESETS.unit.values } })
    expect(called('inspect')).toHaveLength(1)
    await state().changeSetup({ preprocessing: { ...setup.preprocessing, size: [64, 48] } })
    await state().changeSetup({ output: 'logits' })
    expect(called('inspect').slice(1)).toEqual([
      expect.objectContaining({ size: [64, 48] }),
      expect.objectContaining({ output: 'logits' }),
    ])
  })

  it('that is broken is said on the sheet; what was on screen stays', async () => {
    const { page: state } = page()
    await state().start()
    const { scene } = state()
    await state().takeFiles([new File([], 'empty.onnx')])
    expect(state().sheet).toMatchObject({ facts: null, problem: 'The model file is empty.' })
    await state().confirmSetup()
    state().closeSheet()
    expect([state().sheet, state().scene]).toEqual([null, scene])
  })

  it('comes with its weights beside it, and with pictures', async () => {
    const { page: state, called } = page()
    const weights = new File(['weights'], 'pets.onnx.data')
    const picture = new File(['a picture'], 'cat.png', { type: 'image/png' })
    await state().takeFiles([picture, onnx('pets.onnx'), weights])
    expect(called('inspect')).toEqual([expect.objectContaining({ beside: [weights] })])
    expect(state().scene?.wanted.picture.name).toBe('cat.png')
  })
})

describe('downloads', () => {
  it('are listed, run with progress, and stopped', async () => {
    const { page: state, called } = page()
    await state().showDownloads(true)
    expect(state().downloads).toMatchObject({ open: true, kept: { googlenet: 1000 }, quota: 1e9, problem: null })
    const downloading = state().download('googlenet')
    expect(state().downloads.states.googlenet).toEqual({ phase: 'running', loaded: 1000 })
    await new Promise(resolve => setTimeout(resolve))
    state().stopDownload('googlenet')
    await downloading
    expect(state().downloads.states).toEqual({})
    await state().removeDownload('googlenet')
    expect(called('remove')).toEqual([{ model: 'googlenet' }])
  })

  it('that fail say so where they stand', async () => {
    const { page: state } = page(asked => {
      if (asked.call.name === 'fetch') throw new HookscopeError('model-unavailable', 'The server answered 404.')
      return answer(asked)
    })
    await state().download('squeezenet1.1')
    expect(state().downloads.states['squeezenet1.1']).toEqual({ phase: 'failed', message: 'The server answered 404.' })
  })

  it('come from the mirror that was set, at the next visit too', async () => {
    const { page: state, called, kept } = page()
    await state().download('squeezenet1.1')
    state().setMirror('/mirror')
    await state().download('squeezenet1.1')
    state().setMirror('https://elsewhere.test')
    expect(state().downloads.mirrorProblem).toMatch(/^This page may ask here\.test and huggingface\.co, .* alone/)
    await state().download('squeezenet1.1')
    const bases = called('fetch').map(params => ('base' in params ? params.base : ''))
    expect(bases).toEqual(['https://huggingface.co/', 'https://here.test/mirror/', 'https://here.test/mirror/'])
    const later = page(answer, kept)
    await later.page().download('squeezenet1.1')
    expect(later.called('fetch')).toEqual([{ model: 'squeezenet1.1', base: 'https://here.test/mirror/' }])
  })
})

test.each([
  ['', 'https://huggingface.co/'],
  ['/models', 'https://here.test/models/'],
  ['models/', 'https://here.test/scope/models/'],
  ['https://huggingface.co', 'https://huggingface.co/'],
])('the mirror “%s” is %s', (mirror, base) => expect(downloadBase(mirror, PAGE)).toBe(base))

test.each(['ftp://here.test', 'javascript:alert(1)', 'https://'])('“%s” is no mirror', mirror => {
  expect(() => downloadBase(mirror, PAGE)).toThrow(HookscopeError)
})

test('what is remembered: the latest fifty, and nothing that is not understood', () => {
  let memory = readMemory('not json')
  expect(memory).toEqual({ mirror: '', setups: [] })
  for (let n = 0; n < 60; n++) memory = remember(memory, `file ${n}`, setup)
  memory = readMemory(JSON.stringify(memory))
  expect(memory.setups).toHaveLength(50)
  expect([recall(memory, 'file 9'), recall(memory, 'file 59')]).toEqual([undefined, setup])
  for (const wrong of [
    { size: [1e9, 1e9] },
    { size: [Number.NaN, 8] },
    { mean: ['0', 0, 0] },
    { std: [0, 1, 1] },
    { channels: 'rgb<b>' },
    { range: 7 },
  ])
    expect(
      readMemory(JSON.stringify({ setups: [['a', { ...setup, preprocessing: { ...setup.preprocessing, ...wrong } }]] }))
        .setups,
    ).toEqual([])
  // JSON knows no infinity but 1e999.
  expect(
    readMemory(JSON.stringify({ setups: [['a', { ...setup, inputs: { p: [7] } }]] }).replace('[7]', '[1e999]')).setups,
  ).toEqual([])
  expect(readMemory('{"mirror": 5, "setups": [["a", {"resize": "stretch"}]]}')).toEqual({ mirror: '', setups: [] })
})
