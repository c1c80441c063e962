import { expect, test } from 'vitest'
import { correlation } from '../../src/attribution/correlation'
import { classOf } from '../../src/attribution/target'
import { HookscopeError } from '../../src/errors'
import type { RgbaPixels } from '../../src/image/types'
import { readAddress } from '../../src/ui/address'
import { samplePictures } from '../../src/ui/model/pictures'
import type { AskedChoice } from '../../src/ui/store/seeing'
import { DEFAULT_SETTINGS, readSettings } from '../../src/ui/store/settings'
import { createPageStore } from '../../src/ui/store/store'
import { Client } from '../../src/worker/client'
import { type Asked, explanation, gate, inProcess, networkView, sight } from '../support/workers'

/** Answers as a worker does; the second picture's answer is another class. */
function answer({ call, emit }: Asked) {
  switch (call.name) {
    case 'open':
      return networkView(call.params.model, 'wasm')
    case 'look':
      return call.params.picture.size > 1 ? sight(0, 3, 2, 1) : sight(0, 1, 2, 3)
    case 'explain':
      return { value: explanation(call.params), ms: 1 }
    case 'strip':
      for (const layer of ['layer1', 'conv'])
        emit(explanation({ method: 'gradcam', layer, target: call.params.target }))
      return null
    case 'features':
      return {
        value: { layer: call.params.layer, channels: 2, height: 1, width: 1, values: Float32Array.of(1, 2) },
        ms: 1,
      }
    case 'overlay':
      return new Blob(['png'])
    default:
      return null
  }
}

function setUp(
  respond: (asked: Asked) => ReturnType<typeof answer> | Promise<ReturnType<typeof answer>> = answer,
  choice: AskedChoice = {},
) {
  const workers = inProcess(respond)
  const kept = new Map<string, string>()
  const downloads: string[] = []
  const [first, ...more] = samplePictures('/samples/').map((picture, i) => ({
    ...picture,
    bytes: () => Promise.resolve(new Blob(['x'.repeat(i + 1)])),
  }))
  if (!first) throw new Error('no samples')
  const store = createPageStore({
    connect: events => new Client(events, workers.start),
    storage: {
      getItem: name => kept.get(name) ?? null,
      setItem: (name, value) => void kept.set(name, value),
      removeItem: name => void kept.delete(name),
    },
    output: {
      png: async (pixels: RgbaPixels) => new Blob([pixels.data]),
      download: (_, name) => void downloads.push(name),
      copy: async png => void (await png),
    },
    pictures: [first, ...more],
    model: 'resnet',
    engine: 'wasm',
    faults: [],
    choice,
    address: 'https://here.test/',
  })
  const count = (name: string) => workers.asked.filter(({ call }) => call.name === name).length
  return { store, page: store.getState, count, kept, downloads, workers, second: more[0] ?? first }
}

const shown = (page: ReturnType<typeof setUp>['page']) => {
  const explanation = page().map?.explanation
  if (!explanation) return []
  const { method, layer, target } = explanation
  return [method, (explanation.kind === 'gradient' && explanation.camLayer) || layer, classOf(target)]
}

test('a start shows the first picture’s most probable class, then the strip', async () => {
  const { page, workers } = setUp()
  await page().start()
  expect(page().scene?.plain.top.map(({ index }) => index)).toEqual([3, 2, 1, 0])
  expect(shown(page)).toEqual(['gradcam', 'layer2', 3])
  expect(Object.keys(page().strip).sort()).toEqual(['conv', 'layer1', 'layer2'])
  expect(workers.log()).toEqual(['0 open resnet wasm', '0 look', '0 explain', '0 strip'])
})

test('the latest class wins, whichever answer comes first', async () => {
  const slow = gate()
  const { page } = setUp(async asked => {
    if (asked.call.name === 'explain' && classOf(asked.call.params.target) === 1) await slow.passed
    return answer(asked)
  })
  await page().start()
  const first = page().chooseClass(1)
  await page().chooseClass(2)
  slow.open()
  await first
  expect(shown(page)).toEqual(['gradcam', 'layer2', 2])
  expect(page().choice?.target).toBe(2)
})

test('the map before stays until the new one is there', async () => {
  const slow = gate()
  const { page } = setUp(async asked => {
    if (asked.call.name === 'explain' && classOf(asked.call.params.target) === 1) await slow.passed
    return answer(asked)
  })
  await page().start()
  const next = page().chooseClass(1)
  expect(page().choice?.target).toBe(1)
  expect(page().mapWork.phase).toBe('running')
  expect(shown(page)).toEqual(['gradcam', 'layer2', 3])
  slow.open()
  await next
  expect(shown(page)).toEqual(['gradcam', 'layer2', 1])
})

test('going back runs nothing: not to a class, a method nor a layer of the strip', async () => {
  const { page, workers } = setUp()
  await page().start()
  await page().chooseClass(1)
  await page().chooseMethod('cam')
  const asked = workers.asked.length
  await page().chooseMethod('gradcam')
  await page().chooseLayer('layer1')
  await page().chooseLayer('layer2')
  await page().chooseClass(3)
  await page().chooseLayer('conv')
  expect(shown(page)).toEqual(['gradcam', 'conv', 3])
  expect(workers.asked.length).toBe(asked)
})

test('colour, opacity and threshold run nothing and are kept; what is kept comes back', async () => {
  const { page, workers, kept } = setUp()
  await page().start()
  const asked = workers.asked.length
  page().setView({ colormap: 'viridis', opacity: 0.25, threshold: 0.5, smooth: false })
  expect(workers.asked.length).toBe(asked)
  const { state } = JSON.parse(kept.get('hookscope') ?? '')
  expect(readSettings(state.settings).view).toEqual({
    colormap: 'viridis',
    opacity: 0.25,
    threshold: 0.5,
    smooth: false,
    blend: 'over',
  })
})

test('what is kept and not understood is replaced part by part', () => {
  expect(readSettings('nonsense')).toEqual(DEFAULT_SETTINGS)
  const { view, ...settings } = readSettings({
    theme: 'dark',
    engine: 'cuda',
    view: { colormap: 'pink', opacity: 7, threshold: 0.3 },
  })
  expect(settings).toMatchObject({ theme: 'dark', engine: DEFAULT_SETTINGS.engine })
  expect(view).toEqual({ ...DEFAULT_SETTINGS.view, threshold: 0.3 })
})

test('a picture that cannot be read leaves the one before, with a sentence', async () => {
  const { page, second } = setUp(asked => {
    if (asked.call.name === 'look' && asked.call.params.picture.size > 1)
      throw new HookscopeError('bad-picture', 'It is not a picture.')
    return answer(asked)
  })
  await page().start()
  const { scene, map } = page()
  await page().choosePicture(second)
  expect(page().problem).toMatchObject({ at: 'picture', message: 'It is not a picture.' })
  expect([page().scene, page().map, page().wanted]).toEqual([scene, map, scene?.wanted])
  await page().chooseClass(1)
  expect(shown(page)).toEqual(['gradcam', 'layer2', 1])
})

test('before there is any result, a bad picture gives way to the sample', async () => {
  const { page, second } = setUp(asked => {
    if (asked.call.name === 'look' && asked.call.params.picture.size > 1)
      throw new HookscopeError('bad-picture', 'It is not a picture.')
    return answer(asked)
  })
  void page().start()
  await page().choosePicture(second)
  expect(page().problem?.message).toBe('It is not a picture.')
  expect(page().scene?.wanted.picture.name).toBe('chelsea.png')
})

test('another picture is asked for its own most probable class, at the same layer', async () => {
  const { page, second } = setUp()
  await page().start()
  await page().chooseLayer('layer1')
  await page().choosePicture(second)
  expect(shown(page)).toEqual(['gradcam', 'layer1', 1])
})

test('a class that is chosen while a picture is being looked at is that picture’s', async () => {
  const slow = gate()
  const { page, second, count } = setUp(async asked => {
    if (asked.call.name === 'look' && asked.call.params.picture.size > 1) await slow.passed
    return answer(asked)
  })
  await page().start()
  const looks = page().choosePicture(second)
  await new Promise(resolve => setTimeout(resolve, 5))
  expect(page().seeing.phase).toBe('looking')
  await page().chooseClass(2)
  slow.open()
  await looks
  expect(shown(page)).toEqual(['gradcam', 'layer2', 2])
  expect(count('look')).toBe(2)
})

test('squash looks again and keeps the class; the network is not opened again', async () => {
  const { page, count } = setUp()
  await page().start()
  await page().chooseClass(1)
  await page().chooseResize('squash')
  expect(shown(page)).toEqual(['gradcam', 'layer2', 1])
  expect([count('open'), count('look')]).toEqual([1, 2])
  expect(page().settings.resize).toBe('squash')
})

test('CAM is read at its own layer; at another layer the map is a Grad-CAM', async () => {
  const { page } = setUp()
  await page().start()
  await page().chooseLayer('layer1')
  await page().chooseMethod('cam')
  expect(shown(page)).toEqual(['cam', 'layer2', 3])
  await page().chooseLayer('conv')
  expect(shown(page)).toEqual(['gradcam', 'conv', 3])
})

test('a network without a head for CAM is not asked for one', async () => {
  const { page } = setUp()
  await page().start()
  await page().chooseMethod('cam')
  await page().chooseNetwork('headless')
  expect(shown(page)).toEqual(['gradcam', 'layer2', 3])
  await page().chooseMethod('cam')
  expect(shown(page)).toEqual(['gradcam', 'layer2', 3])
})

test('a cancelled network leaves the one before at work', async () => {
  const { page } = setUp(async asked => {
    if (asked.call.name === 'open' && asked.call.params.model === 'large') await new Promise(() => {})
    return answer(asked)
  })
  await page().start()
  void page().chooseNetwork('large')
  await new Promise(resolve => setTimeout(resolve, 5))
  expect(page().wanted.model).toBe('large')
  page().cancel()
  expect([page().wanted.model, page().seeing.phase, page().problem]).toEqual(['resnet', 'idle', null])
  await page().chooseClass(1)
  expect(shown(page)).toEqual(['gradcam', 'layer2', 1])
})

test('the first network cancelled: a sentence, and it can be tried again', async () => {
  let patience = false
  const { page } = setUp(async asked => {
    if (asked.call.name === 'open' && !patience) await new Promise(() => {})
    return answer(asked)
  })
  void page().start()
  await new Promise(resolve => setTimeout(resolve, 5))
  page().cancel()
  expect(page().problem?.at).toBe('network')
  patience = true
  await page().retry()
  expect(shown(page)).toEqual(['gradcam', 'layer2', 3])
})

test('feature maps come only while their grid is open, once a layer', async () => {
  const { page, count } = setUp()
  await page().start()
  expect(count('features')).toBe(0)
  await page().showPanel('features')
  await page().chooseClass(1)
  expect([count('features'), page().features?.maps.layer]).toEqual([1, 'layer2'])
  await page().chooseLayer('layer1')
  expect([count('features'), page().features?.maps.layer]).toEqual([2, 'layer1'])
})

test('a channel gives way to the next map that is asked for', async () => {
  const { page } = setUp()
  await page().start()
  await page().showPanel('features')
  page().chooseChannel(1)
  await page().chooseClass(1)
  expect(page().channel).toBeNull()
})

test('what is saved is named after what is on screen', async () => {
  const { page, downloads } = setUp()
  await page().start()
  for (const kind of ['overlay', 'heatmap', 'features', 'json'] as const) await page().save(kind)
  expect(downloads).toEqual([
    'chelsea.resnet.layer2.gradcam.3-cup.png',
    'chelsea.resnet.layer2.gradcam.3-cup.heatmap.png',
    'chelsea.resnet.layer2.features.png',
    'chelsea.resnet.layer2.gradcam.3-cup.json',
  ])
})

test('a gradient at the input keeps the layer that was chosen; a layer ends it, unless the method reads one', async () => {
  const { page } = setUp()
  await page().start()
  await page().chooseLayer('layer1')
  await page().chooseMethod('guided')
  expect(shown(page)).toEqual(['guided', 'input', 3])
  await page().chooseMethod('guided-gradcam')
  // Guided Grad-CAM starts from the default layer: an early one has a Grad-CAM that says little.
  expect(shown(page)).toEqual(['guided-gradcam', 'layer2', 3])
  await page().chooseLayer('conv')
  expect(shown(page)).toEqual(['guided-gradcam', 'conv', 3])
  await page().chooseMethod('saliency')
  await page().chooseLayer('layer2')
  expect(shown(page)).toEqual(['gradcam', 'layer2', 3])
})

test('a map of the picture keeps the layer that was chosen, also where the next map is stopped', async () => {
  const { page } = setUp()
  await page().start()
  await page().chooseLayer('layer1')
  await page().chooseMethod('occlusion')
  expect(shown(page)).toEqual(['occlusion', 'input', 3])
  const next = page().chooseMethod('rise')
  page().stopMap()
  await next
  expect(page().choice).toEqual({ method: 'occlusion', layer: 'layer1', target: 3 })
  await page().chooseMethod('gradcam')
  expect(shown(page)).toEqual(['gradcam', 'layer1', 3])
})

test('a network whose input no gradient reaches is not asked for one', async () => {
  const { page } = setUp()
  await page().chooseNetwork('headless')
  await page().chooseMethod('saliency')
  expect(shown(page)).toEqual(['gradcam', 'layer2', 3])
})

test('two classes side by side: correlations by method, and they follow what is chosen', async () => {
  const { page } = setUp()
  await page().start()
  await page().chooseMethod('guided')
  await page().compare(2)
  const { comparison } = page()
  expect(comparison?.pair.map(({ method, target }) => [method, classOf(target)])).toEqual([
    ['guided', 3],
    ['guided', 2],
  ])
  expect(comparison?.correlations.map(({ method }) => method)).toEqual(['guided', 'saliency', 'gradcam'])
  const values = (target: number) => Float32Array.of(target, 1, 2, 1, ...new Float32Array(8))
  expect(comparison?.correlations[0]?.value).toBe(correlation(values(3), values(2)))

  await page().chooseClass(2)
  expect(page().comparison?.pair.map(({ target }) => classOf(target))).toEqual([2, 3])
  await page().chooseMethod('saliency')
  expect(page().comparison?.correlations.map(({ method }) => method)).toEqual(['saliency', 'gradcam'])
  await page().chooseMethod('gradcam')
  expect([page().comparison, page().against]).toEqual([null, null])
})

test('the latest comparison wins, and one that fails says so', async () => {
  const slow = gate()
  const { page } = setUp(async asked => {
    if (asked.call.name === 'explain' && classOf(asked.call.params.target) === 1) await slow.passed
    if (asked.call.name === 'explain' && classOf(asked.call.params.target) === 0)
      throw new HookscopeError('no-gradient', 'None.')
    return answer(asked)
  })
  await page().start()
  await page().chooseMethod('guided')
  const first = page().compare(1)
  await page().compare(2)
  slow.open()
  await first
  expect(page().comparison?.pair[1].target).toEqual({ class: 2 })
  await page().compare(0)
  expect(page().compareWork).toEqual({ phase: 'failed', message: 'None.' })
})

test('another picture ends the comparison and keeps the method', async () => {
  const { page, second } = setUp()
  await page().start()
  await page().chooseMethod('guided')
  await page().compare(2)
  await page().choosePicture(second)
  expect(shown(page)).toEqual(['guided', 'input', 1])
  expect([page().comparison, page().against]).toEqual([null, null])
})

test('what is saved of a gradient is named after its method and drawing; its features are the layer’s', async () => {
  const { page, downloads, workers } = setUp()
  await page().start()
  await page().chooseMethod('guided')
  page().setGradientView({ opacity: 0.8 })
  await page().save('overlay')
  await page().save('heatmap')
  page().setGradientView({ drawing: 'signed' })
  for (const kind of ['heatmap', 'features', 'json'] as const) await page().save(kind)
  expect(downloads).toEqual([
    'chelsea.resnet.input.guided.3-cup.png',
    'chelsea.resnet.input.guided.3-cup.heatmap.png',
    'chelsea.resnet.input.guided.3-cup.signed.png',
    'chelsea.resnet.layer2.features.png',
    'chelsea.resnet.input.guided.3-cup.json',
  ])
  const overlay = workers.asked.find(({ call }) => call.name === 'overlay')?.call
  expect(overlay?.params).toMatchObject({ top: { opacity: 0.8, pixels: { width: 2, height: 2 } } })
})

test('what the address asks for and is not there is said, and nothing of a link is kept', async () => {
  const { choice, faults, engine } = readAddress('?engine=gpu&method=magic&layer=nowhere&class=99', [])
  expect([engine, faults.length]).toEqual([undefined, 2])
  expect(faults[0]).toMatch(/^There is no engine “gpu”. Choose one of auto, webgpu, wasm\.$/)
  expect(faults[1]).toMatch(/^There is no method “magic”\. Choose one of cam, gradcam, /)
  expect(readAddress('?class=cat', []).faults).toEqual(['A class is asked for by its number, and “cat” is none.'])
  const { page } = setUp(answer, choice)
  await page().start()
  expect(page().faults).toEqual([
    'resnet has no class 99: its classes are 0 to 3.',
    'resnet has no layer “nowhere”. What is shown is layer2.',
  ])
  page().dismissFaults()
  expect(page().faults).toEqual([])
  // The address asked for WASM; the settings stay as they were until somebody chooses.
  expect([page().scene?.wanted.engine, page().settings.engine]).toEqual(['wasm', 'auto'])
  await page().chooseEngine('webgpu')
  expect(page().settings.engine).toBe('webgpu')
})

test('the address chooses what is seen first, as far as the network has it', async () => {
  const first = async (query: string) => {
    const { choice } = readAddress(query, [])
    const { page } = setUp(answer, choice)
    await page().start()
    return shown(page)
  }
  expect(await first('?method=guided&class=1')).toEqual(['guided', 'input', 1])
  expect(await first('?method=guided-gradcam&layer=conv')).toEqual(['guided-gradcam', 'conv', 3])
  expect(await first('?method=cam&layer=conv&class=0')).toEqual(['cam', 'layer2', 0])
  expect(await first('?method=magic&layer=nowhere&class=99')).toEqual(['gradcam', 'layer2', 3])
})
