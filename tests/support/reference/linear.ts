import { at, commonShape, mapIndex, type NdArray, ndArray, sumOver } from './array'
import { input, number, type Operator, text } from './operator'

export const Gemm: Operator = ({ node, inputs }) => {
  const [a, b, c] = [input(inputs, 0), input(inputs, 1), inputs[2]]
  const [transA, transB] = [number(node, 'transA', 0), number(node, 'transB', 0)]
  const rows = a.dims[transA ? 1 : 0] ?? 0
  const depth = a.dims[transA ? 0 : 1] ?? 0
  const columns = b.dims[transB ? 0 : 1] ?? 0
  return mapIndex([rows, columns], ([i = 0, j = 0]) => {
    const product = sumOver([depth], ([k = 0]) => at(a, transA ? [k, i] : [i, k]) * at(b, transB ? [j, k] : [k, j]))
    return number(node, 'alpha', 1) * product + (c ? number(node, 'beta', 1) * at(c, [i, j]) : 0)
  })
}

export const MatMul: Operator = ({ inputs }) => {
  const [first, second] = [input(inputs, 0), input(inputs, 1)]
  const a: NdArray = first.dims.length === 1 ? ndArray([1, ...first.dims], first.data) : first
  const b: NdArray = second.dims.length === 1 ? ndArray([...second.dims, 1], second.data) : second
  const depth = a.dims.at(-1) ?? 0
  const batch = commonShape(a.dims.slice(0, -2), b.dims.slice(0, -2))
  const product = mapIndex([...batch, a.dims.at(-2) ?? 0, b.dims.at(-1) ?? 0], index => {
    const outer = index.slice(0, -2)
    const [i = 0, j = 0] = index.slice(-2)
    return sumOver([depth], ([k = 0]) => at(a, [...outer, i, k]) * at(b, [...outer, k, j]))
  })
  const dims = [...batch]
  if (first.dims.length > 1) dims.push(product.dims.at(-2) ?? 0)
  if (second.dims.length > 1) dims.push(product.dims.at(-1) ?? 0)
  return ndArray(dims, product.data)
}

/** Every letter's value is tried; a place that does not fit the letters (a diagonal) adds nothing. */
export const Einsum: Operator = ({ node, inputs }) => {
  const all = inputs.map((_, i) => input(inputs, i))
  const [left = '', written] = text(node, 'equation', '').replaceAll(' ', '').split('->')
  const letters = [...left].filter(letter => /[a-z]/i.test(letter))
  const single = letters.filter(letter => letters.filter(other => other === letter).length === 1)
  const right = written ?? single.sort().join('')
  const longest = Math.max(
    ...left.split(',').map((term, i) => (all[i]?.dims.length ?? 0) - term.replace('...', '').length),
  )
  const spelled = (term: string, rank: number) =>
    term.includes('...') ? term.replace('...', 'WXYZ'.slice(4 - (rank - term.length + 3))) : term
  const terms = left.split(',').map((term, i) => spelled(term, all[i]?.dims.length ?? 0))
  const result = right.replace('...', 'WXYZ'.slice(4 - longest))
  const sizes = new Map<string, number>()
  terms.forEach((term, i) => {
    ;[...term].forEach((letter, axis) => {
      sizes.set(letter, Math.max(sizes.get(letter) ?? 1, all[i]?.dims[axis] ?? 1))
    })
  })
  const summed = [...sizes.keys()].filter(letter => !result.includes(letter))
  const sizeOfLetter = (letter: string) => sizes.get(letter) ?? 1
  return mapIndex([...result].map(sizeOfLetter), outer =>
    sumOver(summed.map(sizeOfLetter), inner => {
      const place = (letter: string) => outer[result.indexOf(letter)] ?? inner[summed.indexOf(letter)] ?? 0
      return all.reduce((product, x, i) => product * at(x, [...(terms[i] ?? '')].map(place)), 1)
    }),
  )
}
