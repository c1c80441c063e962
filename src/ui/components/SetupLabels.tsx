import { useState } from 'react'
import { Button, FileTrigger } from 'react-aria-components'
import { LABEL_SET_NAMES, LABEL_SETS, type LabelSource, parseLabels } from '../../catalog/label-sets'
import { HookscopeError, printable } from '../../errors'
import { count } from '../model/format'
import { usePage } from '../usePage'
import { Choice } from './Choice'
import type { PartProps } from './SetupReading'

/** The names of the classes. */
export function LabelsPart({ facts: { classes, answer }, setup: { labels } }: PartProps) {
  const changeSetup = usePage(page => page.changeSetup)
  const [problem, setProblem] = useState<string | null>(null)
  const choose = (labels: LabelSource) => {
    setProblem(null)
    void changeSetup({ labels })
  }

  async function readFile(file: File): Promise<void> {
    try {
      const name = printable(file.name)
      const names = parseLabels(await file.text(), name)
      if (names.length === classes || (answer.isSingle && names.length === 1)) choose({ name, names })
      else setProblem(`${name} has ${count(names.length)} names for the network’s ${count(classes)} classes.`)
    } catch (error) {
      if (!(error instanceof HookscopeError)) throw error
      setProblem(error.message)
    }
  }

  const sets = LABEL_SET_NAMES.map(id => ({
    id,
    label: LABEL_SETS[id].label,
    help:
      LABEL_SETS[id].classes === classes
        ? ''
        : `Has ${count(LABEL_SETS[id].classes)} names; needed are ${count(classes)}.`,
    disabled: LABEL_SETS[id].classes !== classes,
  }))
  return (
    <fieldset className="form-part">
      <legend>Classes are called by</legend>
      <Choice
        label="Names"
        value={typeof labels === 'string' ? labels : null}
        otherwise={typeof labels === 'string' ? '' : printable(labels.name)}
        options={[...sets, { id: 'numbers' as const, label: 'Numbers' }]}
        onChange={name => choose(name)}
      />
      <FileTrigger
        acceptedFileTypes={['.txt', '.json', 'text/plain', 'application/json']}
        onSelect={files => {
          const [file] = files ?? []
          if (file) void readFile(file)
        }}
      >
        <Button className="button">Names from a file …</Button>
      </FileTrigger>
      {typeof labels === 'object' && <p className="small">{printable(labels.names.slice(0, 5).join(', '))} …</p>}
      {problem && (
        <p className="warning" role="alert">
          {problem}
        </p>
      )}
    </fieldset>
  )
}
