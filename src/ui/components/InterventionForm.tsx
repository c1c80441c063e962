import { ChevronDown, Play, Plus, Square } from 'lucide-react'
import {
  Button,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Select,
  SelectValue,
  Text,
  TextArea,
  TextField,
} from 'react-aria-components'
import { changeOf, type Draft, KINDS, type Kind } from '../model/interventions'
import { draftHook } from '../store/selectors'
import { usePage } from '../usePage'
import { ChannelsField } from './ChannelsField'
import { NumberInput } from './controls'
import { HookPointSelect } from './HookPointSelect'

/** One change: where, of which kind, and its numbers. Of one in force each edit is felt at once. */
export function InterventionForm() {
  const hook = usePage(draftHook)
  const hookPoints = usePage(page => page.scene?.network.hookPoints)
  const draft = usePage(page => page.draft)
  const work = usePage(page => page.interveneWork)
  const edit = usePage(page => page.edit)
  const apply = usePage(page => page.apply)
  const stop = usePage(page => page.stopIntervening)
  const channels = hook?.channels.count ?? 0
  const made = changeOf(draft, channels)
  const isCode = draft.kind === 'hook'
  const noPlaces = (hook?.shape.length ?? 0) < 3

  return (
    <div className="intervention-form">
      <div className="intervention-where">
        <KindSelect kind={draft.kind} without={noPlaces ? 'mean' : null} onChange={kind => void edit({ kind })} />
        <span className="small">at</span>
        <HookPointSelect
          label="Where to change"
          hookPoints={hookPoints}
          value={hook?.path ?? null}
          otherwise="Layer"
          onChange={path => void edit({ id: null, path })}
        />
      </div>
      {KINDS[draft.kind].channels !== 'none' && (
        <ChannelsField
          value={draft.channels}
          count={channels}
          drawn={hook?.gradient.ok ?? false}
          empty={KINDS[draft.kind].channels === 'any' ? 'all' : '12, 40-45'}
          onChange={channels => void edit({ channels })}
        />
      )}
      <Numbers draft={draft} edit={edit} />
      {isCode && (
        <TextField
          className="intervention-code"
          value={draft.code}
          onChange={code => void edit({ code })}
          onKeyDown={event => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void apply()
          }}
        >
          <Label className="small">Hook</Label>
          <TextArea spellCheck={false} rows={7} autoCapitalize="off" autoCorrect="off" />
          <Text slot="description" className="small">
            It runs apart from the page, without network, for 5 s at most. Layers before it have no maps.
          </Text>
        </TextField>
      )}
      {work.phase === 'failed' && (
        <p className="intervention-problem" role="alert">
          {work.message}
        </p>
      )}
      <div className="intervention-act">
        {isCode && work.phase === 'running' && (
          <Button className="button" onPress={() => void stop()}>
            <Square size={14} aria-hidden />
            Stop
          </Button>
        )}
        {(draft.id === null || isCode) && (
          <Button className="button primary" isDisabled={!hook || 'fault' in made} onPress={() => void apply()}>
            {isCode ? <Play size={16} aria-hidden /> : <Plus size={16} aria-hidden />}
            {isCode ? 'Run' : 'Apply'}
          </Button>
        )}
        {draft.id !== null && (
          <Button className="button" onPress={() => void edit({ id: null, path: null, channels: '' })}>
            New change
          </Button>
        )}
        <span className="small" role="status">
          {work.phase === 'running' ? <span className="status-late">Working …</span> : hint(draft, made)}
        </span>
      </div>
    </div>
  )
}

function hint(draft: Draft, made: ReturnType<typeof changeOf>): string {
  if ('fault' in made) return draft.channels === '' ? '' : made.fault
  return draft.id === null || draft.kind === 'hook' ? '' : 'In force: edits act at once.'
}

interface KindSelectProps {
  readonly kind: Kind
  readonly without: Kind | null
  onChange(kind: Kind): void
}

const KIND_LIST = (Object.keys(KINDS) as Kind[]).map(id => ({ id, ...KINDS[id] }))

function KindSelect({ kind, without, onChange }: KindSelectProps) {
  return (
    <Select
      className="intervention-kind"
      aria-label="Change"
      value={kind}
      disabledKeys={without ? [without] : []}
      onChange={id => {
        const found = KIND_LIST.find(it => it.id === id)
        if (found && found.id !== kind) onChange(found.id)
      }}
    >
      <Button className="button">
        <SelectValue>{KINDS[kind].label}</SelectValue>
        <ChevronDown size={16} aria-hidden />
      </Button>
      <Popover className="popover">
        <ListBox className="list" items={KIND_LIST}>
          {({ id, label, help }) => (
            <ListBoxItem id={id} className="option" textValue={label}>
              <Text slot="label">{label}</Text>
              <Text slot="description" className="small">
                {help}
              </Text>
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </Select>
  )
}

function Numbers({ draft, edit }: { draft: Draft; edit: (change: Partial<Draft>) => Promise<void> }) {
  const { kind, factor, min, max, share, seed } = draft
  if (kind === 'scale')
    return <NumberInput label="Factor" value={factor} step={0.1} onChange={factor => void edit({ factor })} />
  if (kind === 'clamp')
    return (
      <div className="intervention-numbers">
        <NumberInput label="At least" value={min} step={0.1} optional onChange={min => void edit({ min })} />
        <NumberInput label="At most" value={max} step={0.1} optional onChange={max => void edit({ max })} />
      </div>
    )
  if (kind !== 'noise') return null
  return (
    <div className="intervention-numbers">
      <NumberInput label="Times σ" value={share} step={0.1} least={0} onChange={share => void edit({ share })} />
      <NumberInput label="Seed" value={seed} step={1} least={0} onChange={seed => void edit({ seed })} />
    </div>
  )
}
