/**
 * Gradients for ONNX files: an ONNX file in, an ONNX file out that gives the gradients too. It holds standard operators of the
 * file's own opset, so that any ONNX runtime runs it. Nothing is run here, and no engine is needed.
 *
 * ```js
 * import { GraphBuilder } from 'hookscope'
 * import { differentiate, writeGraph } from 'hookscope/autodiff'
 * import * as ort from 'onnxruntime-web'
 *
 * const graph = new GraphBuilder()
 * const x = graph.input('x', [3])
 * graph.output(graph.mul(x, graph.mul(x, x), 'cube'))
 * const file = writeGraph(graph.build()) // or the bytes of any .onnx
 *
 * const { bytes, gradients, seeds } = differentiate(file, { outputs: ['cube'], by: ['x'] })
 * const session = await ort.InferenceSession.create(bytes)
 * const results = await session.run({
 *   x: new ort.Tensor('float32', [1, 2, 3]),
 *   [seeds.cube]: new ort.Tensor('float32', [1, 1, 10]),
 * })
 * console.log(`${gradients.x}: ${results[gradients.x].data}`)
 * ```
 *
 * It prints 3x² times the seed:
 *
 * ```text
 * grad_x: 3,12,270
 * ```
 *
 * The operators that have a gradient are listed in docs/supported.md; one that has none is named in the error.
 *
 * @packageDocumentation
 */
export { differentiate, type GradientFile, type GradientRequest } from './differentiate/differentiate'
export type { GradientRule, GradientRules, NodeView, Operand } from './differentiate/own-rules'
export { ERROR_CODES, type ErrorCode, HookscopeError } from './errors'
export type { Attribute, Graph } from './graph/types'
export { writeOnnx as writeGraph } from './onnx/write'
