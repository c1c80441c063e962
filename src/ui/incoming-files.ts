import { createStore } from 'zustand/vanilla'
import { lessonOf } from './address'

/** Whether files are being dragged over the window. */
export const incoming = createStore<{ readonly dragging: boolean }>(() => ({ dragging: false }))

/**
 * Takes files that are dropped anywhere on the window or pasted, unless a lesson is shown. It does not wait for the page to be
 * drawn: a browser opens in the page's place what nobody takes.
 */
export function listenForFiles(take: (files: readonly File[]) => void): void {
  const isTaken = (files: DataTransfer | null) =>
    lessonOf(location.hash) === null && (files?.types.includes('Files') ?? false)

  window.addEventListener('dragover', event => {
    if (!isTaken(event.dataTransfer)) return
    event.preventDefault()
    incoming.setState({ dragging: true })
  })
  window.addEventListener('dragleave', event => {
    // Leaving for nothing is leaving the window.
    if (event.relatedTarget === null) incoming.setState({ dragging: false })
  })
  window.addEventListener('drop', event => {
    incoming.setState({ dragging: false })
    if (!isTaken(event.dataTransfer)) return
    event.preventDefault()
    take([...(event.dataTransfer?.files ?? [])])
  })
  window.addEventListener('paste', event => {
    if (!isTaken(event.clipboardData)) return
    event.preventDefault()
    take([...(event.clipboardData?.files ?? [])])
  })
}
