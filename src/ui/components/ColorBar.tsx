import type { CSSProperties } from 'react'
import type { ColormapName } from '../../image/colormap'
import type { ScaledMap } from '../../image/heatmap'
import { value } from '../model/format'
import { gradient } from '../model/gradient'

interface ColorBarProps {
  readonly map: ScaledMap
  readonly colormap: ColormapName
  readonly threshold: number
  /** The value 0..1 under the pointer. */
  readonly pointed: number | null
}

/** Which raw value each colour stands for. */
export function ColorBar({ map: { low, high }, colormap, threshold, pointed }: ColorBarProps) {
  const style = { '--gradient': gradient(colormap), '--threshold': threshold } as CSSProperties
  return (
    <div className="colorbar" style={style} title="The raw values that the colours stand for" aria-hidden>
      <span className="colorbar-high">{value(high)}</span>
      <div className="colorbar-colors">
        {threshold > 0 && <span className="colorbar-threshold" />}
        {pointed !== null && (
          <span className="colorbar-pointed" style={{ '--at': pointed } as CSSProperties}>
            {value(low + pointed * (high - low))}
          </span>
        )}
      </div>
      <span className="colorbar-low">{value(low)}</span>
    </div>
  )
}
