import { expect, test } from 'vitest'
import { HookscopeError } from '../../src/errors'
import { shownAnswer } from '../../src/ui/model/answer'
import { samplePictures } from '../../src/ui/model/pictures'
import { createPageStore } from '../../src/ui/store/store'
import { Client } from '../../src/worker/client'
import type { Intervention } from '../../src/worker/protocol'
import { type Asked, explanation, gate, inProcess, intervened, networkView, sight } from '../support/workers'

/** Each change in force adds 1 to the logit of class 1; code that says "fail" fails. */
function answer({ call, emit }: Asked) {
  switch (call.name) {
    case 'open':
      return networkView(call.params.model, 'wasm')
    case 'look':
      return sight(0, 1, 2, 3)
    case 'intervene': {
      const { interventions } = call.params
      if (interventions.some(({ change }) => change.kind === 'hook' && change.code === 'fail'))
        throw new HookscopeError('hook-failed', 'The hook failed.')
      return intervened([0, 1 + interventions.length, 2, 3])
    }
    case 'explain':
      return { value: explanation(call.params), ms: 1 }
    case 'strip':
      emit(explanation({ method: 'gradcam', layer: 'layer1', target: call.params.target }))
      return null
    case 'features': {
      const { layer } = call.params
      return { value: { layer, channels: 2, height: 1, width: 1, values: Float32Array.of(1, 2) }, ms: 1 }
    }
    default:
      return null
  }
}

async function setUp(
  respond: (asked: Asked) => ReturnType<typeof answer> | Promise<ReturnType<typeof answer>> = answer,
) {
  const workers = inProcess(respond)
  const [first, second] = samplePictures('/samples/').map(picture => ({
    ...picture,
    bytes: () => Promise.resolve(new Blob([picture.name])),
  }))
  if (!first || !second) throw new Error('no samples')
  const downloads: { name: string; text: Promise<string> }[] = []
  const store = createPageStore({
    connect: events => new Client(events, workers.start),
    storage: { getItem: () => null, setItem: () => {}, removeItem: () => {} },
    output: {
      png: async pixels => new Blob([pixels.data]),
      download: (file, name) => void downloads.push({ name, text: file.text() }),
      copy: async () => {},
    },
    pictures: [first, second],
    model: 'resnet',
    engine: 'wasm',
    faults: [],
    choice: {},
    address: 'https://here.test/',
  })
  const page = store.getState
  await page().start()
  await page().showPanel('features')
  const asked = (name: string) => workers.asked.filter(({ call }) => call.name === name)
  return { page, asked, second, downloads }
}

type Page = Awaited<ReturnType<typeof setUp>>['page']
const logits = (page: Page) => {
  const { scene } = page()
  return scene ? [...shownAnswer(scene).logits] : []
}
const inForce = (page: Page): readonly Intervention[] => page().scene?.at.interventions ?? []

test('a channel goes off and on in one step; what the network said before stands beside what it says now', async () => {
  const { page, asked } = await setUp()
  const before = page().scene?.plain.probabilities
  await page().switchChannel(1)
  expect(inForce(page)).toEqual([{ path: 'layer2', change: { kind: 'off', channels: [1] } }])
  expect(logits(page)).toEqual([0, 2, 2, 3])
  expect(page().scene?.plain.probabilities).toEqual(before)
  expect(page().scene?.sight.probabilities).toEqual(before)
  expect(page().map?.scene).toBe(page().scene)
  expect(page().features?.scene).toBe(page().scene)
  await page().switchChannel(1)
  expect([inForce(page), page().interventions, page().scene?.changed]).toEqual([[], [], null])
  expect(logits(page)).toEqual([0, 1, 2, 3])
  expect(asked('look')).toHaveLength(1)
})

test('the channel that is shown large stays, and so does the class', async () => {
  const { page } = await setUp()
  await page().chooseClass(2)
  page().chooseChannel(1)
  await page().switchChannel(1)
  expect([page().channel, page().choice?.target]).toEqual([1, 2])
})

test('edits of a change in force act at once, of code when it is run; a new one is a new one', async () => {
  const { page } = await setUp()
  await page().edit({ kind: 'scale', factor: 2 })
  expect(inForce(page)).toEqual([])
  await page().apply()
  await page().edit({ factor: 3 })
  expect(inForce(page)).toEqual([{ path: 'layer2', change: { kind: 'scale', factor: 3 } }])
  await page().edit({ channels: '9' })
  expect(inForce(page)).toEqual([{ path: 'layer2', change: { kind: 'scale', factor: 3 } }])
  await page().edit({ id: null, path: 'conv', kind: 'hook', code: 'x => x' })
  await page().apply()
  await page().edit({ code: 'x => 2' })
  expect(inForce(page).map(({ path, change }) => [path, change.kind])).toEqual([
    ['layer2', 'scale'],
    ['conv', 'hook'],
  ])
  expect(inForce(page)[1]?.change).toEqual({ kind: 'hook', code: 'x => x' })
})

test('a change that cannot be made leaves all as it was, and its code in the form', async () => {
  const { page } = await setUp()
  await page().switchChannel(0)
  const { scene, interventions } = page()
  await page().edit({ id: null, kind: 'hook', code: 'fail' })
  await page().apply()
  expect(page().interveneWork).toEqual({ phase: 'failed', message: 'The hook failed.' })
  expect([page().scene, page().interventions]).toEqual([scene, interventions])
  expect([page().draft.code, page().draft.id]).toEqual(['fail', null])
  expect(page().mapWork.phase).toBe('idle')
})

test('the latest change wins; one that is stopped is none', async () => {
  const slow = gate()
  const { page } = await setUp(async asked => {
    if (asked.call.name === 'intervene' && asked.call.params.interventions.length === 1) await slow.passed
    return answer(asked)
  })
  const first = page().switchChannel(0)
  const [off] = page().interventions
  if (!off) throw new Error('not listed')
  const second = page().intervene([off, { ...off, id: 99, path: 'conv' }])
  slow.open()
  await Promise.all([first, second])
  expect(logits(page)).toEqual([0, 3, 2, 3])
  const third = page().intervene([])
  await page().stopIntervening()
  await third
  expect([page().interventions.length, inForce(page).length]).toEqual([2, 2])
})

test('another picture is seen with the changes, another network without', async () => {
  const { page, second } = await setUp()
  await page().switchChannel(0)
  await page().choosePicture(second)
  expect([page().scene?.wanted.picture.id, logits(page)]).toEqual([second.id, [0, 2, 2, 3]])
  await page().chooseNetwork('other')
  expect([page().interventions, inForce(page), logits(page)]).toEqual([[], [], [0, 1, 2, 3]])
})

test('a hook that fails for the next picture is switched off, and the picture seen', async () => {
  let code = 'x => x'
  const { page, second } = await setUp(asked => {
    if (asked.call.name === 'intervene' && asked.call.params.interventions.length > 0 && code === 'fail')
      throw new HookscopeError('hook-failed', 'The hook failed.')
    return answer(asked)
  })
  await page().edit({ kind: 'hook', code })
  await page().apply()
  code = 'fail'
  await page().choosePicture(second)
  expect([page().scene?.wanted.picture.id, page().scene?.changed]).toEqual([second.id, null])
  expect(page().interventions.map(({ on }) => on)).toEqual([false])
  expect(page().interveneWork).toEqual({ phase: 'failed', message: 'The hook failed. All changes are switched off.' })
})

test('what is saved says that the network was changed', async () => {
  const { page, downloads } = await setUp()
  await page().switchChannel(1)
  await page().save('json')
  const [saved] = downloads
  expect(saved?.name).toBe('chelsea.resnet-changed.layer2.gradcam.3-cup.json')
  expect(JSON.parse((await saved?.text) ?? '').interventions).toEqual(inForce(page))
})
