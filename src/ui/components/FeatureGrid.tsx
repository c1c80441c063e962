import { useMemo } from 'react'
import { GridLayout, ListBox, ListBoxItem, Size, Virtualizer } from 'react-aria-components'
import { channelOrder } from '../model/channels'
import { shortValue, value } from '../model/format'
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
  const explanation = usePage(page => page.map?.explanation)
  const order = usePage(page => page.settings.order)
  const channel = usePage(page => page.channel)
  const chooseChannel = usePage(page => page.chooseChannel)
  const maps = features?.maps
  const weights = explanation && maps && explanation.layer === maps.layer ? explanation.weights : null
  const items = useMemo(
    () => (maps ? channelOrder(maps.channels, weights, order).map(id => ({ id, weight: weights?.[id] })) : []),
    [maps, weights, order],
  )
  if (!maps) return <p className="features-wait status-late">Reading the layer …</p>

  return (
    <Virtualizer layout={GridLayout} layoutOptions={LAYOUT}>
      <ListBox
        className="features-grid"
        aria-label={`Channels of ${maps.layer}`}
        layout="grid"
        selectionMode="single"
        items={items}
        selectedKeys={channel === null ? [] : [channel]}
        onSelectionChange={keys => chooseChannel(items.find(({ id }) => keys !== 'all' && keys.has(id))?.id ?? null)}
      >
        {({ id, weight }) => (
          <ListBoxItem id={id} className="channel" textValue={`Channel ${id}`}>
            <ChannelTile maps={maps} channel={id} />
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
