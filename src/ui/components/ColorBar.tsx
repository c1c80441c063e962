import type { CSSProperties } from 'react'
import type { ScaledMap } from '../../image/heatmap'
import { value } from '../model/format'

interface ColorBarProps {
  readonly map: ScaledMap
  /** Its colours from low to high, as stops of a CSS gradient. */
  readonly colors: string
  readonly threshold: number
  /** The value under the pointer, 0..1 from low to high; colours that are clipped stand for values beyond, too. */
  readonly pointed: number | null
}

/** Which raw value each colour stands for. */
export function ColorBar({ map: { low, high }, colors, threshold, pointed }: ColorBarProps) {
  const style = { '--gradient': colors, '--threshold': threshold } as CSSProperties
  return (
    <div className="colorbar" style={style} title="The raw values that the colours stand for" aria-hidden>
      <span className="colorbar-high">{value(high)}</span>
      <div className="colorbar-colors">
        {threshold > 0 && <span className="colorbar-threshold" />}
        {pointed !== null && (
          <span className="colorbar-pointed" style={{ '--at': Math.min(1, Math.max(0, pointed)) } as CSSProperties}>
            {value(low + pointed * (high - low))}
          </span>
        )}
      </div>
      <span className="colorbar-low">{value(low)}</span>
    </div>
  )
}
