import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { decodeStored, encodePng, pictureFile } from '../../src/cli/pictures'
import { FAILING } from './failing'
import type { Row } from './row'
import { placeRows, WHITE } from './rows/places'
import { commandLine } from './ways'

const folder = mkdtempSync(join(tmpdir(), 'places-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** The drawn map of the first class, which is brightness, as grey values of the picture's own size. */
async function drawn(row: Row): Promise<number[]> {
  const { picture } = row
  if (!picture) throw new Error('a row of places has a picture')
  const [model, shown, map] = ['own.onnx', 'picture.png', 'map.png'].map(name => join(folder, name)) as [
    string,
    string,
    string,
  ]
  writeFileSync(model, row.file().bytes)
  writeFileSync(shown, await encodePng(picture))
  const plain = ['--range', '1', '--mean', '0,0,0', '--std', '1,1,1', '--resize', 'squash']
  const look = ['--layer', 'f', '--class', '0', '--kind', 'heatmap', '--colormap', 'grey', '--out', map]
  const { sentences } = await commandLine(['explain', shown, '--model', model, ...plain, ...look])
  const { width, height, channels, data } = await decodeStored(
    pictureFile(map, new Uint8Array(readFileSync(map))),
  ).catch(() => {
    throw new Error(`nothing was drawn: ${sentences.join(' ')}`)
  })
  expect([width, height]).toEqual([picture.width, picture.height])
  return Array.from({ length: width * height }, (_, i) => data[i * channels] ?? 0)
}

describe('the bright part of the map lies on the white square of the picture', () => {
  const check = async (row: Row) => {
    const map = await drawn(row)
    const [top, left, side] = WHITE
    const bright = map.map(value => value > 128)
    const beside = bright.filter((is, i) => {
      const [y, x] = [Math.floor(i / 64), i % 64]
      return is && (y < top - 1 || y > top + side || x < left - 1 || x > left + side)
    })
    expect(beside.length, 'bright pixels beside the square').toBe(0)
    const seen = bright.filter(Boolean).length
    expect(seen, 'bright pixels').toBeGreaterThan(0.8 * side * side)
  }
  for (const row of placeRows)
    if (FAILING.has(`drawn: ${row.name}`)) it.fails(row.name, () => check(row))
    else it(row.name, () => check(row))
})
