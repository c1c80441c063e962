import { useEffect, useState } from 'react'

/** Files that are dropped anywhere on the window or pasted. @returns whether files are being dragged over it */
export function useIncomingFiles(take: (files: readonly File[]) => void): boolean {
  const [dragging, setDragging] = useState(false)

  useEffect(() => {
    const listening = new AbortController()
    const listen = <E extends keyof WindowEventMap>(type: E, act: (event: WindowEventMap[E]) => void) =>
      window.addEventListener(type, act, { signal: listening.signal })
    const holdsFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false

    listen('dragover', event => {
      if (!holdsFiles(event)) return
      event.preventDefault()
      setDragging(true)
    })
    listen('dragleave', event => {
      // Leaving for nothing is leaving the window.
      if (event.relatedTarget === null) setDragging(false)
    })
    listen('drop', event => {
      setDragging(false)
      if (!holdsFiles(event)) return
      event.preventDefault()
      take([...(event.dataTransfer?.files ?? [])])
    })
    listen('paste', event => {
      const files = [...(event.clipboardData?.files ?? [])]
      if (files.length === 0) return
      event.preventDefault()
      take(files)
    })
    return () => listening.abort()
  }, [take])

  return dragging
}
