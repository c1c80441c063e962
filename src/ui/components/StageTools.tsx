import { useId } from 'react'
import { isInputMethod } from '../../cam/all-methods'
import { METHODS, type MethodName } from '../../cam/methods'
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
  const method = usePage(page => page.choice?.method ?? 'gradcam')
  const cam = usePage(page => page.scene?.network.cam)
  const inputGradient = usePage(page => page.scene?.network.inputGradient)
  const resize = usePage(page => page.wanted.resize)
  const view = usePage(page => page.settings.view)
  const gradient = usePage(page => page.settings.gradient)
  const chooseMethod = usePage(page => page.chooseMethod)
  const chooseResize = usePage(page => page.chooseResize)
  const setView = usePage(page => page.setView)
  const setGradientView = usePage(page => page.setGradientView)
  const noCam = useId()
  const noGradient = useId()
  const whyNoCam = cam?.ok === false ? cam.reason : null
  const whyNoGradient = inputGradient?.ok === false ? inputGradient.reason : null
  const methods = (Object.keys(METHODS) as MethodName[]).map(id => ({
    id,
    label: METHODS[id].label,
    disabled: id === 'cam' && whyNoCam !== null,
  }))

  return (
    <div className="tools">
      <div className="methods">
        <Segmented
          label="Method"
          value={isInputMethod(method) ? null : method}
          options={methods}
          describedBy={whyNoCam ? noCam : undefined}
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
      {isInputMethod(method) ? (
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
      {whyNoCam && (
        <p id={noCam} className="tools-reason small">
          {whyNoCam}
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
