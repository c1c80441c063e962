import { X } from 'lucide-react'
import { Button, Switch } from 'react-aria-components'
import { changeWords, draftOf, type Listed } from '../model/interventions'
import { usePage } from '../usePage'
import { IconButton } from './controls'

/** The changes there are: each can be edited, switched off for a while, and taken away. */
export function InterventionList() {
  const interventions = usePage(page => page.interventions)
  const editing = usePage(page => page.draft.id)
  if (interventions.length === 0) return null
  return (
    <ul className="intervention-list" aria-label="Changes">
      {interventions.map(it => (
        <Row key={it.id} intervention={it} isEdited={it.id === editing} />
      ))}
    </ul>
  )
}

function Row({ intervention, isEdited }: { intervention: Listed; isEdited: boolean }) {
  const interventions = usePage(page => page.interventions)
  const draft = usePage(page => page.draft)
  const intervene = usePage(page => page.intervene)
  const edit = usePage(page => page.edit)
  const { id, path, change, on } = intervention
  const words = changeWords(change)
  const remove = () => {
    if (isEdited) void edit({ id: null })
    void intervene(interventions.filter(it => it.id !== id))
  }
  return (
    <li className="intervention" data-edited={isEdited || undefined}>
      <Switch
        className="switch"
        aria-label={`${path}: ${words}`}
        isSelected={on}
        onChange={on => void intervene(interventions.map(it => (it.id === id ? { ...it, on } : it)))}
      >
        <span className="switch-track" />
      </Switch>
      <Button className="intervention-words" onPress={() => void edit(draftOf(intervention, draft))}>
        <span>
          <span className="hidden">Edit</span> {words}
        </span>
        <span className="small">{path}</span>
      </Button>
      <IconButton label={`Remove ${path}: ${words}`} onPress={remove}>
        <X size={16} aria-hidden />
      </IconButton>
    </li>
  )
}
