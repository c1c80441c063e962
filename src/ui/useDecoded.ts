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
    const show = () => {
      if (wanted && image.naturalWidth > 0)
        setDecoded({ picture, width: image.naturalWidth, height: image.naturalHeight })
    }
    // A decoder may give up for want of memory; the picture can be shown once it has come all the same. Of a broken file there
    // is nothing to show, and who reads its bytes says why.
    image.decode().then(show, () => {
      if (image.complete) show()
      else image.onload = show
    })
    return () => {
      wanted = false
      image.onload = null
    }
  }, [picture])

  return decoded
}
