import { Power } from 'lucide-react'
import { type PointerEvent, useMemo } from 'react'
import { GridLayout, ListBox, ListBoxItem, Size, Virtualizer } from 'react-aria-components'
import { channelOrder } from '../model/channels'
import { shortValue, value } from '../model/format'
import { channelsOff, readChannels, writeChannels } from '../model/interventions'
import { usePage } from '../usePage'
import { ChannelTile } from './ChannelTile'

const LAYOUT = {
  minItemSize: new Size(76, 98),
  maxItemSize: new Size(76, 98),
  minSpace: new Size(6, 6),
  preserveAspectRatio: true,
}

/** Only the tiles in sight are in the page, and drawn. */
export function FeatureGrid() {
  const features = usePage(page => page.features)
  const work = usePage(page => page.featuresWork)
  const explanation = usePage(page => page.map?.explanation)
  const order = usePage(page => page.settings.order)
  const channel = usePage(page => page.channel)
  const chooseChannel = usePage(page => page.chooseChannel)
  const picking = usePage(page => page.picking)
  const draft = usePage(page => page.draft)
  const edit = usePage(page => page.edit)
  const switchChannel = usePage(page => page.switchChannel)
  const maps = features?.maps
  const weights = explanation?.kind === 'map' && explanation.layer === maps?.layer ? explanation.weights : null
  const items = useMemo(
    () => (maps ? channelOrder(maps.channels, weights, order).map(id => ({ id, weight: weights?.[id] })) : []),
    [maps, weights, order],
  )
  const interventions = features?.scene.at.interventions
  const off = useMemo(() => channelsOff(interventions ?? [], maps?.layer ?? ''), [interventions, maps])
  const read = readChannels(draft.channels, maps?.channels ?? 0)
  const picked = 'channels' in read ? read.channels : []
  if (work.phase === 'failed') {
    return (
      <p className="features-problem" role="alert">
        {work.message}
      </p>
    )
  }
  if (!maps) return <p className="features-wait status-late">Reading the layer …</p>

  return (
    <Virtualizer layout={GridLayout} layoutOptions={LAYOUT}>
      <ListBox
        className="features-grid"
        aria-label={`Channels of ${maps.layer}`}
        layout="grid"
        selectionMode={picking ? 'multiple' : 'single'}
        items={items}
        dependencies={[off]}
        selectedKeys={picking ? picked : channel === null ? [] : [channel]}
        onSelectionChange={keys => {
          const chosen = items.filter(({ id }) => keys === 'all' || keys.has(id)).map(({ id }) => id)
          if (picking) void edit({ channels: writeChannels(chosen) })
          else chooseChannel(chosen[0] ?? null)
        }}
      >
        {({ id, weight }) => (
          <ListBoxItem id={id} className="channel" textValue={`Channel ${id}`} data-off={off.has(id) || undefined}>
            <ChannelTile maps={maps} channel={id} />
            {/* For the mouse: the key O does the same, and so does the button beside the large view. */}
            <span
              className="channel-power"
              title={off.has(id) ? 'Switch this channel on' : 'Switch this channel off'}
              aria-hidden
              onPointerDown={keep}
              onPointerUp={keep}
              onClick={event => {
                event.stopPropagation()
                void switchChannel(id)
              }}
            >
              <Power size={14} />
            </span>
            {off.has(id) && <span className="hidden">switched off,</span>}
            <span className="channel-name">
              <span>
                <span className="hidden">Channel</span> {id}
              </span>
              {weight !== undefined && (
                <span className="channel-weight" title={value(weight)}>
                  <span className="hidden">weight</span> {shortValue(weight)}
                </span>
              )}
            </span>
          </ListBoxItem>
        )}
      </ListBox>
    </Virtualizer>
  )
}

/** A press that is not the tile's. */
const keep = (event: PointerEvent) => event.stopPropagation()
