import { checkPicture, mayMove } from '../../picture/check'

/** What tells whether a picture moves stands before its first frame's data. */
const HEAD = 2 ** 20

/**
 * The file to show of a picture: itself, or of one that moves the frame that the network sees. The same decoder gives both.
 * A file that cannot be decoded, or that nobody should, is left as it is: who reads its bytes says why.
 */
export async function stillOf(file: File): Promise<Blob> {
  const head = new Uint8Array(await file.slice(0, HEAD).arrayBuffer())
  if (!mayMove(head)) return file
  try {
    checkPicture(new Uint8Array(await file.arrayBuffer()), file.name)
    const frame = await createImageBitmap(file, { imageOrientation: 'from-image' })
    const canvas = new OffscreenCanvas(frame.width, frame.height)
    const context = canvas.getContext('2d')
    context?.drawImage(frame, 0, 0)
    frame.close()
    return context ? await canvas.convertToBlob() : file
  } catch {
    return file
  }
}
