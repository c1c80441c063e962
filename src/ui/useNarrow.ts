import { useSyncExternalStore } from 'react'

const query = window.matchMedia('(max-width: 47.99rem)')

function subscribe(listener: () => void): () => void {
  query.addEventListener('change', listener)
  return () => query.removeEventListener('change', listener)
}

/** Whether the page is one column: lists that scroll sideways then take the left and right arrows. */
export function useNarrow(): boolean {
  return useSyncExternalStore(subscribe, () => query.matches)
}
