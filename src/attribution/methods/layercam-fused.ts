import type { Availability, HookPoint } from '../../analysis/types'
import { liesOnPicture, sampleMap } from '../../image/heatmap'
import { defineMethod, type NetworkFacts } from '../method'
import layercam from './layercam'

/** γ of the paper: it brings out the weak values of the early stages. */
const GAIN = 2

/** Stages at the end whose maps are taken as they are. The paper's networks have five, of which the first three are brought out. */
const LATE = 2

/**
 * max over stages s, the last of each size, of M_s resized to the input, M_s the LayerCAM of the stage divided by its largest value; of all but the last
 * two stages tanh(γ · M_s).
 */
export default defineMethod({
  id: 'layercam-fused',
  order: 35,
  label: 'LayerCAM fused',
  paper: 'Jiang et al. 2021, LayerCAM: Exploring Hierarchical Class Activation Maps for Localization',
  formula: 'max over stages of LayerCAM / its largest value, of the early ones tanh(2 · it)',
  help: 'The LayerCAM of all stages at once: the early ones give detail, the late ones the place.',
  cost: 'one backward run to the first stage',
  result: 'map',
  readsLayer: false,
  available: network =>
    stages(network).length > 0
      ? AVAILABLE
      : {
          ok: false,
          code: 'no-gradient',
          reason: 'A gradient reaches no stage of this network that has a height and a width.',
        },
  async attribute(context, question) {
    const { network, height, width } = context
    const paths = stages(network)
    const values = new Float32Array(height * width)
    for (const [done, stage] of [...paths.entries()].reverse()) {
      await context.progress(paths.length - 1 - done, paths.length)
      const { map } = await context.explain(layercam, { ...question, layer: stage })
      const most = map.values.reduce((most, value) => Math.max(most, value), 0)
      if (most === 0 || !liesOnPicture(map)) continue
      const isEarly = done < paths.length - LATE
      const scaled = map.values.map(value => (isEarly ? Math.tanh((GAIN * value) / most) : value / most))
      for (const [place, value] of sampleMap({ ...map, values: scaled }, width, height, true).entries())
        if (value > (values[place] ?? 0)) values[place] = value
    }
    return { map: { height, width, values }, weights: null, evidence: null }
  },
})

const AVAILABLE: Availability = { ok: true }

/** Paths of the last stage of each size that a gradient reaches, in the network's order. */
function stages({ hookPoints }: NetworkFacts): readonly string[] {
  const reached = hookPoints.filter(({ stage, gradient }) => stage && gradient.ok)
  const sizeOf = (point: HookPoint | undefined) => point?.grid && `${point.grid.height} × ${point.grid.width}`
  return reached.filter((point, i) => sizeOf(point) !== sizeOf(reached[i + 1])).map(({ path }) => path)
}
