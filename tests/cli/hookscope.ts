import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import * as v from 'valibot'
import { onTestFinished } from 'vitest'

const BINARY = resolve('bin/hookscope.js')
export const PICTURES = resolve('tests/golden/pictures')

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface HowToRun {
  readonly cwd?: string
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>
  /** Another build of the binary. */
  readonly binary?: string
  /** Interrupts the process once it has printed this, on either stream. */
  readonly interruptAfter?: RegExp
}

/** Runs the built binary as a shell would, its output piped. */
export function hookscope(args: readonly string[], how: HowToRun = {}): Promise<Outcome> {
  const { cwd, env, binary = BINARY, interruptAfter } = how
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [binary, ...args], {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', text => {
      stdout += text
      if (!child.killed && interruptAfter?.test(stdout)) child.kill('SIGINT')
    })
    child.stderr.setEncoding('utf8').on('data', text => {
      stderr += text
      if (!child.killed && interruptAfter?.test(stderr)) child.kill('SIGINT')
    })
    child.on('error', fail)
    child.on('close', code => done({ code, stdout, stderr }))
  })
}

/** A folder that goes when the test ends. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'hookscope-'))
  onTestFinished(() => rmSync(path, { recursive: true }))
  return path
}

const Failure = v.strictObject({ code: v.string(), message: v.string() })
const TopClass = v.strictObject({
  index: v.number(),
  label: v.string(),
  probability: v.optional(v.number()),
  value: v.optional(v.number()),
})
const resize = v.picklist(['crop', 'squash'])
const PictureError = v.strictObject({ picture: v.string(), error: Failure })

const Span = v.strictTuple([v.number(), v.number()])
const Places = v.strictObject({
  size: Span,
  pieces: v.array(
    v.strictObject({
      x: v.number(),
      y: v.number(),
      width: v.number(),
      height: v.number(),
      rows: Span,
      columns: Span,
      turned: v.optional(v.boolean()),
    }),
  ),
  mixed: v.optional(v.string()),
})

const MapEntry = v.strictObject({
  method: v.picklist(['cam', 'gradcam', 'saliency', 'guided', 'deconvnet', 'guided-gradcam']),
  layer: v.string(),
  camLayer: v.optional(v.string()),
  class: v.number(),
  negative: v.optional(v.literal(true)),
  label: v.string(),
  shape: v.union([v.strictTuple([v.number(), v.number()]), v.strictTuple([v.literal(3), v.number(), v.number()])]),
  values: v.optional(v.array(v.number())),
  places: v.optional(Places),
  files: v.optional(v.array(v.string())),
  rectifiers: v.optional(v.number()),
})
const MapError = v.strictObject({
  method: v.string(),
  layer: v.string(),
  camLayer: v.optional(v.string()),
  class: v.union([v.number(), v.string()]),
  error: Failure,
})
const Explained = v.strictObject({
  picture: v.string(),
  resize,
  top: v.pipe(v.array(TopClass), v.maxLength(5)),
  logits: v.optional(v.array(v.number())),
  input: v.optional(v.strictObject({ shape: v.array(v.number()), sum: v.number(), absSum: v.number() })),
  maps: v.array(v.union([MapEntry, MapError])),
})
const report = <T extends v.GenericSchema>(result: T) =>
  v.strictObject({
    model: v.string(),
    engine: v.literal('wasm'),
    ablated: v.optional(v.array(v.strictObject({ layer: v.string(), channels: v.array(v.number()) }))),
    results: v.array(v.union([result, PictureError])),
  })

const ExplainReport = report(Explained)
const ClassifyReport = report(v.strictObject({ picture: v.string(), resize, top: v.array(TopClass) }))

export type Explained = v.InferOutput<typeof Explained>
export type MapEntry = v.InferOutput<typeof MapEntry>

/** What `explain --json` printed: nothing but the object, and nothing in it but what is promised. */
export function readExplained(stdout: string) {
  return v.parse(ExplainReport, JSON.parse(stdout))
}

export function readClassified(stdout: string) {
  return v.parse(ClassifyReport, JSON.parse(stdout))
}

/** The only picture's result, and its maps, all of which have to be there. */
export function onlyResult(stdout: string): Omit<Explained, 'maps'> & { readonly maps: MapEntry[] } {
  const [result] = readExplained(stdout).results
  if (!result || 'error' in result) throw new Error(`no result in ${stdout.slice(0, 500)}`)
  return { ...result, maps: result.maps.map(map => v.parse(MapEntry, map)) }
}

const Golden = v.object({
  input: v.object({ sum: v.number(), absSum: v.number() }),
  logits: v.array(v.number()),
  top: v.array(v.number()),
  maps: v.array(
    v.object({
      method: v.string(),
      layer: v.string(),
      class: v.number(),
      noise: v.number(),
      max: v.number(),
      values: v.optional(v.array(v.number())),
    }),
  ),
  inputGradients: v.array(
    v.object({
      kind: v.string(),
      class: v.number(),
      noise: v.number(),
      max: v.number(),
      absSum: v.number(),
      samples: v.array(v.tuple([v.number(), v.number()])),
    }),
  ),
})

/** PyTorch's values, made by tests/golden/make.py. */
export function golden(name: string) {
  return v.parse(Golden, JSON.parse(readFileSync(`tests/golden/values/${name}.json`, 'utf8')))
}
