import { Switch } from 'react-aria-components'
import type { DrawnHook } from '../protocol'
import { hookEffect, hookName } from './words'

/** Every hook that the code registered, with a switch. */
export function HookList({ hooks, onToggle }: { readonly hooks: readonly DrawnHook[]; onToggle(id: number): void }) {
  return (
    <ul className="hook-list" aria-label="Hooks">
      {hooks.map(hook => (
        <li key={hook.id}>
          <Switch className="switch hook-switch" isSelected={!hook.off} onChange={() => onToggle(hook.id)}>
            <span className="switch-track" />
            <span className="hook-number">{hook.id + 1}</span>
            <span className="hook-text">
              {hookName(hook)} <span className="small">{hookEffect(hook)}</span>
            </span>
          </Switch>
        </li>
      ))}
    </ul>
  )
}
