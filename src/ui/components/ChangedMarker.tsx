import { RotateCcw } from 'lucide-react'
import { Button } from 'react-aria-components'
import { changeWords } from '../model/interventions'
import { usePage } from '../usePage'
import '../styles/changed.css'

/** Says that what is on screen is not the network as it is. */
export function ChangedMarker() {
  const scene = usePage(page => page.scene)
  const intervene = usePage(page => page.intervene)
  const show = usePage(page => page.showPanel)
  const interventions = (scene?.changed && scene.at.interventions) || []
  const [first, ...more] = interventions
  return (
    <div className="changed" role="status">
      {first && (
        <>
          <Button className="changed-words" onPress={() => void show('interventions')}>
            Changed network: <strong>{first.path}</strong> {changeWords(first.change)}
            {more.length > 0 && ` and ${more.length} more`}
          </Button>
          <Button className="button" onPress={() => void intervene([])}>
            <RotateCcw size={14} aria-hidden />
            Reset
          </Button>
        </>
      )}
    </div>
  )
}
