import { createContext, use } from 'react'
import { useStore } from 'zustand'
import type { Page } from './store/state'
import type { PageStore } from './store/store'

export const PageContext = createContext<PageStore | null>(null)

/** A part of the page's state; the component renders again only when that part changes. */
export function usePage<T>(select: (page: Page) => T): T {
  return useStore(usePageStore(), select)
}

export function usePageStore(): PageStore {
  const store = use(PageContext)
  if (!store) throw new Error('usePage stands outside PageContext')
  return store
}
