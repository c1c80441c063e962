import { type KeyboardEvent, type PointerEvent, useState } from 'react'
import { heightWithin, LEAST_HEIGHT, PANELS, type PanelId } from '../model/panels'
import { usePage } from '../usePage'

interface DockSeparatorProps {
  readonly panel: PanelId
  /** Id of the element whose height it is. */
  readonly controls: string
  /** Of the panel, in CSS pixels. */
  readonly height: number
  readonly greatest: number
  onClose(): void
}

/** CSS pixels of one press of an arrow key. */
const STEP = 16

/** The dock's upper edge: dragged, or moved by keys, as ARIA's window splitter is. A double click gives the first height. */
export function DockSeparator({ panel, controls, height, greatest, onClose }: DockSeparatorProps) {
  const setHeight = usePage(page => page.setPanelHeight)
  /** What the pointer was above the height that it drags. */
  const [grip, setGrip] = useState<number | null>(null)
  const to = (height: number) => setHeight(panel, heightWithin(height, greatest))

  const press = (event: KeyboardEvent) => {
    const heights: Record<string, number> = {
      ArrowUp: height + STEP,
      ArrowDown: height - STEP,
      PageUp: height + 5 * STEP,
      PageDown: height - 5 * STEP,
      Home: LEAST_HEIGHT,
      End: greatest,
    }
    const next = heights[event.key]
    if (next === undefined && event.key !== 'Enter') return
    event.preventDefault()
    if (next === undefined) onClose()
    else to(next)
  }
  const begin = (event: PointerEvent<HTMLElement>) => {
    if (event.button !== 0) return
    event.currentTarget.setPointerCapture(event.pointerId)
    setGrip(event.clientY + height)
  }
  const end = () => setGrip(null)

  return (
    // biome-ignore lint/a11y/useSemanticElements: a rule (hr) is no widget; a separator that takes the focus is.
    <div
      className="dock-separator"
      role="separator"
      tabIndex={0}
      aria-orientation="horizontal"
      aria-label={`Height of ${PANELS[panel].label}`}
      aria-controls={controls}
      aria-valuemin={LEAST_HEIGHT}
      aria-valuemax={greatest}
      aria-valuenow={height}
      aria-valuetext={`${height} pixels`}
      data-dragged={grip !== null || undefined}
      onKeyDown={press}
      onDoubleClick={() => to(PANELS[panel].height)}
      onPointerDown={begin}
      onPointerMove={event => {
        if (grip !== null) to(grip - event.clientY)
      }}
      onPointerUp={end}
      onPointerCancel={end}
    />
  )
}
