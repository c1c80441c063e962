import { useId } from 'react'
import { availableIn, DEFAULT_METHOD, findMethod, METHODS } from '../../attribution/methods'
import { usePage } from '../usePage'
import { Segmented, ShareSlider } from './controls'
import { MethodMenu } from './MethodMenu'

const RESIZES = [
  { id: 'crop', label: 'Crop' },
  { id: 'squash', label: 'Squash' },
] as const

const DRAWINGS = [
  { id: 'smooth', label: 'Smooth' },
  { id: 'cells', label: 'Cells' },
] as const

const GRADIENT_DRAWINGS = [
  { id: 'rgb', label: 'RGB' },
  { id: 'signed', label: 'Signed' },
] as const

/** How the map is made and laid over the picture. */
export function StageTools() {
  const method = findMethod(usePage(page => page.choice?.method ?? DEFAULT_METHOD))
  const network = usePage(page => page.scene?.network)
  const resize = usePage(page => page.wanted.resize)
  const view = usePage(page => page.settings.view)
  const gradient = usePage(page => page.settings.gradient)
  const chooseMethod = usePage(page => page.chooseMethod)
  const chooseResize = usePage(page => page.chooseResize)
  const setView = usePage(page => page.setView)
  const setGradientView = usePage(page => page.setGradientView)
  const notHere = useId()
  const noGradient = useId()
  const methods = METHODS.filter(({ isProminent }) => isProminent).map(method => {
    const available = network && availableIn(method, network)
    return { id: method.id, label: method.label, reason: available?.ok === false ? available.reason : null }
  })
  const refused = methods.filter(({ reason }) => reason !== null)
  const whyNoGradient = network?.inputGradient.ok === false ? network.inputGradient.reason : null

  return (
    <div className="tools">
      <div className="methods">
        <Segmented
          label="Method"
          value={method.isProminent ? method.id : null}
          options={methods.map(({ reason, ...method }) => ({ ...method, disabled: reason !== null }))}
          describedBy={refused.length > 0 ? notHere : undefined}
          onChange={method => void chooseMethod(method)}
        />
        <MethodMenu describedBy={whyNoGradient ? noGradient : undefined} />
      </div>
      <Segmented
        label="What the network sees"
        value={resize}
        options={RESIZES}
        onChange={resize => void chooseResize(resize)}
      />
      {method.result === 'gradient' ? (
        <>
          <Segmented
            label="Drawn as"
            value={gradient.drawing}
            options={GRADIENT_DRAWINGS}
            onChange={drawing => setGradientView({ drawing })}
          />
          <ShareSlider label="Opacity" value={gradient.opacity} onChange={opacity => setGradientView({ opacity })} />
        </>
      ) : (
        <>
          <Segmented
            label="Drawn as"
            value={view.smooth ? 'smooth' : 'cells'}
            options={DRAWINGS}
            onChange={drawing => setView({ smooth: drawing === 'smooth' })}
          />
          <ShareSlider label="Opacity" value={view.opacity} onChange={opacity => setView({ opacity, blend: 'over' })} />
        </>
      )}
      {refused.length > 0 && (
        <p id={notHere} className="tools-reason small">
          {refused.map(({ reason }) => reason).join(' ')}
        </p>
      )}
      {whyNoGradient && (
        <p id={noGradient} className="tools-reason small">
          {whyNoGradient}
        </p>
      )}
    </div>
  )
}
