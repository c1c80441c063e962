/** The two pages that the program has. */
export function PageNav({ page }: { readonly page: 'look' | 'learn' }) {
  return (
    <nav className="page-nav" aria-label="Pages">
      <a href="#look" aria-current={page === 'look' ? 'page' : undefined}>
        Look
      </a>
      <a href="#learn" aria-current={page === 'learn' ? 'page' : undefined}>
        Learn
      </a>
    </nav>
  )
}
