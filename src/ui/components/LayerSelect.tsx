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
import type { HookPoint } from '../../engine/types'
import { shape } from '../model/format'
import { usePage } from '../usePage'

/** Any hook point, found by its module path. */
export function LayerSelect() {
  const hookPoints = usePage(page => page.scene?.network.hookPoints)
  const layer = usePage(page => page.choice?.layer ?? null)
  const chooseLayer = usePage(page => page.chooseLayer)
  const { contains } = useFilter({ sensitivity: 'base' })
  const groups = useMemo(() => grouped(hookPoints ?? []), [hookPoints])

  return (
    <Select
      aria-label="Any layer"
      value={layer}
      isDisabled={!hookPoints}
      onChange={path => {
        if (path !== null && path !== layer) void chooseLayer(String(path))
      }}
    >
      <Button className="button layer-button">
        <SelectValue className="layer-path">{layer ?? 'Layer'}</SelectValue>
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
                  <Collection items={group.layers}>{layer => <LayerOption hook={layer.hook} />}</Collection>
                </ListBoxSection>
              )}
            </ListBox>
          </Virtualizer>
        </Autocomplete>
      </Popover>
    </Select>
  )
}

function LayerOption({ hook: { path, op, shape: size, methods } }: { hook: HookPoint }) {
  return (
    <ListBoxItem id={path} className="option" textValue={path} isDisabled={!methods.gradcam.ok}>
      <span className="layer-path">{path}</span>
      <span className="small layer-path">{methods.gradcam.ok ? `${op} · ${shape(size)}` : methods.gradcam.reason}</span>
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
