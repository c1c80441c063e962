import { useSyncExternalStore } from 'react'

const column = window.matchMedia('(max-width: 47.99rem)')
const workbench = window.matchMedia('(min-width: 64rem) and (min-height: 40rem)')

const follow = (query: MediaQueryList) => (listener: () => void) => {
  query.addEventListener('change', listener)
  return () => query.removeEventListener('change', listener)
}
const [followColumn, followWorkbench] = [follow(column), follow(workbench)]

/** Whether the page is one column: lists that scroll sideways then take the left and right arrows. */
export function useNarrow(): boolean {
  return useSyncExternalStore(followColumn, () => column.matches)
}

/** Whether all is on one screen that does not scroll. The style sheets ask the same of the window. */
export function useWorkbench(): boolean {
  return useSyncExternalStore(followWorkbench, () => workbench.matches)
}

function followSize(listener: () => void): () => void {
  window.addEventListener('resize', listener)
  return () => window.removeEventListener('resize', listener)
}

/** The window's height in CSS pixels. */
export function useWindowHeight(): number {
  return useSyncExternalStore(followSize, () => window.innerHeight)
}
