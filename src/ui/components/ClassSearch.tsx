import { Search } from 'lucide-react'
import { useMemo, useState } from 'react'
import { Button, ComboBox, Input, ListBox, ListBoxItem, Popover } from 'react-aria-components'
import { plainLabel, searchClasses } from '../model/classes'
import { count, percent } from '../model/format'
import { usePage } from '../usePage'

/** As many as one looks through; the closest come first. */
const SHOWN = 40

/** Any class, found by typing its name or index. */
export function ClassSearch() {
  const scene = usePage(page => page.scene)
  const chooseClass = usePage(page => page.chooseClass)
  const [typed, setTyped] = useState('')

  const found = useMemo(() => {
    if (!scene) return []
    const { labels } = scene.network
    return searchClasses(labels, typed, SHOWN).map(index => ({
      id: index,
      label: plainLabel(labels[index] ?? String(index), index),
      probability: scene.probabilities[index] ?? 0,
    }))
  }, [scene, typed])

  return (
    <ComboBox
      aria-label="Find a class"
      items={found}
      inputValue={typed}
      onInputChange={setTyped}
      value={null}
      onChange={id => {
        setTyped('')
        if (typeof id === 'number') void chooseClass(id)
      }}
      allowsEmptyCollection
      isDisabled={!scene}
    >
      <div className="field">
        <Input placeholder={scene ? `Find one of ${count(scene.network.labels.length)} classes` : 'Find a class'} />
        <Button className="icon">
          <Search size={16} aria-hidden />
        </Button>
      </div>
      <Popover className="popover class-list">
        <ListBox className="list" renderEmptyState={() => <p className="list-empty">No class is called that.</p>}>
          {({ id, label, probability }: (typeof found)[number]) => (
            <ListBoxItem id={id} className="option class-option" textValue={label}>
              <span>{label}</span>
              <span className="small">{id}</span>
              <span className="small">{percent(probability)}</span>
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </ComboBox>
  )
}
