import { copyFileSync, existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { folder, golden, hookscope, type MapEntry, onlyResult, PICTURES, readExplained } from './hookscope'

const CHELSEA = join(PICTURES, 'chelsea.png')
const resnet = (...args: string[]) => ['explain', CHELSEA, '--model', 'resnet18', ...args]

/** Largest difference, as a share of the largest absolute value. */
function distance(values: readonly number[] | undefined, expected: readonly number[], max: number): number {
  if (values?.length !== expected.length) return Number.POSITIVE_INFINITY
  return Math.max(...expected.map((value, i) => Math.abs(value - (values[i] ?? Number.NaN)))) / max
}

describe('raw values', () => {
  it('of the least likely class', async () => {
    const { stdout } = await hookscope(resnet('--raw', '--method', 'cam', '--class', 'bottom1'))
    const { logits, maps } = onlyResult(stdout)
    expect(logits?.length).toBe(101)
    expect(logits?.[maps[0]?.class ?? -1]).toBe(Math.min(...(logits ?? [])))
  })

  it.each(['crop', 'squash'])('are PyTorch’s, resized by %s', async resize => {
    const truth = golden(`resnet18.chelsea.${resize}`)
    const wanted = truth.maps.filter(({ method, values }) => (method === 'cam' || method === 'gradcam') && values)
    const classes = [...new Set(wanted.map(map => map.class))]
    const layers = [...new Set(wanted.map(map => map.layer))]
    const { stdout, code } = await hookscope(
      resnet('--raw', '--resize', resize, '--method', 'gradcam', '--layer', layers.join(), '--class', classes.join()),
    )
    const cam = await hookscope(resnet('--raw', '--resize', resize, '--method', 'cam', '--class', classes.join()))
    expect([code, cam.code]).toEqual([0, 0])

    const result = onlyResult(stdout)
    expect(result.resize).toBe(resize)
    expect(result.input?.shape).toEqual([1, 3, 224, 224])
    expect(Math.abs((result.input?.sum ?? Number.NaN) - truth.input.sum)).toBeLessThan(1e-4 * truth.input.absSum)
    expect(Math.abs((result.input?.absSum ?? Number.NaN) - truth.input.absSum)).toBeLessThan(1e-4 * truth.input.absSum)
    expect(distance(result.logits, truth.logits, 1)).toBeLessThan(1e-3)
    expect(result.top.map(({ index }) => index)).toEqual(truth.top.slice(0, 5))

    const maps = [...result.maps, ...onlyResult(cam.stdout).maps]
    expect(maps).toHaveLength(wanted.length)
    for (const { method, layer, class: index, values, max, noise } of wanted) {
      const map = maps.find(map => map.method === method && map.layer === layer && map.class === index)
      const tolerance = Math.max(1e-3, 4 * noise)
      expect(distance(map?.values, values ?? [], max), `${method} ${layer} ${index}`).toBeLessThan(tolerance)
    }
  })

  it('of the default network are PyTorch’s too', async () => {
    const truth = golden('inception-v3.chelsea.crop')
    const { stdout, code } = await hookscope(['explain', CHELSEA, '--raw', '--method', 'cam,gradcam'])
    const report = readExplained(stdout)
    const { logits, top, maps } = onlyResult(stdout)
    expect([code, report.model, report.engine]).toEqual([0, 'inception-v3', 'wasm'])
    expect(distance(logits, truth.logits, 1)).toBeLessThan(1e-3)
    expect(top.map(({ index }) => index)).toEqual(truth.top.slice(0, 5))
    for (const map of maps) {
      const expected = truth.maps.find(
        ({ method, layer, class: index }) => method === map.method && layer === map.layer && index === map.class,
      )
      expect(expected, map.method).toBeDefined()
      expect(distance(map.values, expected?.values ?? [], expected?.max ?? 0), map.method).toBeLessThan(1e-3)
    }
  })

  it('come whole through a pipe, however many', async () => {
    const layers = 'relu,maxpool,layer1.0,layer1.1,layer2'
    const { stdout } = await hookscope(resnet('--raw', '--layer', layers, '--class', 'top1,top2,top3'))
    expect(stdout.length).toBeGreaterThan(300_000)
    expect(onlyResult(stdout).maps).toHaveLength(15)
  })
})

describe('what is asked for', () => {
  it('may be several of each: every combination, in order', async () => {
    const { stdout, code } = await hookscope(
      resnet(
        '--json',
        '--method',
        'cam,gradcam',
        '--layer',
        'layer4',
        '--layer',
        'layer4.1.conv2',
        '--class',
        'WILD CAT,top2',
        '--class',
        '3',
      ),
    )
    const [result] = readExplained(stdout).results
    const maps = result && 'maps' in result ? result.maps : []
    const rank2 = result && 'top' in result ? result.top[1]?.index : undefined
    expect(maps.map(({ method, layer, class: index }) => [method, layer, index])).toEqual(
      ['cam', 'gradcam'].flatMap(method =>
        ['layer4', 'layer4.1.conv2'].flatMap(layer => [97, rank2, 3].map(index => [method, layer, index])),
      ),
    )
    const failed = maps.filter(map => 'error' in map)
    expect(failed.map(({ method, layer }) => [method, layer])).toEqual(Array(3).fill(['cam', 'layer4.1.conv2']))
    expect(failed[0]).toMatchObject({ error: { code: 'no-cam-head' } })
    expect(code).toBe(2)
  })

  it('a module that is called twice means its last call; :0 and :1 choose', async () => {
    const layers = 'layer1.0.relu,layer1.0.relu:0,layer1.0.relu:1'
    const { maps } = onlyResult((await hookscope(resnet('--raw', '--layer', layers))).stdout)
    const [last, first, second] = maps as [MapEntry, MapEntry, MapEntry]
    expect(maps.map(map => map.layer)).toEqual(layers.split(','))
    expect(last.values).toEqual(second.values)
    expect(last.values).not.toEqual(first.values)
  })

  it('nothing but JSON is printed with --json, and no file written', async () => {
    const cwd = folder()
    const { stdout, stderr, code } = await hookscope(resnet('--json'), { cwd })
    const { maps, logits, input } = onlyResult(stdout)
    expect([stderr, code, logits, input]).toEqual(['', 0, undefined, undefined])
    expect(maps).toEqual([
      { method: 'gradcam', layer: 'layer4', class: expect.any(Number), label: expect.any(String), shape: [7, 7] },
    ])
    expect(readdirSync(cwd)).toEqual([])
  })

  it('a file takes torchvision’s preprocessing and has numbers for labels', async () => {
    const cwd = folder()
    copyFileSync('models/resnet18.onnx', join(cwd, 'mine.onnx'))
    const { stdout } = await hookscope(['explain', CHELSEA, '--model', 'mine.onnx', '--raw', '--class', '97'], { cwd })
    const { logits, top, maps } = onlyResult(stdout)
    const truth = golden('resnet18.chelsea.crop')
    expect(readExplained(stdout).model).toBe('mine.onnx')
    expect(distance(logits, truth.logits, 1)).toBeLessThan(1e-3)
    expect(top[0]?.label).toBe(String(truth.top[0]))
    expect(maps[0]).toMatchObject({ layer: 'layer4', class: 97, label: '97' })
  })
})

describe('pictures', () => {
  it('whose EXIF turns them, or in other colours and depths, give what the plain one gives', async () => {
    const cwd = folder()
    const plain = sharp(CHELSEA)
    await plain.clone().png().toFile(join(cwd, 'plain.png'))
    await plain.clone().rotate(-90).withMetadata({ orientation: 6 }).png().toFile(join(cwd, 'turned.png'))
    await plain.clone().toColourspace('rgb16').png().toFile(join(cwd, 'deep.png'))
    await plain.clone().withIccProfile('p3').png().toFile(join(cwd, 'profile.png'))
    await plain.clone().webp({ lossless: true }).toFile(join(cwd, 'plain.webp'))
    const stored = await sharp(join(cwd, 'profile.png'), { ignoreIcc: true }).png().toBuffer()
    await sharp(stored).toFile(join(cwd, 'stored.png'))
    const names = ['plain.png', 'turned.png', 'deep.png', 'plain.webp', 'profile.png', 'stored.png']
    const { stdout } = await hookscope(['explain', ...names, '--model', 'resnet18', '--raw'], { cwd })
    const inputs = readExplained(stdout).results.map(result => ('input' in result ? result.input : undefined))
    const [whole, turned, deep, webp, profile, withoutProfile] = inputs
    expect(whole?.absSum).toBeGreaterThan(0)
    expect(turned).toEqual(whole)
    expect(deep).toEqual(whole)
    expect(webp).toEqual(whole)
    expect(profile).toEqual(withoutProfile)
    expect(profile).not.toEqual(whole)
  })

  it('with alpha lie over white; CMYK, grey and palettes are converted', async () => {
    const cwd = folder()
    const clear = {
      create: { width: 64, height: 48, channels: 4, background: { r: 10, g: 20, b: 30, alpha: 0 } },
    } as const
    const white = { create: { ...clear.create, channels: 3, background: 'white' } } as const
    const grey = { create: { ...clear.create, channels: 3, background: { r: 128, g: 128, b: 128 } } } as const
    await sharp(clear).png().toFile(join(cwd, 'clear.png'))
    await sharp(white).png().toFile(join(cwd, 'white.png'))
    await sharp(grey).toColourspace('b-w').png().toFile(join(cwd, 'grey.png'))
    await sharp(grey).png({ palette: true }).toFile(join(cwd, 'palette.png'))
    await sharp(white).toColourspace('cmyk').jpeg({ quality: 100 }).toFile(join(cwd, 'cmyk.jpg'))
    const names = ['white.png', 'clear.png', 'cmyk.jpg', 'grey.png', 'palette.png']
    const { stdout, code } = await hookscope(['explain', ...names, '--model', 'resnet18', '--raw'], { cwd })
    const sums = readExplained(stdout).results.map(result => ('input' in result ? (result.input?.sum ?? 0) : 0))
    const [paper, clearSum, cmyk, greySum, palette] = sums as [number, number, number, number, number]
    expect(code).toBe(0)
    expect(clearSum).toBe(paper)
    expect(Math.abs(cmyk - paper)).toBeLessThan(0.02 * paper)
    expect(palette).toBe(greySum)
    expect(greySum).toBeLessThan(paper / 4)
  })

  it('that are bad stand as an error in their place, and the rest is done', async () => {
    const cwd = folder()
    const names = [CHELSEA, 'missing.png', join(PICTURES, 'coffee.png')]
    const { stdout, stderr, code } = await hookscope(['explain', ...names, '--model', 'resnet18', '--json'], { cwd })
    const { results } = readExplained(stdout)
    expect(results.map(result => [result.picture, 'error' in result])).toEqual(names.map((name, i) => [name, i === 1]))
    expect(results[1]).toMatchObject({
      error: { code: 'bad-picture', message: expect.stringContaining('missing.png') },
    })
    expect(stderr).toContain('missing.png cannot be read: there is no such file.')
    expect(stderr).toMatch(/0\/3 pictures/)
    expect(code).toBe(2)
  })
})

describe('an interrupt', () => {
  it('ends with 130 and leaves nothing half-written', async () => {
    const cwd = folder()
    const pictures = Array<string>(30).fill(CHELSEA)
    const { code, stdout } = await hookscope(['explain', ...pictures, '--model', 'resnet18'], {
      cwd,
      interruptAfter: /\.png\n/,
    })
    const files = stdout.trim().split('\n')
    expect(code).toBe(130)
    expect(files.length).toBeLessThan(30)
    expect(readdirSync(cwd).every(name => name.endsWith('.png'))).toBe(true)
    for (const file of files) expect(existsSync(join(cwd, file))).toBe(true)
    for (const file of readdirSync(cwd)) await sharp(join(cwd, file), { failOn: 'warning' }).stats()
  })
})
