import { inputGradient } from '../input-gradient'
import { defineMethod } from '../method'

/** x ∘ ∂y^c/∂x */
export default defineMethod({
  id: 'input-x-gradient',
  order: 150,
  label: 'Input × gradient',
  paper:
    'Shrikumar et al. 2016, Not Just a Black Box: Learning Important Features Through Propagating Activation Differences',
  formula: 'x · ∂y/∂x, element by element',
  help: 'Each value of the normalised input times its gradient: what it adds to the logit if the network is taken for linear.',
  cost: 'one backward run to the input',
  result: 'gradient',
  isSigned: true,
  available: network => network.inputGradient,
  async attribute(context, { target }) {
    const input = await context.input()
    const { values, evidence } = await inputGradient(context, target, 'saliency')
    return { values: values.map((slope, i) => slope * (input[i] ?? 0)), evidence }
  },
})
