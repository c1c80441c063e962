/** Channels in the order asked for: the largest weight first, or as they come. */
export function channelOrder(channels: number, weights: Float32Array | null, by: 'weight' | 'index'): number[] {
  const order = Array.from({ length: channels }, (_, channel) => channel)
  if (by === 'index' || !weights) return order
  return order.sort((a, b) => (weights[b] ?? 0) - (weights[a] ?? 0) || a - b)
}
