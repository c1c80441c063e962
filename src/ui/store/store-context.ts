import { HookscopeError } from '../../errors'
import type { Client } from '../../worker/client'
import type { Latest } from './latest'
import type { Page, Said } from './state'

/** The methods of the engine's client that the store needs. */
export type Engine = Pick<
  Client,
  | 'open'
  | 'look'
  | 'explain'
  | 'strip'
  | 'features'
  | 'intervene'
  | 'overlay'
  | 'cancel'
  | 'stop'
  | 'introduce'
  | 'inspect'
  | 'preview'
  | 'downloadFrom'
  | 'fetch'
  | 'storage'
  | 'remove'
>

/** The state, the engine and the abort signals that the page's actions share. */
export interface StoreContext {
  get(): Page
  set(change: Partial<Page>): void
  readonly engine: Engine
  readonly latest: Latest<'see' | 'map' | 'strip' | 'features' | 'compare' | 'intervene' | 'sheet'>
}

export const IDLE = { phase: 'idle' } as const
export const RUNNING = { phase: 'running' } as const

export function said(error: unknown): Said {
  const detail = error instanceof HookscopeError ? error.detail : undefined
  return { message: sentence(error), ...(detail && { detail }) }
}

export const failed = (error: unknown) => ({ phase: 'failed' as const, ...said(error) })

/** An error as a sentence for the page. */
export function sentence(error: unknown): string {
  if (error instanceof HookscopeError) return error.message
  const message = error instanceof Error ? error.message : String(error)
  return `Hookscope failed: ${message}. Reload the page; what you did is worth a report.`
}
