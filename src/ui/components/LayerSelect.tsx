import type { HookPoint } from '../../analysis/types'
import { INPUT } from '../../attribution/method'
import { atInput } from '../store/selectors'
import { usePage } from '../usePage'
import { HookPointSelect } from './HookPointSelect'

/** The layer that is looked at: any hook point that a map can be made of. */
export function LayerSelect() {
  const hookPoints = usePage(page => page.scene?.network.hookPoints)
  const input = usePage(atInput)
  const chosen = usePage(page => page.choice?.layer ?? null)
  const chooseLayer = usePage(page => page.chooseLayer)
  return (
    <HookPointSelect
      label="Any layer"
      hookPoints={hookPoints}
      value={input ? null : chosen}
      otherwise={input ? INPUT : 'Layer'}
      whyNot={noMap}
      onChange={path => void chooseLayer(path)}
    />
  )
}

const noMap = ({ gradient }: HookPoint): string | null => (gradient.ok ? null : gradient.reason)
