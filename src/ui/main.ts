import { NETWORKS } from '../catalog/catalog'
import { Client } from '../worker/client'
import { lessonOf, readAddress } from './address'
import { listenForFiles } from './incoming-files'
import { samplePictures } from './model/pictures'
import { keepForOffline } from './offline'
import { output } from './output'
import { pageStorage } from './storage'
import { createPageStore } from './store/store'

const asked = readAddress(location.search, NETWORKS)
const store = createPageStore({
  connect: events => new Client(events),
  storage: pageStorage,
  output,
  pictures: samplePictures(`${import.meta.env.BASE_URL}samples/`),
  model: asked.network,
  engine: asked.engine,
  choice: asked.choice,
  faults: asked.faults,
  address: location.href,
})

listenForFiles(files => void store.getState().takeFiles(files))

/** A network is opened when it is looked at: not where the address names a lesson. */
function start() {
  if (lessonOf(location.hash) !== null) return
  window.removeEventListener('hashchange', start)
  void store.getState().start()
}
window.addEventListener('hashchange', start)
start()

// The first map, or the lesson, goes before what later visits need.
const unsubscribe = store.subscribe(({ map, seeing }) => {
  if (!map || seeing.phase !== 'idle') return
  unsubscribe()
  void keepForOffline()
})
if (lessonOf(location.hash) !== null) void keepForOffline()

// The worker loads engine and network while React is fetched and read.
const root = document.getElementById('root')
if (root)
  import('./page').then(
    ({ render }) => render(root, store),
    () => {
      root.textContent = 'The page could not be loaded. Check the connection and reload.'
    },
  )
