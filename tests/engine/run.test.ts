import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readNetwork } from '../../src/analysis/analyze'
import { explainStages } from '../../src/engine/explain'
import { Network } from '../../src/engine/network'
import type { Run } from '../../src/engine/run'
import type { Compiled, Runtime } from '../../src/engine/runtime'
import { fromPixels, toInput } from '../../src/image/transform'
import { runtime } from '../support/engine'
import { mapOf } from '../support/explain'
import { goldenPixels, modelBytes, PREPROCESSING } from '../support/golden'

/** The real engine, with a record of which of the model's outputs each run fetched and how many sessions were made. */
function recorded(): { runtime: Runtime; fetched: string[][]; sessions: { made: number; released: number } } {
  const fetched: string[][] = []
  const sessions = { made: 0, released: 0 }
  const compile: Runtime['compile'] = async (model, weights): Promise<Compiled> => {
    const compiled = await runtime.compile(model, weights)
    sessions.made++
    return {
      run: (feeds, fetches) => {
        fetched.push([...fetches])
        return compiled.run(feeds, fetches)
      },
      release: () => {
        sessions.released++
        return compiled.release()
      },
    }
  }
  return { runtime: { ...runtime, compile }, fetched, sessions }
}

describe('a run of resnet18', () => {
  const record = recorded()
  let network: Network
  let run: Run

  beforeAll(async () => {
    network = await Network.create(readNetwork(modelBytes('resnet18')), record.runtime)
    const preprocessing = PREPROCESSING.resnet18
    if (!preprocessing) throw new Error('no preprocessing')
    const { input } = await toInput(fromPixels(await goldenPixels('chelsea.png')), preprocessing, 'crop')
    run = await network.forward(input)
  }, 60_000)
  afterAll(() => network.dispose())

  const runsOf = async (work: () => Promise<unknown>): Promise<string[][]> => {
    const before = record.fetched.length
    await work()
    return record.fetched.slice(before)
  }

  it('fetches logits from the forward program only', () => {
    expect(record.fetched).toHaveLength(1)
    expect(record.fetched[0]).toContain('fetch→0→logits')
  })

  it('runs one segment for the default layer, and nothing for what is there already', async () => {
    const first = await runsOf(() => mapOf(run, 'gradcam', 'layer4', 3))
    expect(first).toHaveLength(1)
    expect(first.flat()).toEqual([expect.stringContaining('grad→/layer4/layer4.1/relu_1/Relu_output_0')])
    expect(await runsOf(() => mapOf(run, 'gradcam', 'layer4', 3))).toEqual([])
  })

  it('goes on from the main map towards the input for the strip, a segment a stage', async () => {
    const maps: string[] = []
    const runs = await runsOf(() =>
      explainStages(run, { class: 3 }, { channels: 'rgb' }, ({ layer }) => maps.push(layer)),
    )
    expect(maps).toEqual(['layer4', 'layer3', 'layer2', 'layer1', 'maxpool', 'relu', 'conv1'])
    expect(runs).toHaveLength(maps.length - 1)
    expect(runs.flat().filter(name => name.includes('logits'))).toEqual([])
  })

  it('works an unsaved activation out from its neighbours, in a small session of its own', async () => {
    const made = record.sessions.made
    const runs = await runsOf(() => run.features('layer3.0.downsample.0'))
    expect(runs).toHaveLength(1)
    expect(record.sessions.made).toBe(made + 1)
    expect(await runsOf(() => run.features('layer3.0.downsample.0'))).toEqual([])
  })

  it('keeps at most eight such sessions', async () => {
    const inner = network.layout.hookPoints.filter(point => point.op === 'Conv').map(point => point.path)
    for (const path of inner) await run.features(path)
    expect(record.sessions.made - record.sessions.released).toBeLessThanOrEqual(1 + 8)
  }, 30_000)

  it('gives the same Grad-CAM at an inner layer as through the whole strip', async () => {
    const direct = await mapOf(run, 'gradcam', 'layer2.1.conv1', 7)
    await explainStages(run, { class: 7 }, { channels: 'rgb' }, () => undefined)
    const after = await mapOf(run, 'gradcam', 'layer2.1.conv1', 7)
    expect(after.map.values).toEqual(direct.map.values)
    expect(Math.max(...direct.map.values)).toBeGreaterThan(0)
  })

  it('Grad-CAM at layer4 scaled to 0..1 equals ReLU(CAM) scaled: the pooled gradient is the class weight over H·W', async () => {
    for (const target of [0, 25, 60]) {
      const cam = await mapOf(run, 'cam', 'layer4', target)
      const gradcam = await mapOf(run, 'gradcam', 'layer4', target)
      const positive = cam.map.values.map(value => Math.max(value, 0))
      const [high, highCam] = [Math.max(...gradcam.map.values), Math.max(...positive)]
      expect(high).toBeGreaterThan(0)
      gradcam.map.values.forEach((value, i) => {
        expect(value / high).toBeCloseTo((positive[i] ?? Number.NaN) / highCam, 5)
      })
    }
  })

  it('stops between two programs when nobody waits any more', async () => {
    const signal = { aborted: false }
    const maps: string[] = []
    const stopped = explainStages(run, { class: 11 }, { channels: 'rgb', signal }, ({ layer }) => {
      maps.push(layer)
      signal.aborted = true
    })
    await expect(stopped).rejects.toMatchObject({ code: 'cancelled' })
    expect(maps).toEqual(['layer4'])
    expect((await mapOf(run, 'gradcam', 'layer3', 11)).layer).toBe('layer3')
  })

  it.each([
    ['gradcam', 'layer9', 0, 'unknown-layer', /no layer "layer9".*layer4/],
    ['gradcam', 'fc', 0, 'no-spatial-extent', /fc has no height and width/],
    ['gradcam', 'avgpool', 0, 'no-spatial-extent', /avgpool has no height and width/],
    ['cam', 'layer2', 0, 'no-cam-head', /CAM is read at layer4 alone/],
    ['gradcam', 'layer4', 101, 'unknown-class', /no class 101.*0 to 100/],
    ['gradcam', 'layer4', -1, 'unknown-class', /no class -1/],
  ] as const)('refuses %s at %s for class %i: %s', async (method, layer, target, code, sentence) => {
    await expect(mapOf(run, method, layer, target)).rejects.toMatchObject({
      name: 'HookscopeError',
      code,
      message: expect.stringMatching(sentence),
    })
  })

  it('refuses an input of the wrong size', async () => {
    await expect(network.forward(new Float32Array(12))).rejects.toMatchObject({ code: 'bad-argument' })
  })

  it('answers nothing more after dispose', async () => {
    run.dispose()
    await expect(mapOf(run, 'gradcam', 'layer4', 50)).rejects.toMatchObject({ code: 'cancelled' })
  })
})
