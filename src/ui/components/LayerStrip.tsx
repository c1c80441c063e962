import { useEffect, useMemo, useRef } from 'react'
import { Radio, RadioGroup } from 'react-aria-components'
import type { HookPoint } from '../../engine/types'
import { shape, shortPath, value } from '../model/format'
import { chosenHook } from '../store/selectors'
import type { Scene } from '../store/state'
import { usePage } from '../usePage'
import { LayerSelect } from './LayerSelect'
import { StripMap } from './StripMap'
import '../styles/strip.css'

/** The network as its layers, from input to logits, each with its own small Grad-CAM. */
export function LayerStrip() {
  const scene = usePage(page => page.scene)
  const hook = usePage(chosenHook)
  const target = usePage(page => page.choice?.target)
  const work = usePage(page => page.stripWork)
  return (
    <section className="strip" aria-label="Layers">
      <div className="strip-chosen">
        <LayerSelect />
        <p className="strip-shape small">
          {hook && `${hook.op} · ${shape(hook.shape)}`}
          {work.phase === 'failed' && <span role="alert"> {work.message}</span>}
        </p>
      </div>
      {scene && hook && <Layers scene={scene} chosen={hook} />}
      {scene && target !== undefined && (
        <p className="strip-end">
          <span>logit</span>
          <strong>{value(scene.sight.logits[target] ?? 0)}</strong>
          <span className="small">{scene.network.labels[target]}</span>
        </p>
      )}
    </section>
  )
}

function Layers({ scene, chosen }: { scene: Scene; chosen: HookPoint }) {
  const chooseLayer = usePage(page => page.chooseLayer)
  const group = useRef<HTMLDivElement>(null)
  const layers = useMemo(
    () => scene.network.hookPoints.filter(hook => hook.stage || hook.path === chosen.path),
    [scene, chosen],
  )

  useEffect(() => {
    const strip = group.current
    const item = strip?.children.item(layers.indexOf(chosen))
    if (strip && item) scrollTo(strip, item)
  }, [layers, chosen])

  return (
    <RadioGroup
      ref={group}
      className="strip-layers"
      aria-label="Layer"
      orientation="horizontal"
      value={chosen.path}
      onChange={path => void chooseLayer(path)}
    >
      {layers.map(hook => (
        <Radio
          key={hook.path}
          value={hook.path}
          className="strip-layer"
          aria-label={`${hook.path}, ${shape(hook.shape)}`}
          isDisabled={!hook.methods.gradcam.ok}
        >
          <StripMap scene={scene} layer={hook.path} />
          <span className="strip-path" title={hook.path}>
            {shortPath(hook.path)}
          </span>
          <span className="small">{shape(hook.shape)}</span>
        </Radio>
      ))}
    </RadioGroup>
  )
}

/** Room that stays on either side, for what lies beside it to show. */
const MARGIN = 40

/** Sideways only: `scrollIntoView` would move the page as well. */
function scrollTo(strip: Element, item: Element): void {
  const { left, right } = item.getBoundingClientRect()
  const box = strip.getBoundingClientRect()
  if (left < box.left + MARGIN) strip.scrollLeft += left - box.left - MARGIN
  else if (right > box.right - MARGIN) strip.scrollLeft += right - box.right + MARGIN
}
