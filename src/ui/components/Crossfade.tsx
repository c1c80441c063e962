import { Fragment, type ReactNode, useEffect, useRef, useState } from 'react'

interface CrossfadeProps {
  /** Another one fades what is shown over to the new children. */
  readonly id: string
  readonly className: string
  readonly children: ReactNode
}

/** What was shown stays below, as it was, while its successor fades in. */
export function Crossfade({ id, className, children }: CrossfadeProps) {
  const [shown, setShown] = useState(id)
  const [leaving, setLeaving] = useState<{ id: string; children: ReactNode } | null>(null)
  const latest = useRef(children)

  if (shown !== id) {
    setLeaving({ id: shown, children: latest.current })
    setShown(id)
  }
  useEffect(() => {
    latest.current = children
  })

  return (
    <Fragment>
      {leaving && leaving.id !== id && (
        <div key={leaving.id} className={className} data-leaving aria-hidden onAnimationEnd={() => setLeaving(null)}>
          {leaving.children}
        </div>
      )}
      <div key={id} className={className}>
        {children}
      </div>
    </Fragment>
  )
}
