/** Facts in the head of a picture file, read before anything is decoded. */
export interface Header {
  /** Pixels as stored, before any EXIF turn. */
  readonly width: number
  readonly height: number
  /** False where the file breaks off before its first picture ends. */
  readonly complete: boolean
  /** Passes over the picture, where there are more than any encoder writes. */
  readonly scans?: number
}

export interface Format {
  readonly name: string
  matches(bytes: Uint8Array): boolean
  /** Undefined where the file breaks off before it tells its size. */
  header(bytes: Uint8Array): Header | undefined
  /** Whether the file may hold several frames that are shown one after another; left out of formats that cannot. */
  mayMove?(bytes: Uint8Array): boolean
}

export function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** The bytes from `at` as ASCII; shorter where the file ends. */
export function ascii(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length))
}
