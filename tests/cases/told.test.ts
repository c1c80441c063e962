import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { encodePng } from '../../src/cli/pictures'
import { ownNetwork } from '../support/own-network'
import { pixels, planesOf } from './row'
import { commandLine } from './ways'

const PLAIN = ['--range', '1', '--mean', '0', '--std', '1', '--resize', 'squash']

/** A folder with a network, and a picture of its size. */
async function folder(
  made: Parameters<typeof ownNetwork>[1],
  files: Readonly<Record<string, string | Uint8Array>> = {},
) {
  const path = mkdtempSync(join(tmpdir(), 'told-'))
  writeFileSync(join(path, 'net.onnx'), ownNetwork(3, made))
  writeFileSync(join(path, 'picture.png'), await encodePng(pixels(32)))
  for (const [name, contents] of Object.entries(files)) writeFileSync(join(path, name), contents)
  return path
}

async function explain(path: string, picture: string, ...options: string[]) {
  const { printed, sentences } = await commandLine([
    ...['explain', join(path, picture), '-m', join(path, 'net.onnx'), '--method', 'saliency', '--raw', '--out', path],
    ...options,
  ])
  const [first = '{}'] = printed
  const report = JSON.parse(first)
  const [result] = report.results ?? []
  return { error: report.error ?? result?.error, result, said: sentences.join('\n') }
}

/** NumPy's format 1, as `numpy.save` writes it. */
function npy(dims: readonly number[], type: '<f4' | '|u1', data: Uint8Array): Uint8Array {
  const shape = `(${dims.join(', ')}${dims.length === 1 ? ',' : ''})`
  const plain = `{'descr': '${type}', 'fortran_order': False, 'shape': ${shape}, }`
  const header = `${plain.padEnd(Math.ceil((plain.length + 11) / 64) * 64 - 11)}\n`
  const start = [0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, header.length & 255, header.length >> 8]
  return Uint8Array.from([...start, ...new TextEncoder().encode(header), ...data])
}

describe('a network’s own input from a file', () => {
  const values = Float32Array.from(planesOf(pixels(32)).data)
  const bytes = new Uint8Array(values.buffer)

  it.each<[string, Uint8Array]>([
    ['input.f32', bytes],
    ['input.npy', npy([1, 3, 32, 32], '<f4', bytes)],
    ['bare.npy', npy([3, 32, 32], '<f4', bytes)],
  ])('%s gives what the picture gives', async (name, contents) => {
    const path = await folder({}, { [name]: contents })
    const [byPicture, byTensor] = [await explain(path, 'picture.png', ...PLAIN), await explain(path, name)]
    expect(byTensor.result.resize).toBeNull()
    expect(byTensor.result.logits).toEqual(byPicture.result.logits)
    expect(byTensor.result.maps[0].values).toEqual(byPicture.result.maps[0].values)
    expect(byTensor.result.maps[0].files).toHaveLength(1)
  })

  it.each<[string, Uint8Array, RegExp]>([
    ['last.npy', npy([32, 32, 3], '<f4', bytes), /holds \[32, 32, 3\] where the network takes \[1, 3, 32, 32\]/],
    ['short.f32', bytes.slice(4), /holds 3071 numbers/],
    ['odd.f32', bytes.slice(1), /are no float32 numbers/],
    ['cut.npy', npy([3, 32, 32], '<f4', bytes.slice(0, 99)), /is no NumPy file, or it is cut off/],
    ['nothing.npy', new Uint8Array(3), /is no NumPy file, or it is cut off/],
    [
      'nan.f32',
      new Uint8Array(Float32Array.from(values, (v, i) => (i === 7 ? Number.NaN : v)).buffer),
      /NaN at place 7/,
    ],
  ])('%s is refused in a sentence', async (name, contents, sentence) => {
    expect((await explain(await folder({}, { [name]: contents }), name)).error.message).toMatch(sentence)
  })
})

describe('what is told', () => {
  it('of four channels: it is asked for, and followed', async () => {
    const path = await folder({ channels: 4 })
    expect((await explain(path, 'picture.png')).error.message).toMatch(/takes 4 channels.*--channels rgb0/)
    expect((await explain(path, 'picture.png', '--channels', 'rgb')).error.message).toMatch(
      /4 channels: --channels rgb/,
    )
    const { result } = await explain(path, 'picture.png', '--channels', 'rgb0', ...PLAIN)
    expect(result.input.shape).toEqual([1, 4, 32, 32])
    expect(result.maps[0].shape).toEqual([4, 32, 32])
  })

  it('of further inputs: a value is asked for, said, and followed', async () => {
    const path = await folder({ further: ['meta'] })
    expect((await explain(path, 'picture.png')).error.message).toMatch(/also takes|Besides the picture.*"meta"/)
    const one = await explain(path, 'picture.png', '--input', 'meta=1,2', ...PLAIN)
    const two = await explain(path, 'picture.png', '--input', 'meta=2,4', ...PLAIN)
    const doubled: number[] = one.result.logits.map((value: number) => 2 * value)
    doubled.forEach((value, i) => {
      expect(two.result.logits[i]).toBeCloseTo(value, 4)
    })
    expect((await explain(path, 'picture.png', '--input', 'meta=1,2,3')).error.message).toMatch(
      /takes 2 numbers, not 3/,
    )
    expect((await explain(path, 'picture.png', '--input', 'size=1')).error.message).toMatch(
      /no input "size" to be told/,
    )
  })

  it('by files beside the network, and what is given goes before it', async () => {
    const settings = { do_normalize: true, image_mean: [0.5, 0.5, 0.5], image_std: [0.5, 0.5, 0.5], size: 32 }
    const path = await folder(
      {},
      { 'preprocessor_config.json': JSON.stringify(settings), 'labels.txt': 'cat\ndog\nhen\n' },
    )
    const found = await explain(path, 'picture.png')
    expect(found.said).toMatch(/the file says: preprocessor_config\.json: RGB, 0 to 1, mean 0\.5, std 0\.5/)
    expect(found.said).toMatch(/labels\.txt: its classes are cat, dog, hen/)
    expect(found.result).toMatchObject({ resize: 'squash' })
    expect(found.result.top[0].label).toMatch(/cat|dog|hen/)
    const sum = planesOf(pixels(32)).data.reduce((total, value) => total + (value - 0.5) / 0.5, 0)
    expect(found.result.input.sum).toBeCloseTo(sum, 1)
    const plain = await explain(path, 'picture.png', ...PLAIN, '--labels', 'numbers')
    expect(plain.result.top[0].label).toMatch(/^\d$/)
    expect(plain.result.input.sum).toBeCloseTo(
      planesOf(pixels(32)).data.reduce((total, value) => total + value, 0),
      1,
    )
  })
})
