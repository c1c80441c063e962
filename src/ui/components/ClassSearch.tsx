import { Search, X } from 'lucide-react'
import { useMemo, useState } from 'react'
import { Autocomplete, Button, Group, Input, ListBox, ListBoxItem, SearchField } from 'react-aria-components'
import { labelOf, plainLabel } from '../../catalog/labels'
import { shownAnswer } from '../model/answer'
import { searchClasses } from '../model/classes'
import { count, scoreFormat } from '../model/format'
import { usePage } from '../usePage'

/** As many as one looks through; the closest come first. */
const SHOWN = 40

/** Any class, found by typing its name or index. */
export function ClassSearch() {
  const scene = usePage(page => page.scene)
  const chooseClass = usePage(page => page.chooseClass)
  const [typed, setTyped] = useState('')

  const found = useMemo(() => {
    if (!scene || typed === '') return []
    const { labels } = scene.network
    return searchClasses(labels, typed, SHOWN).map(index => ({
      id: index,
      label: plainLabel(labelOf(labels, index), index),
      probability: shownAnswer(scene).probabilities[index] ?? 0,
    }))
  }, [scene, typed])

  return (
    <Group
      className="class-search"
      onBlur={event => {
        if (!event.currentTarget.contains(event.relatedTarget)) setTyped('')
      }}
    >
      <Autocomplete inputValue={typed} onInputChange={setTyped}>
        <SearchField className="field" aria-label="Find a class" isDisabled={!scene}>
          <Input placeholder={scene ? `Find one of ${count(scene.network.labels.length)} classes` : 'Find a class'} />
          {typed === '' ? (
            <Search className="field-sign" size={16} aria-hidden />
          ) : (
            <Button className="icon">
              <X size={16} aria-hidden />
            </Button>
          )}
        </SearchField>
        {typed !== '' && (
          <ListBox
            className="popover list class-list"
            aria-label="Classes found"
            items={found}
            onAction={id => {
              setTyped('')
              void chooseClass(Number(id))
            }}
            renderEmptyState={() => <p className="list-empty">No class is called that.</p>}
          >
            {({ id, label, probability }) => (
              <ListBoxItem id={id} className="option class-option" textValue={label}>
                <span>{label}</span>
                <span className="small">{id}</span>
                <span className="small">{scoreFormat(scene?.network.activation ?? 'softmax')(probability)}</span>
              </ListBoxItem>
            )}
          </ListBox>
        )}
      </Autocomplete>
    </Group>
  )
}
