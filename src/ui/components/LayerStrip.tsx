import { useEffect, useMemo, useRef } from 'react'
import { Radio, RadioGroup } from 'react-aria-components'
import type { HookPoint } from '../../analysis/types'
import { INPUT } from '../../attribution/method'
import { shortPath, size } from '../model/format'
import { atInput, chosenHook } from '../store/selectors'
import type { Scene } from '../store/state'
import { usePage } from '../usePage'
import { LayerSelect } from './LayerSelect'
import { StripInput, StripMap } from './StripMap'
import '../styles/strip.css'

/** The network as its layers, from input to logits, each with its own small Grad-CAM. */
export function LayerStrip() {
  const scene = usePage(page => page.scene)
  const hook = usePage(chosenHook)
  const input = usePage(atInput)
  const work = usePage(page => page.stripWork)
  return (
    <div className="strip">
      <div className="strip-chosen">
        <LayerSelect />
        <p className="strip-shape small">
          {input && scene ? inputShape(scene) : hook && `${hook.op} · ${size(hook)}`}
          {work.phase === 'failed' && <span role="alert"> {work.message}</span>}
        </p>
      </div>
      {scene && hook && <Layers scene={scene} chosen={hook} />}
    </div>
  )
}

function Layers({ scene, chosen }: { scene: Scene; chosen: HookPoint }) {
  const chooseLayer = usePage(page => page.chooseLayer)
  const chooseMethod = usePage(page => page.chooseMethod)
  const input = usePage(atInput)
  const group = useRef<HTMLDivElement>(null)
  const layers = useMemo(
    () => scene.network.hookPoints.filter(hook => hook.stage || hook.path === chosen.path),
    [scene, chosen],
  )

  useEffect(() => {
    const strip = group.current
    const item = strip?.children.item(input ? 0 : layers.indexOf(chosen) + 1)
    if (strip && item) scrollTo(strip, item)
  }, [layers, chosen, input])

  return (
    <RadioGroup
      ref={group}
      className="strip-layers"
      aria-label="Layer"
      orientation="horizontal"
      value={input ? AT_INPUT : chosen.path}
      onChange={path => void (path === AT_INPUT ? chooseMethod('saliency') : chooseLayer(path))}
    >
      <Radio
        value={AT_INPUT}
        className="strip-layer"
        aria-label={`${INPUT}, ${inputShape(scene)}`}
        isDisabled={!scene.network.inputGradient.ok}
      >
        <StripInput scene={scene} />
        <span className="strip-path">{INPUT}</span>
        <span className="small">{inputShape(scene)}</span>
      </Radio>
      {layers.map(hook => (
        <Radio
          key={hook.path}
          value={hook.path}
          className="strip-layer"
          aria-label={`${hook.path}, ${size(hook)}`}
          isDisabled={!hook.gradient.ok}
        >
          <StripMap scene={scene} layer={hook.path} />
          <span className="strip-path" title={hook.path}>
            {shortPath(hook.path)}
          </span>
          <span className="small">{size(hook)}</span>
        </Radio>
      ))}
    </RadioGroup>
  )
}

/** No hook point is called that. */
const AT_INPUT = ':input'

function inputShape({ network }: Scene): string {
  const [height, width] = network.preprocessing.size
  return `${height} × ${width} · 3`
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
