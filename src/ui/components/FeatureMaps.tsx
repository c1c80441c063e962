import { count } from '../model/format'
import { atInput, chosenHook } from '../store/selectors'
import { usePage } from '../usePage'
import { Segmented } from './controls'
import { FeatureGrid } from './FeatureGrid'
import { LayerSelect } from './LayerSelect'
import '../styles/features.css'

const ORDERS = [
  { id: 'weight', label: 'By weight' },
  { id: 'index', label: 'By index' },
] as const

/** Every channel of the chosen layer. */
export function FeatureMaps() {
  const order = usePage(page => page.settings.order)
  const hook = usePage(chosenHook)
  const input = usePage(atInput)
  const set = usePage(page => page.set)
  return (
    <div className="features">
      <div className="features-head">
        <LayerSelect />
        {hook && (
          <span className="small">
            {input && `${hook.path}: `}
            {count(hook.channels.count)} channels
            {hook.grid && ` of ${hook.grid.height} × ${hook.grid.width}`}, each scaled by itself
          </span>
        )}
        <Segmented label="Order" value={order} options={ORDERS} onChange={order => set({ order })} />
      </div>
      <FeatureGrid />
    </div>
  )
}
