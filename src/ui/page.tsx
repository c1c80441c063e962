import './styles/base.css'
import { StrictMode } from 'react'
import { I18nProvider } from 'react-aria-components'
import { createRoot } from 'react-dom/client'
import { Root } from './components/Root'
import type { PageStore } from './store/store'
import { PageContext } from './usePage'

/** Draws the page's store, and what becomes of it. */
export function render(root: HTMLElement, store: PageStore): void {
  createRoot(root).render(
    <StrictMode>
      <I18nProvider locale="en-GB">
        <PageContext value={store}>
          <Root />
        </PageContext>
      </I18nProvider>
    </StrictMode>,
  )
}
