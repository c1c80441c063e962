import { lazy, Suspense, useState, useSyncExternalStore } from 'react'
import { lessonOf } from '../address'
import { AddressNotice } from './AddressNotice'
import { App } from './App'
import { StorageNotice } from './StorageNotice'
import { Unloaded } from './Unloaded'
import { UpdateNotice } from './UpdateNotice'

const loadLearn = () => lazy(() => import('../../learn/page/Learn'))

/** The page that the address names; what the other one shows waits in the store. */
export function Root() {
  const lesson = useSyncExternalStore(subscribe, () => lessonOf(location.hash))
  // What could not be loaded stays so: another try is another component.
  const [Learn, setLearn] = useState(loadLearn)
  return (
    <>
      {lesson === null ? (
        <App />
      ) : (
        <Unloaded onRetry={() => setLearn(loadLearn)}>
          <Suspense fallback={<div className="learn" aria-busy />}>
            <Learn number={lesson} />
          </Suspense>
        </Unloaded>
      )}
      <div className="notices">
        {lesson === null && <AddressNotice />}
        <StorageNotice />
        <UpdateNotice />
      </div>
    </>
  )
}

function subscribe(listener: () => void): () => void {
  window.addEventListener('hashchange', listener)
  return () => window.removeEventListener('hashchange', listener)
}
