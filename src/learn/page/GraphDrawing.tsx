import { useEffect, useMemo, useRef } from 'react'
import type { Drawing, DrawnHook } from '../protocol'
import {
  HOOK,
  type Layout,
  LINE,
  layOut,
  type PlacedHook,
  type PlacedNode,
  type PlacedValue,
  type Point,
} from './layout'
import { hookName, short } from './words'

interface GraphDrawingProps {
  readonly drawing: Drawing
  readonly hooks: readonly DrawnHook[]
  /** The drawing of the run before. */
  readonly before: Drawing | null
  onToggle(id: number): void
}

/** The network from its input down: operators, the values between them with their gradients, and the hooks. */
export function GraphDrawing({ drawing, hooks, before, onToggle }: GraphDrawingProps) {
  const layout = useMemo(() => layOut(drawing, hooks, before), [drawing, hooks, before])
  const { width, height, nodes, values, edges } = layout
  const svg = useRef<SVGSVGElement>(null)

  // For the mouse alone: the list of hooks has a switch for each.
  useEffect(() => {
    const click = ({ target }: Event) => {
      const hook = target instanceof Element ? target.closest<SVGElement>('[data-hook]') : null
      if (hook) onToggle(Number(hook.dataset.hook))
    }
    const drawn = svg.current
    drawn?.addEventListener('click', click)
    return () => drawn?.removeEventListener('click', click)
  }, [onToggle])

  return (
    <>
      <svg
        ref={svg}
        className="graph"
        viewBox={`0 0 ${width} ${height}`}
        style={{ width, maxWidth: '100%' }}
        role="img"
        aria-label="The network; the table that follows has its values and gradients"
      >
        <defs>
          <marker id="graph-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
            <path d="M1,1 L7,4 L1,7" className="graph-arrow" />
          </marker>
        </defs>
        {edges.map(points => (
          <path key={pathOf(points)} d={pathOf(points)} className="graph-edge" markerEnd="url(#graph-arrow)" />
        ))}
        {nodes.map(node => (
          <Operator key={node.node.id} {...node} />
        ))}
        {values.map(value => (
          <Value key={value.value.name} {...value} />
        ))}
        <Hooks layout={layout} />
      </svg>
      <NumbersTable drawing={drawing} layout={layout} />
    </>
  )
}

function Operator({ x, y, width, height, title, subtitle }: PlacedNode) {
  return (
    <g transform={`translate(${x} ${y})`}>
      <rect className="graph-node" x={-width / 2} y={-height / 2} width={width} height={height} rx={6} />
      <text className="graph-title" y={subtitle ? -LINE / 2 + 4 : 4}>
        {title}
      </text>
      {subtitle && (
        <text className="graph-subtitle" y={LINE / 2 + 4}>
          {subtitle}
        </text>
      )}
    </g>
  )
}

function Value({ x, y, width, height, value, lines, changed }: PlacedValue) {
  return (
    <g transform={`translate(${x} ${y})`} data-value={value.name} data-changed={changed || undefined}>
      <rect
        className="graph-value"
        data-role={value.role}
        x={-width / 2}
        y={-height / 2}
        width={width}
        height={height}
        rx={Math.min(height / 2, 10)}
      />
      {lines.map(({ id, kind, text }, i) => (
        <text
          key={id}
          className="graph-line"
          data-kind={kind}
          x={-width / 2 + 8}
          y={-height / 2 + 4 + LINE * (i + 0.75)}
        >
          {text}
        </text>
      ))}
    </g>
  )
}

function Hooks({ layout }: { readonly layout: Layout }) {
  return layout.hooks.map(({ hook, x, y }: PlacedHook) => (
    <g
      key={hook.id}
      className="graph-hook"
      data-hook={hook.id}
      data-off={hook.off || undefined}
      transform={`translate(${x} ${y})`}
    >
      <title>{hookName(hook)}</title>
      <rect x={-HOOK / 2} y={-11} width={HOOK} height={22} className="graph-hook-area" />
      <path d={HOOK_SIGN} className="hook-sign" />
      <text x={2} y={4}>
        {hook.id + 1}
      </text>
    </g>
  ))
}

/** A fishing hook, 9 by 16: its eye, its bend, its barb. */
const HOOK_SIGN = 'M-3,-8 a1.6,1.6 0 1 1 0.01,0 M-3,-6 V3 a3.4,3.4 0 1 1 -6.4,-1.4 l-1.2,2.2'

/** The drawing in words. */
function NumbersTable({ drawing, layout }: { readonly drawing: Drawing; readonly layout: Layout }) {
  return (
    <div className="hidden">
      <table>
        <caption>Values and gradients</caption>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Value</th>
            <th scope="col">Gradient</th>
            <th scope="col">Change</th>
          </tr>
        </thead>
        <tbody>
          {drawing.values.map(({ name, value, gradient }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{value && short(value)}</td>
              <td>{gradient && short(gradient)}</td>
              <td>{layout.values.find(placed => placed.value.name === name)?.changed ? 'changed' : ''}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** A curve through dagre's points, level with the layers at both ends. */
function pathOf(points: readonly Point[]): string {
  const [first, ...rest] = points
  if (!first) return ''
  let from = first
  const parts = rest.map(to => {
    const middle = (from.y + to.y) / 2
    const part = `C${from.x},${middle} ${to.x},${middle} ${to.x},${to.y}`
    from = to
    return part
  })
  return `M${first.x},${first.y} ${parts.join(' ')}`
}
