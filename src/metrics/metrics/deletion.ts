import { exchange, PARTS } from '../exchange'
import { defineMetric } from '../metric'

/** Pixels give way to zeros of the normalised input, the mean colour of the pictures that the network was trained on, as in the authors' code. */
export default defineMetric({
  id: 'deletion',
  order: 10,
  label: 'Deletion',
  paper: 'Petsiuk et al. 2018, RISE: Randomized Input Sampling for Explanation of Black-box Models',
  formula: 'area under p(x without the share s of the pixels that count most), s = 0 … 1',
  help: 'The pixels that count most are taken out first. A map that found what the class stands on makes its probability fall at once.',
  caution: 'A picture with grey spots is like none that the network knows: some of the fall is that.',
  good: 'lower',
  cost: 'one forward run a part',
  options: { parts: PARTS },
  measure: (subject, { parts = 1 }) => exchange(subject, subject.input, new Float32Array(subject.input.length), parts),
})
