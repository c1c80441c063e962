import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { LESSONS } from '../../src/learn/lessons'
import { run } from './host'

interface Reference {
  readonly alexnet: readonly {
    readonly module: string
    readonly shape: readonly number[]
    readonly height: number
    readonly width: number
    readonly sum: number
    readonly samples: readonly (readonly [number, number])[]
  }[]
}

/** What torchvision's make_grid gives; see reference/make_grids.py. */
const reference: Reference = JSON.parse(readFileSync(new URL('reference/grids.json', import.meta.url), 'utf8'))

describe('lesson 7', () => {
  it('shows the grid of every convolution of AlexNet', async () => {
    const { shown, failure } = await run(LESSONS[6]?.code ?? '')
    expect(failure).toBeNull()
    const grids = shown.flatMap(one => (one.kind === 'picture' ? one : []))
    expect(grids.map(({ label }) => label)).toEqual(
      reference.alexnet.map(({ module, shape }) => `${module} ${JSON.stringify([1, ...shape])}`),
    )
    reference.alexnet.forEach(({ height, width, sum, samples }, i) => {
      const grid = grids[i]
      expect([grid?.height, grid?.width]).toEqual([height, width])
      const grey = (place: number) => grid?.data[4 * place] ?? Number.NaN
      // A byte is off by half a step, and by one more where float32 falls on the other side of the half.
      for (const [place, value] of samples) expect(Math.abs(grey(place) - value * 255)).toBeLessThanOrEqual(0.6)
      let total = 0
      for (let place = 0; place < height * width; place++) total += grey(place)
      expect(total / 255 / sum).toBeCloseTo(1, 3)
    })
  })
})
