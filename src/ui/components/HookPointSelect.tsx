import { ChevronsUpDown } from 'lucide-react'
import { useMemo } from 'react'
import {
  Autocomplete,
  Button,
  Collection,
  Header,
  Input,
  ListBox,
  ListBoxItem,
  ListBoxSection,
  ListLayout,
  Popover,
  SearchField,
  Select,
  SelectValue,
  useFilter,
  Virtualizer,
} from 'react-aria-components'
import type { HookPoint } from '../../analysis/types'
import { size } from '../model/format'

interface HookPointSelectProps {
  readonly label: string
  readonly hookPoints: readonly HookPoint[] | undefined
  readonly value: string | null
  /** Text where none is chosen. */
  readonly otherwise: string
  /** Why one cannot be chosen. */
  whyNot?(hook: HookPoint): string | null
  onChange(path: string): void
}

/** Any hook point, found by its module path. */
export function HookPointSelect({ label, hookPoints, value, otherwise, whyNot, onChange }: HookPointSelectProps) {
  const { contains } = useFilter({ sensitivity: 'base' })
  const groups = useMemo(() => grouped(hookPoints ?? []), [hookPoints])

  return (
    <Select
      aria-label={label}
      value={value}
      isDisabled={!hookPoints}
      onChange={path => {
        if (path !== null && path !== value) onChange(String(path))
      }}
    >
      <Button className="button layer-button">
        <SelectValue className="layer-path">{value ?? otherwise}</SelectValue>
        <ChevronsUpDown size={16} aria-hidden />
      </Button>
      <Popover className="popover layer-list">
        <Autocomplete filter={contains}>
          <SearchField className="field" aria-label="Find a layer" autoFocus>
            <Input placeholder={`Find one of ${hookPoints?.length} by its path`} />
          </SearchField>
          <Virtualizer layout={ListLayout} layoutOptions={{ rowSize: 48, headingSize: 32 }}>
            <ListBox
              className="list"
              items={groups}
              renderEmptyState={() => <p className="list-empty">No layer is called that.</p>}
            >
              {group => (
                <ListBoxSection id={`group ${group.id}`}>
                  <Header className="list-group">{group.id}</Header>
                  <Collection items={group.layers}>
                    {({ hook }) => <HookPointOption hook={hook} reason={whyNot?.(hook) ?? null} />}
                  </Collection>
                </ListBoxSection>
              )}
            </ListBox>
          </Virtualizer>
        </Autocomplete>
      </Popover>
    </Select>
  )
}

function HookPointOption({ hook, reason }: { hook: HookPoint; reason: string | null }) {
  const { path, op } = hook
  return (
    <ListBoxItem id={path} className="option" textValue={path} isDisabled={reason !== null}>
      <span className="layer-path">{path}</span>
      <span className="small layer-path">{reason ?? `${op} · ${size(hook)}`}</span>
    </ListBoxItem>
  )
}

interface Group {
  readonly id: string
  readonly layers: { readonly id: string; readonly hook: HookPoint }[]
}

/** Hook points by group, in the order of the network. */
function grouped(hookPoints: readonly HookPoint[]): readonly Group[] {
  const groups = new Map<string, Group>()
  for (const hook of hookPoints) {
    const group = groups.get(hook.group) ?? { id: hook.group, layers: [] }
    group.layers.push({ id: hook.path, hook })
    groups.set(hook.group, group)
  }
  return [...groups.values()]
}
