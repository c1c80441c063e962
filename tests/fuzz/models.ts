import { fromBinary, ScalarType, toBinary } from '@bufbuild/protobuf'
import { isReflectMessage, type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect'
import { ModelProtoSchema } from 'onnx-buf'
import { Network } from '../../src/engine/network'
import { openModel } from '../../src/engine/open'
import type { Run } from '../../src/engine/run'
import { HookscopeError } from '../../src/errors'
import { sizeOf } from '../../src/graph/tensors'
import { writeOnnx } from '../../src/onnx/write'
import { runtime } from '../support/engine'
import { mapOf } from '../support/explain'
import { Dice } from './dice'
import { draw } from './draw'
import { Tally } from './tally'

/** Networks that are mutated: more would only be more alike. */
const ORIGINALS = 60

/**
 * Opens mutated model files as the product does, runs them on a picture and asks for a Grad-CAM.
 *
 * @param count how many are made; @param seed draws others; @param only runs one of them again
 */
export async function fuzzModels(count: number, seed: number, only?: number): Promise<Tally> {
  const tally = new Tally()
  const originals = new Map<number, Uint8Array<ArrayBuffer>>()
  for (let number = only ?? 0; number < (only === undefined ? count : only + 1); number++) {
    const place = number % ORIGINALS
    const original = originals.get(place) ?? Uint8Array.from(writeOnnx(draw(`${seed}:${place}`).graph))
    originals.set(place, original)
    const dice = new Dice(`model ${seed} ${number}`)
    const bytes = mutated(original, dice)
    await tally.add(number, () => opened(bytes))
  }
  return tally
}

async function opened(bytes: Uint8Array): Promise<string> {
  let network: Network | undefined
  let run: Run | undefined
  let reached = 'refused before it ran'
  try {
    const analyzed = await openModel(bytes, {}, async () => runtime)
    reached = 'refused when it was compiled or run'
    network = await Network.create(analyzed, runtime)
    const { input, layer } = network.layout
    run = await network.forward(Float32Array.from({ length: sizeOf(input.shape) }, (_, i) => Math.sin(i)))
    reached = 'ran, and refused the map'
    await mapOf(run, 'gradcam', layer, 0)
    return 'ran'
  } catch (error) {
    if (!(error instanceof HookscopeError) || error.code === 'engine-lost') throw error
    checkSentence(error)
    return reached
  } finally {
    run?.dispose()
    await network?.dispose()
  }
}

/** A sentence for a person: no name out of a program, no path of another machine, and not without an end. */
function checkSentence({ message }: HookscopeError): void {
  const isOne = /^[\p{L}"“…].*[.]$/su.test(message) && !/undefined|NaN\b|\[object|ERROR_CODE|\.cc:\d/.test(message)
  if (!isOne) throw new Error(`no sentence: ${message}`)
}

type Mutation = (bytes: Uint8Array<ArrayBuffer>, dice: Dice) => Uint8Array<ArrayBuffer>

/** A byte changes, a piece goes, comes twice or the file breaks off; or the model behind the bytes changes. */
const MUTATIONS: readonly Mutation[] = [
  (bytes, dice) => bytes.with(dice.int(0, bytes.length - 1), dice.int(0, 255)),
  (bytes, dice) => {
    const at = dice.int(0, bytes.length - 1)
    return bytes.with(at, (bytes[at] ?? 0) ^ (1 << dice.int(0, 7)))
  },
  (bytes, dice) => {
    const [from, length] = [dice.int(0, bytes.length), dice.int(1, 40)]
    return Uint8Array.from([...bytes.subarray(0, from), ...bytes.subarray(from + length)])
  },
  (bytes, dice) => {
    const [from, length] = [dice.int(0, bytes.length), dice.int(1, 40)]
    return Uint8Array.from([...bytes.subarray(0, from + length), ...bytes.subarray(from)])
  },
  (bytes, dice) => bytes.slice(0, dice.int(0, bytes.length)),
  ...new Array<Mutation>(8).fill((bytes, dice) => rewritten(bytes, dice, 1)),
  (bytes, dice) => rewritten(bytes, dice, 4),
]

function mutated(original: Uint8Array<ArrayBuffer>, dice: Dice): Uint8Array<ArrayBuffer> {
  return dice.of(MUTATIONS)(original, dice)
}

/** Fields of the model changed: what a program that writes such files may get wrong, and what an attacker may write. */
function rewritten(bytes: Uint8Array<ArrayBuffer>, dice: Dice, times: number): Uint8Array<ArrayBuffer> {
  const model = fromBinary(ModelProtoSchema, bytes)
  for (let i = 0; i < times; i++) {
    const messages = [...inside(reflect(ModelProtoSchema, model))]
    change(dice.of(messages), dice)
  }
  return toBinary(ModelProtoSchema, model)
}

function* inside(message: ReflectMessage): Generator<ReflectMessage> {
  yield message
  for (const field of message.fields) {
    if (!message.isSet(field)) continue
    if (field.fieldKind === 'message') yield* inside(message.get(field))
    else if (field.fieldKind === 'list' && field.listKind === 'message')
      for (const item of message.get(field)) if (isReflectMessage(item)) yield* inside(item)
  }
}

function change(message: ReflectMessage, dice: Dice): void {
  const set = message.fields.filter(field => message.isSet(field))
  const field = dice.of(set.length > 0 && dice.chance(0.9) ? set : message.fields)
  if (field.fieldKind === 'scalar') message.set(field, nonsense(field.scalar, dice))
  else if (field.fieldKind === 'enum') message.set(field, dice.of(field.enum.values).number)
  else if (field.fieldKind === 'message') message.clear(field)
  else if (field.fieldKind === 'list') {
    const list = message.get(field)
    const items = [...list]
    const at = dice.int(0, Math.max(0, items.length - 1))
    if (items.length === 0 || dice.chance(0.15)) list.clear()
    else if (dice.chance(0.2)) list.add(items[at])
    else if (field.listKind === 'scalar' && dice.chance(0.8)) list.set(at, nonsense(field.scalar, dice))
    else {
      list.clear()
      for (const item of items.toSpliced(at, 1)) list.add(item)
    }
  }
}

const INTEGERS = [
  0n,
  1n,
  -1n,
  2n,
  3n,
  5n,
  -7n,
  65n,
  1000n,
  2n ** 31n - 1n,
  -(2n ** 31n),
  2n ** 31n,
  2n ** 40n,
  2n ** 62n,
]
const FLOATS = [0, -1, 0.5, 1e30, -1e-30, Number.NaN, Number.POSITIVE_INFINITY]
const TEXTS = [
  '',
  'x',
  'Relu',
  'Slice',
  'Loop',
  '__proto__',
  'constructor',
  '\u001b[2J',
  '\u202ename',
  'n'.repeat(5000),
  '..//',
]

function nonsense(type: ScalarType, dice: Dice): number | bigint | string | boolean | Uint8Array {
  switch (type) {
    case ScalarType.STRING:
      return dice.of(TEXTS)
    case ScalarType.BYTES:
      return Uint8Array.from(dice.floats(dice.int(0, 24), 0, 256))
    case ScalarType.BOOL:
      return dice.chance(0.5)
    case ScalarType.FLOAT:
    case ScalarType.DOUBLE:
      return dice.of(FLOATS)
    case ScalarType.INT64:
      return dice.of([...INTEGERS, -(2n ** 63n), 2n ** 63n - 1n])
    case ScalarType.UINT64:
      return dice.of(INTEGERS.filter(value => value >= 0n))
    default:
      return Number(dice.of(INTEGERS.filter(value => value >= 0n && value < 2n ** 31n)))
  }
}
