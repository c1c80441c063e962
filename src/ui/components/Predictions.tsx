import { type CSSProperties, useMemo } from 'react'
import { ListBox, ListBoxItem } from 'react-aria-components'
import type { ActivationName } from '../../analysis/activation'
import { labelOf, plainLabel } from '../../catalog/labels'
import { shownAnswer } from '../model/answer'
import { changeFormat, points, scoreFormat } from '../model/format'
import { usePage } from '../usePage'
import { useNarrow } from '../useWindow'
import { PredictionChange } from './PredictionChange'

/** The most probable classes, with those that were so before the network was changed, and the chosen one. */
export function Predictions() {
  const scene = usePage(page => page.scene)
  const target = usePage(page => page.choice?.target)
  const chooseClass = usePage(page => page.chooseClass)
  const narrow = useNarrow()

  const rows = useMemo(() => {
    if (!scene) return []
    const { network } = scene
    const { top, probabilities } = shownAnswer(scene)
    const before = scene.changed && scene.plain
    const shown = [...top, ...(before?.top ?? [])].map(({ index }) => index)
    return [...new Set([...shown, ...(target === undefined ? [] : [target])])].map((index, place) => ({
      id: index,
      label: plainLabel(labelOf(network.labels, index), index),
      probability: probabilities[index] ?? 0,
      before: before?.probabilities[index],
      key: place < top.length ? place + 1 : null,
    }))
  }, [scene, target])

  if (!scene) return <div className="predictions predictions-none" />
  const changed = scene.changed !== null
  const { activation } = scene.network
  const written = scoreFormat(activation)
  const share = (score: number) => (activation === 'none' ? 0 : score)
  const predictions = (
    <ListBox
      className="predictions"
      data-changed={changed || undefined}
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
      {({ id, label, probability, before, key }) => (
        <ListBoxItem
          id={id}
          className="prediction"
          textValue={words(label, probability, before, activation)}
          style={{ '--share': share(probability), '--before': share(before ?? probability) } as CSSProperties}
        >
          <span className="prediction-key" aria-hidden>
            {key}
          </span>
          <span className="prediction-label" title={`${label}, class ${id}`}>
            {label} <span className="prediction-index">{id}</span>
          </span>
          {before === undefined ? (
            <span className="prediction-share">{written(probability)}</span>
          ) : (
            <PredictionChange before={before} after={probability} activation={activation} />
          )}
        </ListBoxItem>
      )}
    </ListBox>
  )
  if (!changed) return predictions
  return (
    <div className="predictions-compared">
      <p className="predictions-head small" aria-hidden>
        <span>before</span>
        <span>after</span>
        {activation === 'none' ? <span>change</span> : <span title="percentage points">points</span>}
      </p>
      {predictions}
    </div>
  )
}

function words(label: string, score: number, before: number | undefined, activation: ActivationName): string {
  if (before === undefined) return `${label}, ${scoreFormat(activation)(score)}`
  const written = changeFormat(activation)
  const now = `${label}, ${written(score)}`
  const change = activation === 'none' ? '' : `: ${points(score - before)} points`
  return `${now}, before ${written(before)}${change}`
}
