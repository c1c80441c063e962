import { useStore } from 'zustand'
import { incoming } from '../incoming-files'
import { usePage } from '../usePage'
import { useShortcuts } from '../useShortcuts'
import { useTheme } from '../useTheme'
import '../styles/app.css'
import { Announcer } from './Announcer'
import { Dock } from './Dock'
import { DownloadsDialog } from './DownloadsDialog'
import { Evidence } from './Evidence'
import { HelpDialog } from './HelpDialog'
import { PictureRail } from './PictureRail'
import { SetupSheet } from './SetupSheet'
import { Stage } from './Stage'
import { TopBar } from './TopBar'

export function App() {
  const theme = usePage(page => page.settings.theme)
  const help = useShortcuts()
  const dragging = useStore(incoming, ({ dragging }) => dragging)
  useTheme(theme)

  return (
    <div className="app">
      <TopBar onHelp={() => help.setOpen(true)} />
      <main className="main">
        <PictureRail />
        <Stage />
        <Evidence />
      </main>
      <Dock />
      <HelpDialog isOpen={help.isOpen} onOpenChange={help.setOpen} />
      <SetupSheet />
      <DownloadsDialog />
      <Announcer />
      {dragging && (
        <div className="drop-hint">
          Drop pictures to look at them, or a network (.onnx) to open it. Nothing leaves this machine.
        </div>
      )}
    </div>
  )
}
