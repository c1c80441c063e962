import { Serwist } from '@serwist/window'
import { createStore } from 'zustand/vanilla'

/** A new version of the page that waits, by the function that loads it. */
export const newVersion = createStore<{ readonly load: (() => void) | null }>(() => ({ load: null }))

/**
 * Registers the service worker, which keeps the page for visits without a connection. To be called once the first map is
 * there: it fetches as much as that did.
 */
export async function keepForOffline(): Promise<void> {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return
  const offline = new Serwist(`${import.meta.env.BASE_URL}sw.js`)
  const load = () => {
    offline.addEventListener('controlling', () => location.reload())
    offline.messageSkipWaiting()
  }
  offline.addEventListener('waiting', () => newVersion.setState({ load }))
  // A browser that blocks storage has none; the page runs without.
  await offline.register().catch(() => undefined)
}
