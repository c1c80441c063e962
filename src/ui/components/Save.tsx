import { Copy, Download } from 'lucide-react'
import { Button } from 'react-aria-components'
import { usePage } from '../usePage'

const MORE = [
  { kind: 'heatmap', label: null },
  { kind: 'features', label: 'Features' },
  { kind: 'json', label: 'Raw map' },
] as const

/** Buttons that save or copy. */
export function Save() {
  const save = usePage(page => page.save)
  const work = usePage(page => page.saveWork)
  const saved = usePage(page => page.saved)
  const gradient = usePage(({ map }) => map?.explanation.kind === 'gradient')
  const nothing = usePage(page => page.map === null) || work.phase === 'running'
  return (
    <section className="save" aria-label="Save">
      <div className="save-overlay">
        <Button className="button primary" isDisabled={nothing} onPress={() => void save('overlay')}>
          <Download size={16} aria-hidden />
          Save overlay
        </Button>
        <Button className="button" isDisabled={nothing} onPress={() => void save('copy')}>
          <Copy size={16} aria-hidden />
          Copy
        </Button>
      </div>
      <div className="save-more">
        {MORE.map(({ kind, label }) => (
          <Button key={kind} className="button" isDisabled={nothing} onPress={() => void save(kind)}>
            {label ?? (gradient ? 'Gradient' : 'Heatmap')}
          </Button>
        ))}
      </div>
      <p className="save-said small" role="status">
        {work.phase === 'running' && <span className="status-late">Saving …</span>}
        {work.phase === 'failed' ? work.message : saved}
      </p>
    </section>
  )
}
