import { ChevronDown, ChevronUp } from 'lucide-react'
import { type ComponentType, type CSSProperties, type KeyboardEvent, useId, useRef } from 'react'
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components'
import { greatestHeight, heightWithin, PANEL_IDS, PANELS, type PanelId } from '../model/panels'
import { usePage } from '../usePage'
import { useWindowHeight, useWorkbench } from '../useWindow'
import { IconButton } from './controls'
import { DockSeparator } from './DockSeparator'
import { FeatureMaps } from './FeatureMaps'
import { Interventions } from './Interventions'
import { LayerStrip } from './LayerStrip'
import { Logit } from './Logit'
import '../styles/dock.css'

const BODIES: Readonly<Record<PanelId, ComponentType>> = {
  layers: LayerStrip,
  features: FeatureMaps,
  interventions: Interventions,
}

/** What one works with below the picture, a panel at a time: it takes its height from the picture and gives it back. */
export function Dock() {
  const panel = usePage(page => page.settings.panel)
  const isOpen = usePage(page => page.settings.dockOpen)
  const kept = usePage(page => page.settings.heights[panel])
  const showPanel = usePage(page => page.showPanel)
  const greatest = greatestHeight(useWindowHeight())
  const height = heightWithin(kept ?? PANELS[panel].height, greatest)
  const workbench = useWorkbench()
  const dock = useRef<HTMLElement>(null)
  const id = useId()
  /** Whether a press began on the tab of the panel that is open: selecting has opened another one by its end. */
  const began = useRef(false)

  const close = () => {
    void showPanel(null)
    dock.current?.querySelector<HTMLElement>('[role=tab][aria-selected=true]')?.focus()
  }
  const press = (event: KeyboardEvent<HTMLElement>) => {
    const { target, currentTarget } = event
    // A list that opens out of a panel is its child for React alone.
    if (event.key !== 'Escape' || !isOpen || !(target instanceof Element) || !currentTarget.contains(target)) return
    if (!target.matches('input, textarea')) close()
  }

  return (
    <section
      ref={dock}
      className="dock"
      aria-label="Dock"
      data-open={isOpen || undefined}
      style={{ '--dock': `${height}px` } as CSSProperties}
      onKeyDownCapture={press}
    >
      {workbench && isOpen && (
        <DockSeparator panel={panel} controls={id} height={height} greatest={greatest} onClose={close} />
      )}
      <Tabs className="dock-tabs" selectedKey={panel} onSelectionChange={key => void showPanel(panelOf(key))}>
        <div className="dock-bar">
          <TabList className="dock-list" aria-label="Panels">
            {PANEL_IDS.map(id => (
              <Tab
                key={id}
                id={id}
                className="dock-tab"
                onPressStart={() => {
                  began.current = isOpen && id === panel
                }}
                onPress={() => void showPanel(began.current ? null : id)}
              >
                {PANELS[id].label}
                {id === 'interventions' && <InForce />}
              </Tab>
            ))}
          </TabList>
          <Logit />
          <IconButton
            label={isOpen ? 'Close the dock' : 'Open the dock'}
            onPress={() => void showPanel(isOpen ? null : panel)}
          >
            {isOpen ? <ChevronDown size={16} aria-hidden /> : <ChevronUp size={16} aria-hidden />}
          </IconButton>
        </div>
        <div id={id} className="dock-body" hidden={!isOpen}>
          {PANEL_IDS.map(id => {
            const Body = BODIES[id]
            return (
              <TabPanel key={id} id={id} className="dock-panel">
                {isOpen && <Body />}
              </TabPanel>
            )
          })}
        </div>
      </Tabs>
    </section>
  )
}

const panelOf = (key: unknown): PanelId | null => PANEL_IDS.find(id => id === key) ?? null

/** How many changes of the network are in force. */
function InForce() {
  const count = usePage(page => page.interventions.filter(({ on }) => on).length)
  return (
    count > 0 && (
      <span className="dock-count">
        {count}
        <span className="hidden"> in force</span>
      </span>
    )
  )
}
