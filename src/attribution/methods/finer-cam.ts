import { magnitude, relu, spatialMean, weightedSum } from '../combine'
import { momentum, remainder } from '../evidence'
import { type Context, defineMethod } from '../method'
import { classOf, type Target } from '../target'

/**
 * Grad-CAM of y^c − γ · mean of y^d over the classes d whose logits are nearest to the class's: what it has in common with classes that
 * the network hardly tells from it cancels. All d count alike; pytorch-grad-cam's port weighs them by their probability. Against a
 * chosen class, d is that class alone.
 */
export default defineMethod({
  id: 'finer-cam',
  order: 65,
  label: 'Finer-CAM',
  paper: 'Zhang et al. 2025, Finer-CAM: Spotting the Difference Reveals Finer Details for Visual Explanation',
  formula: 'Grad-CAM of y − γ · mean of y_d over the n classes d of the nearest logits',
  help: 'As Grad-CAM, of what the class has more of than those that look most like it to the network.',
  cost: 'n + 1 backward runs to the layer',
  options: {
    classes: { default: 3, least: 1, most: 100, isWhole: true, help: 'n, how many classes it is held against' },
    strength: { default: 1, least: 0, most: 1, help: 'γ; 0 is Grad-CAM' },
  },
  result: 'map',
  available: (_, { gradient }) => gradient,
  async attribute(context, { layer, target, options: { classes, strength } }) {
    const activation = await context.activation(layer)
    const others = similar(context, target, classes)
    const gradient = (await context.gradient(layer, { class: classOf(target) })).slice()
    for (const other of others) {
      const against = await context.gradient(layer, { class: other })
      for (const i of gradient.keys()) gradient[i] = (gradient[i] ?? 0) - (strength / others.length) * (against[i] ?? 0)
    }
    const signed = 'absent' in target ? gradient.map(value => -value) : gradient
    const weights = spatialMean(activation, signed)
    const map = relu(weightedSum(activation, weights))
    const left = remainder(map, weightedSum(magnitude(activation), spatialMean(activation, signed.map(Math.abs))))
    return { map, weights, evidence: { linear: weights, left, momentum: momentum(signed, activation.values) } }
  },
})

/** The classes that a target is held against. */
function similar({ answer: { logits } }: Context, target: Target, count: number): readonly number[] {
  if ('against' in target) return [target.against]
  const of = classOf(target)
  const away = (index: number) => Math.abs((logits[index] ?? 0) - (logits[of] ?? 0))
  const others = [...logits.keys()].filter(index => index !== of)
  return others.sort((a, b) => away(a) - away(b)).slice(0, count)
}
