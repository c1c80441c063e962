import type { Operator as Forward } from '../../support/reference/operator'
import { number } from '../../support/reference/operator'
import { flat } from '../operator'

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))

/**
 * One direction over x [T, 1, I], from a state of zeros, without biases; nothing is differentiated through it.
 *
 * @param step the next state and memory from the gates: `gate(k, h)` is line k of W·x_t + R·h
 */
const recurrent = (
  step: (
    gate: (k: number, state: readonly number[]) => number[],
    state: number[],
    memory: number[],
  ) => [number[], number[]],
) =>
  flat(({ node, inputs: [x, w, r] }: Parameters<Forward>[0]) => {
    const hidden = number(node, 'hidden_size', 1)
    const [turns = 0, , size = 1] = x?.dims ?? []
    let state = new Array<number>(hidden).fill(0)
    let memory = [...state]
    const all: number[] = []
    for (let t = 0; t < turns; t++) {
      const gate = (k: number, given: readonly number[]) =>
        Array.from({ length: hidden }, (_, h) => {
          const line = k * hidden + h
          let sum = 0
          for (let i = 0; i < size; i++) sum += (w?.data[line * size + i] ?? 0) * (x?.data[t * size + i] ?? 0)
          for (let i = 0; i < hidden; i++) sum += (r?.data[line * hidden + i] ?? 0) * (given[i] ?? 0)
          return sum
        })
      ;[state, memory] = step(gate, state, memory)
      all.push(...state)
    }
    return [
      { dims: [turns, 1, 1, hidden], data: Float64Array.from(all) },
      { dims: [1, 1, hidden], data: Float64Array.from(state) },
    ]
  }, false)

/** Gates: update, reset, hidden. */
export const GRU = recurrent((gate, state) => {
  const [update, reset] = [gate(0, state).map(sigmoid), gate(1, state).map(sigmoid)]
  const fresh = gate(
    2,
    state.map((h, i) => h * (reset[i] ?? 0)),
  ).map(Math.tanh)
  return [state.map((h, i) => (1 - (update[i] ?? 0)) * (fresh[i] ?? 0) + (update[i] ?? 0) * h), []]
})

/** Gates: input, output, forget, cell. */
export const LSTM = recurrent((gate, state, memory) => {
  const [i, o, f] = [0, 1, 2].map(k => gate(k, state).map(sigmoid)) as [number[], number[], number[]]
  const cell = gate(3, state).map(Math.tanh)
  const next = memory.map((c, h) => (f[h] ?? 0) * c + (i[h] ?? 0) * (cell[h] ?? 0))
  return [next.map((c, h) => (o[h] ?? 0) * Math.tanh(c)), next]
})
