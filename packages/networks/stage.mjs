// npm packs what lies in the package's own folder; the networks lie in the checkout's models folder.
import { copyFileSync, rmSync } from 'node:fs'

const after = process.argv.includes('--after')
for (const name of ['alexnet.onnx', 'inception-v3.onnx', 'resnet18.onnx']) {
  const staged = new URL(name, import.meta.url)
  if (after) rmSync(staged)
  else copyFileSync(new URL(`../../models/${name}`, import.meta.url), staged)
}
