import { ChevronRight } from 'lucide-react'
import { Button, Disclosure, DisclosurePanel, Heading } from 'react-aria-components'
import { count } from '../model/format'
import { chosenHook } from '../store/selectors'
import { usePage } from '../usePage'
import { Segmented } from './controls'
import { FeatureGrid } from './FeatureGrid'
import '../styles/features.css'

const ORDERS = [
  { id: 'weight', label: 'By weight' },
  { id: 'index', label: 'By index' },
] as const

/** Every channel of the chosen layer. */
export function FeatureMaps() {
  const open = usePage(page => page.settings.features)
  const order = usePage(page => page.settings.order)
  const hook = usePage(chosenHook)
  const work = usePage(page => page.featuresWork)
  const showFeatures = usePage(page => page.showFeatures)
  const set = usePage(page => page.set)
  return (
    <section className="features" aria-label="Feature maps">
      <Disclosure isExpanded={open} onExpandedChange={open => void showFeatures(open)}>
        <div className="features-head">
          <Heading level={2}>
            <Button slot="trigger" className="features-open">
              <ChevronRight size={16} aria-hidden />
              Feature maps
            </Button>
          </Heading>
          {hook && (
            <span className="small">
              {hook.path}: {count(hook.channels.count)} channels
              {hook.grid && ` of ${hook.grid.height} × ${hook.grid.width}`}, each scaled by itself
            </span>
          )}
          {open && <Segmented label="Order" value={order} options={ORDERS} onChange={order => set({ order })} />}
        </div>
        <DisclosurePanel className="features-panel">
          {work.phase === 'failed' && (
            <p className="features-problem" role="alert">
              {work.message}
            </p>
          )}
          {open && <FeatureGrid />}
        </DisclosurePanel>
      </Disclosure>
    </section>
  )
}
