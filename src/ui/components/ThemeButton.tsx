import { Monitor, Moon, Sun } from 'lucide-react'
import { usePage } from '../usePage'
import { IconButton } from './controls'

const THEMES = {
  system: { next: 'light', label: 'Colours follow the system', Icon: Monitor },
  light: { next: 'dark', label: 'Light colours', Icon: Sun },
  dark: { next: 'system', label: 'Dark colours', Icon: Moon },
} as const

/** Light, dark, or as the system has it. */
export function ThemeButton() {
  const theme = usePage(page => page.settings.theme)
  const set = usePage(page => page.set)
  const { next, label, Icon } = THEMES[theme]
  return (
    <IconButton label={`${label}. Change`} onPress={() => set({ theme: next })}>
      <Icon size={18} aria-hidden />
    </IconButton>
  )
}
