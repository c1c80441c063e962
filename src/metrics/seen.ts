import { masked } from '../attribution/masks'
import { scoreOf } from '../attribution/target'
import { HookscopeError } from '../errors'
import { shownOf } from './explanation'
import type { Subject } from './metric'

/** The target's probability in the picture, and in the picture seen through the map as it is drawn: Y and O of Chattopadhay et al. 2018. */
export async function seenThrough(subject: Subject): Promise<{ readonly whole: number; readonly part: number }> {
  const { target, answer, input, explanation, height, width } = subject
  const whole = scoreOf(target, answer.probabilities)
  if (answer.probabilities === answer.logits || !(whole > 0))
    throw new HookscopeError(
      'bad-argument',
      'It tells what is left of a probability above 0, and the network gives none here. Choose deletion or insertion.',
    )
  const { probabilities } = await subject.answerTo(masked(input, shownOf(explanation, height, width)))
  return { whole, part: scoreOf(target, probabilities) }
}
