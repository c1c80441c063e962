import { useLayoutEffect, useRef } from 'react'
import { paint } from '../../ui/output'
import type { Shown } from '../protocol'
import type { Numbered } from './useLesson'

interface OutputProps {
  readonly shown: readonly Numbered[]
  readonly before: readonly Numbered[] | null
}

/** The output of the code; lines that differ from the run before are marked. */
export function Output({ shown, before }: OutputProps) {
  return (
    <div className="shown">
      {shown.map((one, i) => (
        <Piece key={one.id} shown={one} old={before?.[i] ?? null} />
      ))}
    </div>
  )
}

function Piece({ shown, old }: { readonly shown: Shown; readonly old: Shown | null }) {
  if (shown.kind === 'picture') return <Picture {...shown} />
  const changed = old?.kind === 'text' && old.label === shown.label && old.text !== shown.text
  return (
    <p className="shown-text" data-changed={changed || undefined}>
      {shown.label && <span className="shown-label">{shown.label}</span>}
      <code className="shown-value">{shown.text}</code>
      {changed && old.text.length <= 28 && <span className="small">was {old.text}</span>}
    </p>
  )
}

function Picture({ label, width, height, data, smooth }: Extract<Shown, { kind: 'picture' }>) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useLayoutEffect(() => {
    if (canvas.current) paint(canvas.current, { width, height, channels: 4, data })
  }, [width, height, data])
  return (
    <figure className="shown-picture">
      <figcaption className="shown-label">{label}</figcaption>
      <canvas
        ref={canvas}
        role="img"
        aria-label={label}
        data-smooth={smooth || undefined}
        style={{ width: size(width) }}
      />
    </figure>
  )
}

/** Small pictures by whole pixels, so that every value is a square. */
const size = (width: number): number => width * Math.max(1, Math.floor(448 / width))
