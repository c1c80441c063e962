import { useIncomingFiles } from '../useIncomingFiles'
import { usePage } from '../usePage'
import { useShortcuts } from '../useShortcuts'
import { useTheme } from '../useTheme'
import '../styles/app.css'
import { Announcer } from './Announcer'
import { Evidence } from './Evidence'
import { FeatureMaps } from './FeatureMaps'
import { HelpDialog } from './HelpDialog'
import { LayerStrip } from './LayerStrip'
import { PictureRail } from './PictureRail'
import { Stage } from './Stage'
import { TopBar } from './TopBar'

export function App() {
  const theme = usePage(page => page.settings.theme)
  const addPictures = usePage(page => page.addPictures)
  const help = useShortcuts()
  const dragging = useIncomingFiles(addPictures)
  useTheme(theme)

  return (
    <div className="app">
      <TopBar onHelp={() => help.setOpen(true)} />
      <main className="main">
        <PictureRail />
        <Stage />
        <Evidence />
      </main>
      <LayerStrip />
      <FeatureMaps />
      <HelpDialog isOpen={help.isOpen} onOpenChange={help.setOpen} />
      <Announcer />
      {dragging && <div className="drop-hint">Drop to look at it. Nothing leaves this machine.</div>}
    </div>
  )
}
