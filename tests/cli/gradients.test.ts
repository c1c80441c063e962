import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import sharp, { type Sharp } from 'sharp'
import { describe, expect, it } from 'vitest'
import { folder, golden, hookscope, onlyResult, PICTURES, readClassified, readExplained } from './hookscope'

const CHELSEA = join(PICTURES, 'chelsea.png')
const resnet = (...args: string[]) => ['explain', CHELSEA, '--model', 'resnet18', ...args]
const rgb = (path: string) => sharp(path).removeAlpha().raw().toBuffer()

describe('input gradients', () => {
  it.each(['resnet18', 'alexnet', 'inception-v3'])('of %s are PyTorch’s', async model => {
    const truth = golden(`${model}.chelsea.crop`)
    const classes = [...new Set(truth.inputGradients.map(it => it.class))]
    const { stdout, code } = await hookscope([
      ...['explain', CHELSEA, '--model', model, '--resize', 'crop', '--raw'],
      ...['--method', 'saliency,guided', '--class', classes.join()],
    ])
    const { maps } = onlyResult(stdout)
    const size = model === 'inception-v3' ? 299 : 224
    expect([code, maps.length]).toEqual([0, truth.inputGradients.length])
    for (const { kind, class: index, samples, max, absSum, noise } of truth.inputGradients) {
      const map = maps.find(it => it.method === kind && it.class === index)
      const name = `${kind} of class ${index}`
      const tolerance = Math.max(1e-3, 4 * noise)
      expect([map?.layer, map?.shape, map?.values?.length], name).toEqual(['input', [3, size, size], 3 * size * size])
      const off = samples.map(([i, value]) => Math.abs(value - (map?.values?.[i] ?? Number.NaN)) / max)
      expect(Math.max(...off), name).toBeLessThanOrEqual(tolerance)
      const total = map?.values?.reduce((sum, value) => sum + Math.abs(value), 0) ?? Number.NaN
      expect(Math.abs(total - absSum) / absSum, `${name} in all`).toBeLessThanOrEqual(tolerance)
    }
  })

  it('guided-gradcam is guided times the map of its layer, and deconvnet is neither of the others', async () => {
    const { stdout, code } = await hookscope(
      resnet('--raw', '--method', 'gradcam,guided,deconvnet,guided-gradcam', '--layer', 'conv1,layer4'),
    )
    const { maps } = onlyResult(stdout)
    expect(code).toBe(0)
    expect(maps.map(({ method, layer, camLayer }) => [method, layer, camLayer])).toEqual([
      ['gradcam', 'conv1', undefined],
      ['gradcam', 'layer4', undefined],
      ['guided', 'input', undefined],
      ['deconvnet', 'input', undefined],
      ['guided-gradcam', 'input', 'conv1'],
      ['guided-gradcam', 'input', 'layer4'],
    ])
    const [conv1 = [], , guided = [], deconvnet = [], product = [], other = []] = maps.map(it => it.values ?? [])
    // Row 101, column 51 of 224 lies between the cells 50 and 51, and 25 and 26 of 112: ¼ on the way.
    const cell = (row: number, column: number) => conv1[row * 112 + column] ?? Number.NaN
    const between = (row: number) => 0.75 * cell(row, 25) + 0.25 * cell(row, 26)
    const gain = 0.75 * between(50) + 0.25 * between(51)
    for (const c of [0, 1, 2]) {
      const at = (c * 224 + 101) * 224 + 51
      expect(product[at]).toBeCloseTo((guided[at] ?? Number.NaN) * gain, 10)
    }
    const largest = product.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
    expect(largest).toBeGreaterThan(0)
    expect(other).not.toEqual(product)
    expect(deconvnet).not.toEqual(guided)
  })

  it('without --layer Guided Grad-CAM reads the default one', async () => {
    const { maps } = onlyResult((await hookscope(resnet('--json', '--method', 'guided-gradcam'))).stdout)
    expect(maps).toMatchObject([{ method: 'guided-gradcam', layer: 'input', camLayer: 'layer4', shape: [3, 224, 224] }])
  })

  it('say that --layer changes nothing for them, and refuse a layer that is not there where it does', async () => {
    const idle = await hookscope(resnet('--json', '--method', 'saliency', '--layer', 'layer9'))
    expect([idle.code, idle.stderr]).toEqual([
      0,
      'hookscope: --layer changes nothing: no layer can be chosen for saliency.\n',
    ])
    const wrong = await hookscope(resnet('--json', '--method', 'guided-gradcam', '--layer', 'layer9'))
    const [result] = readExplained(wrong.stdout).results
    expect(wrong.code).toBe(2)
    expect(result).toMatchObject({
      maps: [{ method: 'guided-gradcam', layer: 'input', camLayer: 'layer9', error: { code: 'unknown-layer' } }],
    })
  })
})

describe('their files', () => {
  const NAME = 'chelsea.resnet18.input.guided.97-wild-cat'
  const guided = (...args: string[]) => resnet('--class', 'wild cat', '--method', 'guided', ...args)

  it('bare, a pixel for a pixel of the input: mean 0.5 and deviation 0.1, but for what is clipped', async () => {
    const cwd = folder()
    const { stdout } = await hookscope(guided('--kind', 'heatmap', '--raw', '--out', '.'), { cwd })
    const [map] = onlyResult(stdout).maps
    expect(map?.files).toEqual([`${NAME}.heatmap.png`])
    const file = join(cwd, `${NAME}.heatmap.png`)
    expect(await sharp(file).metadata()).toMatchObject({ width: 224, height: 224 })
    const values = map?.values ?? []
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
    const pixels = await rgb(file)
    for (const [y, x, c] of [
      [0, 0, 0],
      [100, 90, 1],
      [150, 120, 2],
      [88, 60, 0],
    ] as const) {
      const value = values[(c * 224 + y) * 224 + x] ?? Number.NaN
      const level = Math.min(1, Math.max(0, 0.5 + (0.1 * (value - mean)) / deviation))
      expect(Math.abs((pixels[(y * 224 + x) * 3 + c] ?? Number.NaN) - 255 * level)).toBeLessThanOrEqual(1)
    }
  })

  it('over the picture, the part that the network saw is the gradient’s, and --opacity lets the picture through', async () => {
    const cwd = folder()
    await hookscope(guided(), { cwd })
    await hookscope(guided('--opacity', '0', '--resize', 'squash', '--out', 'clear.png'), { cwd })
    expect(readdirSync(cwd).sort()).toEqual([`${NAME}.png`, 'clear.png'])
    const file = join(cwd, `${NAME}.png`)
    expect(await sharp(file).metadata()).toMatchObject({ width: 451, height: 300 })
    const [before, after] = await Promise.all([rgb(CHELSEA), rgb(file)])
    const dimmed = (5 + 451 * 150) * 3
    expect((after[dimmed] ?? 0) / (before[dimmed] ?? 1)).toBeCloseTo(0.4, 1)
    await hookscope(guided('--kind', 'heatmap', '--out', 'bare.png'), { cwd })
    // stats() is of the input, whatever was done to it, so the part must be cut out first.
    const means = async (picture: Sharp) =>
      (await sharp(await picture.png().toBuffer()).stats()).channels.slice(0, 3).map(({ mean }) => mean)
    const bare = await means(sharp(join(cwd, 'bare.png')))
    const seen = await means(sharp(file).extract({ left: 95, top: 19, width: 262, height: 262 }))
    seen.forEach((mean, c) => {
      expect(Math.abs(mean - (bare[c] ?? Number.NaN))).toBeLessThan(1)
    })
    expect((await rgb(join(cwd, 'clear.png'))).equals(before)).toBe(true)
  })

  it('signed, blue below 0 and red above', async () => {
    const cwd = folder()
    const { stdout } = await hookscope(guided('--kind', 'signed', '--raw', '--out', 'signed.png'), { cwd })
    const values = onlyResult(stdout).maps[0]?.values ?? []
    const pixels = await rgb(join(cwd, 'signed.png'))
    const most = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
    const peak = values.findIndex(value => Math.abs(value) === most)
    const place = (peak % (224 * 224)) * 3
    const colour = [...pixels.subarray(place, place + 3)]
    expect(colour).toEqual((values[peak] ?? 0) > 0 ? [255, 0, 0] : [0, 0, 255])
  })

  it('Guided Grad-CAM’s bear the name of its layer, one each', async () => {
    const cwd = folder()
    const { stdout } = await hookscope(
      resnet('--class', '97', '--method', 'guided-gradcam', '--layer', 'layer3,layer4', '--kind', 'heatmap'),
      { cwd },
    )
    expect(stdout.trim().split('\n')).toEqual(
      ['layer3', 'layer4'].map(layer => `chelsea.resnet18.${layer}.guided-gradcam.97-wild-cat.heatmap.png`),
    )
    const [a, b] = await Promise.all(readdirSync(cwd).map(name => rgb(join(cwd, name))))
    expect(b && a?.equals(b)).toBe(false)
  })

  it.each([
    ['guided', 'grid', /^hookscope: --kind grid is for the feature maps of a layer, and Guided backprop is a gradient/],
    ['gradcam', 'signed', /^hookscope: --kind signed is for gradients at the input, and Grad-CAM is none\./],
  ])('cannot be drawn: %s as %s', async (method, kind, sentence) => {
    const cwd = folder()
    const { stdout, stderr, code } = await hookscope(resnet('--method', method, '--kind', kind), { cwd })
    expect([stdout, code, readdirSync(cwd)]).toEqual(['', 2, []])
    expect(stderr).toMatch(sentence)
  })
})

describe('--ablate', () => {
  it('switches channels off: predictions and maps follow', async () => {
    const args = ['--raw', '--method', 'cam,gradcam,saliency', '--class', '97']
    const plain = onlyResult((await hookscope(resnet(...args))).stdout)
    const { stdout, code } = await hookscope(
      resnet(...args, '--ablate', 'layer4.1:12,40', '--ablate', 'layer1.0.relu:0:3'),
    )
    const ablated = onlyResult(stdout)
    expect(code).toBe(0)
    expect(readExplained(stdout).ablated).toEqual([
      { layer: 'layer4.1', channels: [12, 40] },
      { layer: 'layer1.0.relu:0', channels: [3] },
    ])
    expect(readExplained((await hookscope(resnet('--json'))).stdout).ablated).toBeUndefined()
    expect(ablated.logits).not.toEqual(plain.logits)
    expect(ablated.input).toEqual(plain.input)
    ablated.maps.forEach((map, i) => {
      expect(map.shape).toEqual(plain.maps[i]?.shape)
      expect(map.values, map.method).not.toEqual(plain.maps[i]?.values)
    })
  })

  it('of every channel of the last layer leaves the bias alone: each picture gets the same', async () => {
    const all = Array.from({ length: 512 }, (_, k) => k).join()
    const { stdout, code } = await hookscope([
      ...['classify', CHELSEA, join(PICTURES, 'coffee.png'), '--model', 'resnet18', '--json'],
      ...['--ablate', `layer4:${all}`],
    ])
    const [first, second] = readClassified(stdout).results
    expect(code).toBe(0)
    if (!first || !second || 'error' in first || 'error' in second) throw new Error(stdout)
    expect(second.top).toEqual(first.top)
    expect(first.top[0]?.probability).toBeLessThan(0.1)
  })

  it('writes files of their own names', async () => {
    const cwd = folder()
    await hookscope(resnet('--class', '97'), { cwd })
    await hookscope(resnet('--class', '97', '--ablate', 'layer4:1'), { cwd })
    expect(readdirSync(cwd).sort()).toEqual(
      ['resnet18', 'resnet18-ablated'].map(network => `chelsea.${network}.layer4.gradcam.97-wild-cat.png`).sort(),
    )
  })

  it.each([
    ['layer9:1', /no layer "layer9"/],
    ['layer4:512', /layer4 has no channel 512\. It has 512 channels: 0 to 511\./],
    ['layer4', /Write a hook point and its channels, as layer4\.1:12,40\./],
    ['layer4:', /Write a hook point and its channels/],
    ['layer4:a', /Write a hook point and its channels/],
    ['layer4:1 2', /Write a hook point and its channels/],
    [':3', /Write a hook point and its channels/],
  ])('%j is one clear sentence', async (ablation, sentence) => {
    const { stdout, stderr, code } = await hookscope(resnet('--ablate', ablation))
    expect([stdout, code]).toEqual(['', 2])
    expect(stderr).toMatch(sentence)
    expect(stderr.split('\n').filter(line => line.startsWith('hookscope: '))).toHaveLength(1)
  })
})
