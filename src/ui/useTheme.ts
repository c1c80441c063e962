import { useLayoutEffect } from 'react'
import type { Settings } from './store/settings'

/** Light or dark for the whole page; the system's own unless one was chosen. */
export function useTheme(theme: Settings['theme']): void {
  useLayoutEffect(() => {
    const { dataset } = document.documentElement
    if (theme === 'system') delete dataset.theme
    else dataset.theme = theme
  }, [theme])
}
