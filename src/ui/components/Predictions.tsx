import { type CSSProperties, useMemo } from 'react'
import { ListBox, ListBoxItem } from 'react-aria-components'
import { labelOf, plainLabel } from '../model/classes'
import { percent } from '../model/format'
import { useNarrow } from '../useNarrow'
import { usePage } from '../usePage'

/** The most probable classes, and the chosen one where it is not among them. */
export function Predictions() {
  const scene = usePage(page => page.scene)
  const target = usePage(page => page.choice?.target)
  const chooseClass = usePage(page => page.chooseClass)
  const narrow = useNarrow()

  const rows = useMemo(() => {
    if (!scene) return []
    const { top, probabilities, network } = scene
    const chosen = target === undefined || top.some(({ index }) => index === target) ? [] : [target]
    return [...top.map(({ index }) => index), ...chosen].map((index, place) => ({
      id: index,
      label: plainLabel(labelOf(network.labels, index), index),
      probability: probabilities[index] ?? 0,
      key: place < top.length ? place + 1 : null,
    }))
  }, [scene, target])

  if (!scene) return <div className="predictions predictions-none" />
  return (
    <ListBox
      className="predictions"
      aria-label="Predictions"
      selectionMode="single"
      disallowEmptySelection
      orientation={narrow ? 'horizontal' : 'vertical'}
      items={rows}
      selectedKeys={target === undefined ? [] : [target]}
      onSelectionChange={keys => {
        const row = rows.find(({ id }) => keys !== 'all' && keys.has(id))
        if (row && row.id !== target) void chooseClass(row.id)
      }}
    >
      {({ id, label, probability, key }) => (
        <ListBoxItem
          id={id}
          className="prediction"
          textValue={`${label}, ${percent(probability)}`}
          style={{ '--share': probability } as CSSProperties}
        >
          <span className="prediction-key" aria-hidden>
            {key}
          </span>
          <span className="prediction-label" title={`${label}, class ${id}`}>
            {label} <span className="prediction-index">{id}</span>
          </span>
          <span className="prediction-share">{percent(probability)}</span>
        </ListBoxItem>
      )}
    </ListBox>
  )
}
