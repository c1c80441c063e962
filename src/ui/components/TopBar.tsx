import { CircleQuestionMark } from 'lucide-react'
import { usePage } from '../usePage'
import { IconButton } from './controls'
import { EngineMenu } from './EngineMenu'
import { NetworkSelect } from './NetworkSelect'
import { PageNav } from './PageNav'
import { ThemeButton } from './ThemeButton'
import '../styles/topbar.css'

export function TopBar({ onHelp }: { onHelp: () => void }) {
  const note = usePage(page => page.engine?.note)
  return (
    <header className="topbar">
      <h1 className="brand">Hookscope</h1>
      <PageNav page="look" />
      <NetworkSelect />
      <p className="engine-note" role="status" title={note}>
        {note}
      </p>
      <EngineMenu />
      <div className="topbar-signs">
        <ThemeButton />
        <IconButton label="Help and keys" onPress={onHelp}>
          <CircleQuestionMark size={18} aria-hidden />
        </IconButton>
      </div>
    </header>
  )
}
