import { RotateCcw } from 'lucide-react'
import { Component, type ReactNode } from 'react'
import { Button } from 'react-aria-components'
import { PageNav } from './PageNav'
import '../styles/topbar.css'
import '../styles/notice.css'

interface UnloadedProps {
  readonly children: ReactNode
  onRetry(): void
}

/** Stands for a page whose code could not be loaded, or that failed, and offers another try. */
export class Unloaded extends Component<UnloadedProps, { readonly failed: boolean }> {
  override state = { failed: false }

  static getDerivedStateFromError(): { readonly failed: boolean } {
    return { failed: true }
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children
    return (
      <>
        <header className="topbar">
          <h1 className="brand">Hookscope</h1>
          <PageNav page="learn" />
        </header>
        <main className="unloaded" role="alert">
          <p>This page could not be loaded. Check the connection; code that you edited is kept.</p>
          <Button
            className="button"
            onPress={() => {
              this.props.onRetry()
              this.setState({ failed: false })
            }}
          >
            <RotateCcw size={16} aria-hidden />
            Try again
          </Button>
        </main>
      </>
    )
  }
}
