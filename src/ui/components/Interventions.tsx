import { usePage } from '../usePage'
import { FeatureGrid } from './FeatureGrid'
import { InterventionForm } from './InterventionForm'
import { InterventionList } from './InterventionList'
import '../styles/features.css'
import '../styles/interventions.css'

/** Changes of what flows through the network: the form for one, those there are, and channels while they are picked. */
export function Interventions() {
  const picking = usePage(page => page.picking)
  return (
    <div className="interventions">
      <InterventionForm />
      <InterventionList />
      {picking && <FeatureGrid />}
    </div>
  )
}
