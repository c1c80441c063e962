import { defineMetric } from '../metric'
import { seenThrough } from '../seen'

/**
 * max(0, Y − O) / Y of one picture; of several, the mean. The paper multiplies the picture with the map; here the normalised input is, so
 * that what is hidden is the mean colour and not black, as in pytorch-grad-cam and in the code of Poppi et al. 2021.
 */
export default defineMetric({
  id: 'average-drop',
  order: 20,
  label: 'Average drop',
  paper: 'Chattopadhay et al. 2018, Grad-CAM++: Improved Visual Explanations for Deep Convolutional Networks',
  formula: 'max(0, p(x) − p(x · map)) / p(x), the map from 0 to 1',
  help: 'How much of its probability the class loses when only what the map shows is seen.',
  caution: 'A map that is bright everywhere loses nothing: see its complexity (ADCC).',
  good: 'lower',
  cost: 'one forward run',
  async measure(subject) {
    const { whole, part } = await seenThrough(subject)
    return { value: Math.max(0, whole - part) / whole }
  },
})
