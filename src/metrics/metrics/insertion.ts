import { blurred } from '../blur'
import { exchange, PARTS } from '../exchange'
import { defineMetric } from '../metric'

/** The blur is that of the authors' code. */
export default defineMetric({
  id: 'insertion',
  order: 11,
  label: 'Insertion',
  paper: 'Petsiuk et al. 2018, RISE: Randomized Input Sampling for Explanation of Black-box Models',
  formula: 'area under p(blurred x with the share s of the pixels that count most as they are), s = 0 … 1',
  help: 'From a blurred picture on, the pixels that count most are made sharp first. A map that found what the class stands on makes its probability rise at once.',
  caution: 'Large maps in one piece have it easier than fine ones: compare with random maps of the same cells.',
  good: 'higher',
  cost: 'one forward run a part',
  options: { parts: PARTS },
  measure: (subject, { parts = 1 }) =>
    exchange(subject, blurred(subject.input, subject.height, subject.width), subject.input, parts),
})
