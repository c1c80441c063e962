import { freshName, namesMade } from '../graph/inline'
import { beforeMark, ownName } from '../graph/own-names'
import type { Program } from '../graph/program'
import type { Graph } from '../graph/types'

/** Names in plain letters for the values that a program adds to a file: `grad_x`, `grad/conv1/0/Mul`. */
export class PublicNames {
  private readonly given = new Map<string, string>()
  private readonly taken: Set<string>

  constructor(graph: Graph, { nodes, constants, inputs }: Program) {
    const outside = [...graph.constants.keys(), ...graph.inputs.map(port => port.name), ...constants.keys(), ...inputs]
    this.taken = namesMade([...graph.nodes, ...nodes], new Set(outside))
  }

  /** Gives a value of the program the name that is wanted, or one like it that nothing has. */
  give(name: string, wanted: string): string {
    const given = this.given.get(name) ?? freshName(this.taken, wanted)
    this.given.set(name, given)
    return given
  }

  /** The name of any value, one of the file as it was. */
  of(name: string): string {
    return beforeMark(name) === name ? name : this.give(name, name.replaceAll(MARK, '/'))
  }
}

const MARK = ownName('', '')
