import { DOWNLOAD_BASE, DOWNLOAD_HOSTS } from '../catalog/catalog'
import { HookscopeError } from '../errors'

/** Set while building: HOOKSCOPE_MIRROR. */
const BUILT: unknown = import.meta.env.HOOKSCOPE_MIRROR
const DEFAULT = typeof BUILT === 'string' && BUILT !== '' ? BUILT : DOWNLOAD_BASE

/**
 * Where downloads come from. The page asks when a mirror is typed, the worker before it fetches: hosts are those of the
 * build, whatever a message says.
 *
 * @param mirror a host's address or a path of this site; empty for the catalog's own host
 * @param page an address of this site
 * @throws HookscopeError 'bad-argument' where the page's security policy lets nothing come from there
 */
export function downloadBase(mirror: string, page: string): string {
  const asked = (mirror.trim() || DEFAULT).replace(/([^/])$/, '$1/')
  const url = URL.canParse(asked, page) ? new URL(asked, page) : null
  if (!url?.protocol.startsWith('http')) {
    throw new HookscopeError('bad-argument', `“${mirror}” is no address. Write https://…, or a path of this site.`)
  }
  const allowed = [page, DEFAULT, DOWNLOAD_BASE].map(address => new URL(address, page).origin)
  if (allowed.includes(url.origin)) return url.href
  throw new HookscopeError(
    'bad-argument',
    `This page may ask ${new URL(page).host} and ${DOWNLOAD_HOSTS.map(host => host.replace('https://', '')).join(', ')} alone, so that no picture can leave it. For a mirror at ${url.host}, build it with HOOKSCOPE_MIRROR=${url.origin}.`,
  )
}
