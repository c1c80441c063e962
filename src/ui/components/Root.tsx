import { lazy, Suspense, useSyncExternalStore } from 'react'
import { lessonOf } from '../address'
import { App } from './App'
import { StorageNotice } from './StorageNotice'

const Learn = lazy(() => import('../../learn/page/Learn'))

/** The page that the address names; what the other one shows waits in the store. */
export function Root() {
  const lesson = useSyncExternalStore(subscribe, () => lessonOf(location.hash))
  return (
    <>
      {lesson === null ? (
        <App />
      ) : (
        <Suspense fallback={<div className="learn" aria-busy />}>
          <Learn number={lesson} />
        </Suspense>
      )}
      <StorageNotice />
    </>
  )
}

function subscribe(listener: () => void): () => void {
  window.addEventListener('hashchange', listener)
  return () => window.removeEventListener('hashchange', listener)
}
