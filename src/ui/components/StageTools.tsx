import { useId } from 'react'
import { METHODS, type MethodName } from '../../cam/methods'
import { usePage } from '../usePage'
import { Segmented, ShareSlider } from './controls'

const RESIZES = [
  { id: 'crop', label: 'Crop' },
  { id: 'squash', label: 'Squash' },
] as const

const DRAWINGS = [
  { id: 'smooth', label: 'Smooth' },
  { id: 'cells', label: 'Cells' },
] as const

/** How the map is made and laid over the picture. */
export function StageTools() {
  const method = usePage(page => page.choice?.method ?? 'gradcam')
  const cam = usePage(page => page.scene?.network.cam)
  const resize = usePage(page => page.wanted.resize)
  const { opacity, smooth } = usePage(page => page.settings.view)
  const chooseMethod = usePage(page => page.chooseMethod)
  const chooseResize = usePage(page => page.chooseResize)
  const setView = usePage(page => page.setView)
  const reason = useId()
  const whyNot = cam?.ok === false ? cam.reason : null
  const methods = (Object.keys(METHODS) as MethodName[]).map(id => ({
    id,
    label: METHODS[id].label,
    disabled: id === 'cam' && whyNot !== null,
  }))

  return (
    <div className="tools">
      <Segmented
        label="Method"
        value={method}
        options={methods}
        describedBy={whyNot ? reason : undefined}
        onChange={method => void chooseMethod(method)}
      />
      <Segmented
        label="What the network sees"
        value={resize}
        options={RESIZES}
        onChange={resize => void chooseResize(resize)}
      />
      <Segmented
        label="Drawn as"
        value={smooth ? 'smooth' : 'cells'}
        options={DRAWINGS}
        onChange={drawing => setView({ smooth: drawing === 'smooth' })}
      />
      <ShareSlider label="Opacity" value={opacity} onChange={opacity => setView({ opacity, blend: 'over' })} />
      {whyNot && (
        <p id={reason} className="tools-reason small">
          {whyNot}
        </p>
      )}
    </div>
  )
}
