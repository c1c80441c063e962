/**
 * Pearson's correlation of two gradients or maps of one shape, −1..1; NaN where one of them is constant. Near 1 for two
 * classes' guided backpropagation: it hardly depends on the class (Adebayo et al. 2018, Sanity Checks for Saliency Maps).
 */
export function correlation(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) throw new Error(`${a.length} values cannot be correlated with ${b.length}`)
  const [meanA, meanB] = [mean(a), mean(b)]
  let [both, squaresA, squaresB] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    const x = (a[i] ?? 0) - meanA
    const y = (b[i] ?? 0) - meanB
    both += x * y
    squaresA += x * x
    squaresB += y * y
  }
  return both / Math.sqrt(squaresA * squaresB)
}

const mean = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0) / values.length
