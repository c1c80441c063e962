import type { ActivationName } from '../../analysis/activation'
import { changeFormat, points, value } from '../model/format'

interface PredictionChangeProps {
  readonly before: number
  readonly after: number
  readonly activation: ActivationName
}

/** A class's score before and after a change of the network, and the difference; of shares in percentage points. */
export function PredictionChange({ before, after, activation }: PredictionChangeProps) {
  const written = changeFormat(activation)
  return (
    <>
      <span className="prediction-before">{written(before)}</span>
      <span className="prediction-share">{written(after)}</span>
      <span className="prediction-points">
        {activation === 'none' ? value(after - before) : points(after - before)}
      </span>
    </>
  )
}
