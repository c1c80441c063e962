import { readFileSync } from 'node:fs'
import { expect, type JSHandle, type Page, test } from '@playwright/test'
import type { Harness } from './harness/main'

/** The hooks library in a browser, on WebGPU (SwiftShader), against PyTorch's own hooks. */

const reference = (name: string) => readFileSync(new URL(`../hooks/reference/${name}`, import.meta.url))
const values = JSON.parse(reference('values.json').toString())
const network = reference('network.onnx').toString('base64')
const image: number[] = values.x.data

const harnessOf = async (page: Page): Promise<JSHandle<Harness>> => {
  await page.goto('/')
  return page.waitForFunction(() => (window as Window & { harness?: Harness }).harness) as Promise<JSHandle<Harness>>
}

/** SwiftShader's float32 sums in another order: 1e-4 of the largest value. */
function expectClose(actual: readonly number[] | undefined, truth: readonly number[], name: string): void {
  const largest = Math.max(...truth.map(Math.abs))
  const worst = Math.max(...truth.map((value, i) => Math.abs(value - (actual?.[i] ?? Number.NaN))))
  expect(worst / largest, name).toBeLessThan(1e-4)
}

test('hooks that change values and gradients do on WebGPU what they do in PyTorch', async ({ page }) => {
  const harness = await harnessOf(page)
  const found = await harness.evaluate(
    async (harness, [base64, image]) => {
      const net = await harness.hook(
        Uint8Array.from(atob(base64), c => c.charCodeAt(0)),
        'webgpu',
      )
      const times = (data: Float32Array, factor: number) => data.map(value => value * factor)
      net.module('stem').registerForwardHook((_, __, { dims, data }) => ({
        dims,
        data: times(data, 2),
        backward: grad => ({ dims, data: times(grad.data, 2) }),
      }))
      net
        .module('block.relu')
        .registerFullBackwardHook((_, gradInput) =>
          gradInput.map(({ dims, data }) => ({ dims, data: data.map(value => Math.max(0, value)) })),
        )
      const results: Record<string, number[]>[] = []
      for (let round = 0; round < 2; round++) {
        const run = await net.forward({ image: Float32Array.from(image) })
        await run.backward({ class: 2 })
        const gradients = await Promise.all(
          ['x', 'stem.0.weight', 'fc.bias'].map(async name => [name, [...(await run.gradient(name)).data]] as const),
        )
        results.push({ logits: [...run.logits.data], ...Object.fromEntries(gradients) })
        run.dispose()
      }
      await net.dispose()
      return results
    },
    [network, image] as const,
  )
  const truth = values.both_ways
  expect(found).toHaveLength(2)
  for (const [round, result] of found.entries()) {
    expectClose(result.logits, truth.logits.data, `logits, round ${round}`)
    for (const name of ['x', 'stem.0.weight', 'fc.bias'])
      expectClose(result[name], truth.gradients[name].data, `gradient of ${name}, round ${round}`)
  }
})

test('rounds of register, run and remove leave no GPU buffers behind', async ({ page }) => {
  await page.addInitScript(() => {
    const live = new Set<GPUBuffer>()
    Object.assign(window, { liveBuffers: live })
    const create = GPUDevice.prototype.createBuffer
    const destroy = GPUBuffer.prototype.destroy
    GPUDevice.prototype.createBuffer = function (descriptor) {
      const buffer = create.call(this, descriptor)
      live.add(buffer)
      return buffer
    }
    GPUBuffer.prototype.destroy = function () {
      live.delete(this)
      return destroy.call(this)
    }
  })
  const harness = await harnessOf(page)
  const counts = await harness.evaluate(
    async (harness, [base64, image]) => {
      const net = await harness.hook(
        Uint8Array.from(atob(base64), c => c.charCodeAt(0)),
        'webgpu',
      )
      const paths = ['stem', 'block', 'gate']
      const counts: number[] = []
      for (let round = 0; round < 60; round++) {
        const handle = net
          .module(paths[round % 3] ?? '')
          .registerForwardHook((_, __, output) => (round % 2 === 0 ? output : undefined))
        const run = await net.forward({ image: Float32Array.from(image) })
        await run.backward({ class: round % 4 })
        await run.gradient('x')
        handle.remove()
        run.dispose()
        counts.push((window as unknown as { liveBuffers: Set<GPUBuffer> }).liveBuffers.size)
      }
      await net.dispose()
      return counts
    },
    [network, image] as const,
  )
  expect(Math.max(...counts.slice(0, 20))).toBeGreaterThan(0)
  // The engine keeps a pool of buffers for the next run; it must not grow with the rounds.
  expect(Math.max(...counts.slice(40))).toBeLessThanOrEqual(Math.max(...counts.slice(10, 30)) + 2)
})
