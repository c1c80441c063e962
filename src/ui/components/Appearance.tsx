import type { CSSProperties } from 'react'
import { ToggleButton, ToggleButtonGroup } from 'react-aria-components'
import { COLORMAPS, type ColormapName } from '../../image/colormap'
import { gradient } from '../model/gradient'
import { PAPERS_VIEW } from '../store/settings'
import { usePage } from '../usePage'
import { ShareSlider } from './controls'

const NAMES = Object.keys(COLORMAPS) as ColormapName[]

/** How the map is drawn; nothing here runs the network. */
export function Appearance() {
  const { colormap, threshold, blend } = usePage(page => page.settings.view)
  const setView = usePage(page => page.setView)
  return (
    <section className="appearance" aria-label="Colours">
      <ToggleButtonGroup
        className="swatches"
        aria-label="Colour map"
        disallowEmptySelection
        selectedKeys={[colormap]}
        onSelectionChange={keys => {
          const chosen = NAMES.find(name => keys.has(name))
          if (chosen) setView({ colormap: chosen, blend: 'over' })
        }}
      >
        {NAMES.map(name => (
          <ToggleButton key={name} id={name} className="swatch">
            <span className="swatch-colors" style={{ '--gradient': gradient(name) } as CSSProperties} />
            {name}
          </ToggleButton>
        ))}
      </ToggleButtonGroup>
      <ShareSlider label="Threshold" value={threshold} onChange={threshold => setView({ threshold })} />
      <ToggleButton
        className="button papers"
        isSelected={blend === 'papers'}
        onChange={papers => setView(papers ? PAPERS_VIEW : { blend: 'over' })}
      >
        Papers’ look <span className="small">0.3 jet + 0.5 picture</span>
      </ToggleButton>
    </section>
  )
}
