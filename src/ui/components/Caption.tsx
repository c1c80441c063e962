import { X } from 'lucide-react'
import { METHODS } from '../../cam/methods'
import { labelOf } from '../model/classes'
import { value } from '../model/format'
import type { Layer } from '../useLayer'
import { usePage } from '../usePage'
import { IconButton } from './controls'

/** What lies over the picture, in a line above it. */
export function Caption({ layer }: { layer: Layer | null }) {
  const weights = usePage(page => page.map?.explanation.weights)
  const chooseChannel = usePage(page => page.chooseChannel)
  if (!layer) return <p className="caption" />
  const { scene, scaled, of } = layer
  if ('channel' in of) {
    const weight = weights?.[of.channel]
    return (
      <p className="caption">
        <strong>Channel {of.channel}</strong> of {of.layer}
        {weight !== undefined && ` · weight ${value(weight)}`}
        <IconButton label="Back to the map" onPress={() => chooseChannel(null)}>
          <X size={16} aria-hidden />
        </IconButton>
      </p>
    )
  }
  const { method, layer: path, target } = of.explanation
  const label = labelOf(scene.network.labels, target)
  return (
    <p className="caption">
      <strong>{label}</strong> {METHODS[method].label} · {path} · {scaled.height} × {scaled.width}
    </p>
  )
}
