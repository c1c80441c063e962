import { ChevronRight } from 'lucide-react'
import { Button, Disclosure, DisclosurePanel, Heading } from 'react-aria-components'
import { usePage } from '../usePage'
import { InterventionForm } from './InterventionForm'
import { InterventionList } from './InterventionList'
import '../styles/interventions.css'

/** Changes of what flows through the network: those there are, and the form for one. */
export function Interventions() {
  const open = usePage(page => page.settings.interventions)
  const count = usePage(page => page.interventions.filter(({ on }) => on).length)
  const show = usePage(page => page.showInterventions)
  return (
    <section className="interventions" aria-label="Interventions" data-open={open || undefined}>
      <Disclosure isExpanded={open} onExpandedChange={show}>
        <div className="interventions-head">
          <Heading level={2}>
            <Button slot="trigger" className="features-open">
              <ChevronRight size={16} aria-hidden />
              Intervene
            </Button>
          </Heading>
          {count > 0 && <span className="small">{count} in force</span>}
        </div>
        <DisclosurePanel>
          {open && (
            <div className="interventions-body">
              <InterventionForm />
              <InterventionList />
            </div>
          )}
        </DisclosurePanel>
      </Disclosure>
    </section>
  )
}
