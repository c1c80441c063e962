import { Plus } from 'lucide-react'
import { Button, FileTrigger, ListBox, ListBoxItem } from 'react-aria-components'
import { usePage } from '../usePage'
import { useNarrow } from '../useWindow'
import '../styles/rail.css'

/** Samples and the user's own pictures, as pictures. */
export function PictureRail() {
  const pictures = usePage(page => page.pictures)
  const chosen = usePage(page => page.wanted.picture.id)
  const choosePicture = usePage(page => page.choosePicture)
  const addPictures = usePage(page => page.addPictures)
  const narrow = useNarrow()
  return (
    <nav className="rail" aria-label="Pictures">
      <FileTrigger
        acceptedFileTypes={['image/*']}
        allowsMultiple
        onSelect={files => void addPictures([...(files ?? [])])}
      >
        <Button className="rail-add" aria-label="Add pictures">
          <Plus size={20} aria-hidden />
        </Button>
      </FileTrigger>
      <ListBox
        className="rail-list"
        aria-label="Pictures"
        selectionMode="single"
        disallowEmptySelection
        orientation={narrow ? 'horizontal' : 'vertical'}
        items={pictures}
        selectedKeys={[chosen]}
        onSelectionChange={keys => {
          const picture = pictures.find(({ id }) => keys !== 'all' && keys.has(id))
          if (picture && picture.id !== chosen) void choosePicture(picture)
        }}
      >
        {({ id, name, about, url }) => (
          <ListBoxItem id={id} className="rail-picture" textValue={about ?? name} aria-label={about ?? name}>
            <img src={url} alt="" title={about ?? name} decoding="async" draggable={false} />
          </ListBoxItem>
        )}
      </ListBox>
    </nav>
  )
}
