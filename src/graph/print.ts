import type { Attribute, Body, Graph, Node, Tensor } from './types'

/** A graph as text, one node a line, for tests and for reading: `y = Conv(x, w) {group=1, strides=[2,2]}`. */
export function printGraph(graph: Pick<Graph | Body, 'nodes' | 'constants'>, indent = ''): string {
  const constants = [...graph.constants].map(([name, tensor]) => `${indent}${name} = ${printTensor(tensor)}`)
  return [...constants, ...graph.nodes.map(node => indent + printNode(node, indent))].join('\n')
}

function printNode(node: Node, indent: string): string {
  const plain = [...node.attributes].filter(([, attribute]) => attribute.kind !== 'graph')
  const attributes = plain.map(([name, attribute]) => `${name}=${printAttribute(attribute)}`).join(', ')
  const bodies = [...node.attributes].flatMap(([name, attribute]) =>
    attribute.kind === 'graph' ? `\n${indent}  ${name}:\n${printGraph(attribute.value, `${indent}    `)}` : [],
  )
  const call = `${node.outputs.join(', ')} = ${node.op}(${node.inputs.join(', ')})`
  return `${call}${attributes ? ` {${attributes}}` : ''}${bodies.join('')}`
}

function printAttribute(attribute: Attribute): string {
  switch (attribute.kind) {
    case 'tensor':
      return printTensor(attribute.value)
    case 'graph':
    case 'opaque':
      return '…'
    case 'int':
    case 'float':
    case 'string':
      return String(attribute.value)
    default:
      return `[${attribute.value.join(',')}]`
  }
}

const printTensor = (tensor: Tensor): string => `${tensor.type}[${tensor.dims.join(',')}]`
