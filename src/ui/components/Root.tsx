import { lazy, Suspense, useSyncExternalStore } from 'react'
import { lessonOf } from '../address'
import { App } from './App'

const Learn = lazy(() => import('../../learn/page/Learn'))

/** The page that the address names; what the other one shows waits in the store. */
export function Root() {
  const lesson = useSyncExternalStore(subscribe, () => lessonOf(location.hash))
  if (lesson === null) return <App />
  return (
    <Suspense fallback={<div className="learn" aria-busy />}>
      <Learn number={lesson} />
    </Suspense>
  )
}

function subscribe(listener: () => void): () => void {
  window.addEventListener('hashchange', listener)
  return () => window.removeEventListener('hashchange', listener)
}
