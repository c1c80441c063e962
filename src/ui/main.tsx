import './styles/base.css'
import { StrictMode } from 'react'
import { I18nProvider } from 'react-aria-components'
import { createRoot } from 'react-dom/client'
import { NETWORKS } from '../catalog/catalog'
import { Client } from '../worker/client'
import { lessonOf, readAddress } from './address'
import { Root } from './components/Root'
import { samplePictures } from './model/pictures'
import { output } from './output'
import { pageStorage } from './storage'
import { createPageStore } from './store/store'
import { PageContext } from './usePage'

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

/** A network is opened when it is looked at: not where the address names a lesson. */
function start() {
  if (lessonOf(location.hash) !== null) return
  window.removeEventListener('hashchange', start)
  void store.getState().start()
}
window.addEventListener('hashchange', start)
start()

const root = document.getElementById('root')
if (root)
  createRoot(root).render(
    <StrictMode>
      <I18nProvider locale="en-GB">
        <PageContext value={store}>
          <Root />
        </PageContext>
      </I18nProvider>
    </StrictMode>,
  )
