import { describe, expect, it } from 'vitest'
import { type ChannelMaps, channelTile, featureGrid, scaleChannel } from '../../src/image/grid'
import type { RgbaPixels } from '../../src/image/types'

/** Three channels of 1×2: rising, falling below zero, constant. */
const maps: ChannelMaps = { channels: 3, height: 1, width: 2, values: Float32Array.of(0, 4, -1, -3, 7, 7) }

/** Grey levels row by row; '.' is a gap. */
const text = ({ width, height, data }: RgbaPixels) =>
  Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => {
      const p = (y * width + x) * 4
      return data[p + 3] === 0 ? '.' : String(data[p])
    }).join(' '),
  )

describe('featureGrid', () => {
  it('scales each channel by itself, a constant one to 0, and leaves gaps clear', () => {
    expect(text(featureGrid(maps, { colormap: 'grey' }))).toEqual(['0 255 . 255 0', '. . . . .', '0 0 . . .'])
  })

  it('takes columns, gap, order and scale', () => {
    expect(text(featureGrid(maps, { colormap: 'grey', columns: 3, gap: 0, order: [2, 1, 0] }))).toEqual([
      '0 0 255 0 0 255',
    ])
    expect(text(featureGrid(maps, { colormap: 'grey', columns: 1, gap: 1, order: [1, 0], scale: 2 }))).toEqual([
      '255 255 0 0',
      '255 255 0 0',
      '. . . .',
      '0 0 255 255',
      '0 0 255 255',
    ])
  })

  it('is as square as can be', () => {
    const tiles = (channels: number) => {
      const values = new Float32Array(channels)
      const { width, height } = featureGrid({ channels, height: 1, width: 1, values }, { colormap: 'grey', gap: 0 })
      return [width, height]
    }
    expect([1, 2, 4, 5, 1024].map(tiles)).toEqual([
      [1, 1],
      [2, 1],
      [2, 2],
      [3, 2],
      [32, 32],
    ])
  })

  it('takes its colours from the colour map', () => {
    const { data } = featureGrid(maps, { colormap: 'viridis', order: [0] })
    expect([...data]).toEqual([68, 1, 84, 255, 253, 231, 37, 255])
  })
})

describe('one channel', () => {
  it('keeps what its 0 and 1 stand for', () => {
    const { values, low, high } = scaleChannel(maps, 1)
    expect([...values]).toEqual([1, 0])
    expect([low, high]).toEqual([-3, -1])
  })

  it('makes a tile', () => {
    expect(text(channelTile(maps, 1, 'grey'))).toEqual(['255 0'])
    expect(text(channelTile(maps, 0, 'grey', 2))).toEqual(['0 0 255 255', '0 0 255 255'])
  })
})
