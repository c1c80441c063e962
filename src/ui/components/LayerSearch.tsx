import { ChevronsUpDown } from 'lucide-react'
import { useMemo, useState } from 'react'
import {
  Button,
  Collection,
  ComboBox,
  Header,
  Input,
  ListBox,
  ListBoxItem,
  ListBoxSection,
  ListLayout,
  Popover,
  Virtualizer,
} from 'react-aria-components'
import type { HookPoint } from '../../engine/types'
import { shape } from '../model/format'
import { usePage } from '../usePage'

interface Group {
  readonly id: string
  readonly hooks: readonly HookPoint[]
}

/** Any hook point, found by its module path or op. */
export function LayerSearch() {
  const hookPoints = usePage(page => page.scene?.network.hookPoints)
  const layer = usePage(page => page.choice?.layer ?? '')
  const chooseLayer = usePage(page => page.chooseLayer)
  const [typed, setTyped] = useState<string | null>(null)
  const groups = useMemo(() => find(hookPoints ?? [], typed ?? ''), [hookPoints, typed])

  return (
    <ComboBox
      className="strip-search"
      aria-label="Any layer, by its path"
      items={groups}
      value={layer}
      inputValue={typed ?? layer}
      onInputChange={setTyped}
      onChange={path => {
        setTyped(null)
        if (path !== null && path !== layer) void chooseLayer(String(path))
      }}
      onOpenChange={open => setTyped(open ? '' : null)}
      allowsEmptyCollection
      isDisabled={!hookPoints}
    >
      <div className="field">
        <Input placeholder="Layer" />
        <Button className="icon">
          <ChevronsUpDown size={16} aria-hidden />
        </Button>
      </div>
      <Popover className="popover layer-list">
        <Virtualizer layout={ListLayout} layoutOptions={{ rowSize: 44, headingSize: 28 }}>
          <ListBox className="list" renderEmptyState={() => <p className="list-empty">No layer is called that.</p>}>
            {({ id, hooks }: Group) => (
              <ListBoxSection id={`group ${id}`}>
                <Header className="list-group">{id}</Header>
                <Collection items={hooks.map(hook => ({ ...hook, id: hook.path }))}>
                  {hook => (
                    <ListBoxItem
                      id={hook.path}
                      className="option"
                      textValue={hook.path}
                      isDisabled={!hook.methods.gradcam.ok}
                    >
                      <span className="layer-path">{hook.path}</span>
                      <span className="small">
                        {hook.methods.gradcam.ok ? `${hook.op} · ${shape(hook.shape)}` : hook.methods.gradcam.reason}
                      </span>
                    </ListBoxItem>
                  )}
                </Collection>
              </ListBoxSection>
            )}
          </ListBox>
        </Virtualizer>
      </Popover>
    </ComboBox>
  )
}

/** Hook points by group, in the order of the network. */
function find(hookPoints: readonly HookPoint[], typed: string): readonly Group[] {
  const query = typed.trim().toLowerCase()
  const groups = new Map<string, HookPoint[]>()
  for (const hook of hookPoints) {
    if (!`${hook.path} ${hook.op}`.toLowerCase().includes(query)) continue
    const group = groups.get(hook.group)
    if (group) group.push(hook)
    else groups.set(hook.group, [hook])
  }
  return Array.from(groups, ([id, hooks]) => ({ id, hooks }))
}
