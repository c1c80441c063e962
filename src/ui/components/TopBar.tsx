import { CircleQuestionMark, Monitor, Moon, Sun } from 'lucide-react'
import { usePage } from '../usePage'
import { IconButton } from './controls'
import { EngineMenu } from './EngineMenu'
import { NetworkSelect } from './NetworkSelect'
import '../styles/topbar.css'

const THEMES = {
  system: { next: 'light', label: 'Colours follow the system', Icon: Monitor },
  light: { next: 'dark', label: 'Light colours', Icon: Sun },
  dark: { next: 'system', label: 'Dark colours', Icon: Moon },
} as const

export function TopBar({ onHelp }: { onHelp: () => void }) {
  const note = usePage(page => page.engine?.note)
  const theme = usePage(page => page.settings.theme)
  const set = usePage(page => page.set)
  const { next, label, Icon } = THEMES[theme]
  return (
    <header className="topbar">
      <h1 className="brand">Hookscope</h1>
      <NetworkSelect />
      <p className="engine-note" role="status" title={note}>
        {note}
      </p>
      <EngineMenu />
      <div className="topbar-signs">
        <IconButton label={`${label}. Change`} onPress={() => set({ theme: next })}>
          <Icon size={18} aria-hidden />
        </IconButton>
        <IconButton label="Help and keys" onPress={onHelp}>
          <CircleQuestionMark size={18} aria-hidden />
        </IconButton>
      </div>
    </header>
  )
}
