import { defineMetric } from '../metric'
import { seenThrough } from '../seen'

/** 1 where O > Y, else 0; of several pictures the share of those where it is so. The product is that of the average drop. */
export default defineMetric({
  id: 'increase-in-confidence',
  order: 21,
  label: 'Increase in confidence',
  paper: 'Chattopadhay et al. 2018, Grad-CAM++: Improved Visual Explanations for Deep Convolutional Networks',
  formula: '1 where p(x · map) > p(x), else 0, the map from 0 to 1',
  help: 'Whether the class is surer when only what the map shows is seen. Over several pictures: the share of those where it is.',
  good: 'higher',
  cost: 'one forward run',
  async measure(subject) {
    const { whole, part } = await seenThrough(subject)
    return { value: part > whole ? 1 : 0 }
  },
})
