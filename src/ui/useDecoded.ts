import { useEffect, useState } from 'react'
import type { Picture } from './model/pictures'

export interface DecodedPicture {
  readonly picture: Picture
  /** As shown: turned by its EXIF orientation. */
  readonly width: number
  readonly height: number
}

/** The picture once the browser can show it at once; until then the one before. */
export function useDecoded(picture: Picture): DecodedPicture | null {
  const [decoded, setDecoded] = useState<DecodedPicture | null>(null)

  useEffect(() => {
    let wanted = true
    const image = new Image()
    image.src = picture.url
    image.decode().then(
      () => {
        if (wanted) setDecoded({ picture, width: image.naturalWidth, height: image.naturalHeight })
      },
      // What is wrong with the file is said by those who read its bytes.
      () => {},
    )
    return () => {
      wanted = false
    }
  }, [picture])

  return decoded
}
