import { X } from 'lucide-react'
import { findMethod } from '../../attribution/methods'
import { classOf } from '../../attribution/target'
import { labelOf } from '../../catalog/labels'
import type { ScaledMap } from '../../image/heatmap'
import { describePlaces } from '../model/describe'
import { value } from '../model/format'
import type { Comparison } from '../store/state'
import type { Layer } from '../useLayer'
import { usePage } from '../usePage'
import { AboutMethod } from './AboutMethod'
import { IconButton } from './controls'
import { SwitchChannel } from './SwitchChannel'

interface CaptionProps {
  readonly layer: Layer | null
  readonly compared: Comparison | null
}

/** One line about the map over the picture. */
export function Caption({ layer, compared }: CaptionProps) {
  const weights = usePage(({ map }) => (map?.explanation.kind === 'map' ? map.explanation.weights : null))
  const chooseChannel = usePage(page => page.chooseChannel)
  const compare = usePage(page => page.compare)
  if (compared) {
    const { method } = compared.pair[0]
    return (
      <p className="caption">
        <strong>{findMethod(method).label}</strong> of two classes
        <IconButton label="Back to one class" onPress={() => void compare(null)}>
          <X size={16} aria-hidden />
        </IconButton>
      </p>
    )
  }
  if (!layer) return <p className="caption" />
  const { scene, scaled, of } = layer
  if ('channel' in of) {
    const weight = weights?.[of.channel]
    return (
      <p className="caption">
        <strong>Channel {of.channel}</strong> of {of.layer}
        {weight !== undefined && ` · weight ${value(weight)}`}
        <Whereabouts map={scaled} />
        <SwitchChannel channel={of.channel} layer={of.layer} />
        <IconButton label="Back to the map" onPress={() => chooseChannel(null)}>
          <X size={16} aria-hidden />
        </IconButton>
      </p>
    )
  }
  const { method, layer: path, target } = of.explanation
  const camLayer = of.explanation.kind === 'gradient' ? of.explanation.camLayer : null
  const places = camLayer ? `${camLayer} · ${path}` : path
  const label = labelOf(scene.network.labels, classOf(target))
  return (
    <p className="caption">
      <strong>{label}</strong> {findMethod(method).label} · {places} · {scaled.height} × {scaled.width}
      <Whereabouts map={scaled} />
      <AboutMethod method={findMethod(method)} />
    </p>
  )
}

/** Where the map lies, if not over all that the network saw. */
function Whereabouts({ map }: { readonly map: ScaledMap }) {
  const words = describePlaces(map)
  return words && <span className="small">{words}</span>
}
