import { InvalidArgumentError } from 'commander'
import type { AnalyzedModel } from '../analysis/analyze'
import type { Intervention } from '../engine/intervene'
import { changeOf, checkChange } from '../engine/interventions'

/** Channels of one hook point that are switched off. */
export interface Ablation {
  readonly layer: string
  readonly channels: readonly number[]
}

/** After the last colon, for paths may hold one: `layer1.0.relu:0:5` is channel 5 of the first call. */
export function readAblation(text: string): Ablation {
  const [, layer = '', list = ''] = /^(.+):([\d,\s]+)$/.exec(text.trim()) ?? []
  const channels = list
    .split(',')
    .map(item => item.trim())
    .filter(item => item !== '')
  if (channels.length > 0 && channels.every(channel => /^\d+$/.test(channel)))
    return { layer, channels: channels.map(Number) }
  throw new InvalidArgumentError('Write a hook point and its channels, as layer4.1:12,40.')
}

/** @throws HookscopeError 'unknown-layer'; 'bad-argument' for a channel that the layer has not */
export function switchedOff(analyzed: AnalyzedModel, ablations: readonly Ablation[]): Intervention[] {
  return ablations.map(({ layer, channels }) => {
    const off = { kind: 'off', channels } as const
    return { path: checkChange(analyzed, layer, off).path, change: changeOf(off) }
  })
}
