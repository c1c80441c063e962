import { percent, points } from '../model/format'

/** A class's probability before and after a change of the network, and the difference in percentage points. */
export function PredictionChange({ before, after }: { before: number; after: number }) {
  return (
    <>
      <span className="prediction-before">{percent(before)}</span>
      <span className="prediction-share">{percent(after)}</span>
      <span className="prediction-points">{points(after - before)}</span>
    </>
  )
}
