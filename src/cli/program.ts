import { Command, CommanderError } from 'commander'
import { version } from '../../package.json'
import { DEFAULT_METHOD } from '../attribution/methods'
import { HookscopeError } from '../errors'
import { METRIC_IDS } from '../metrics/metrics'
import type { Surroundings } from './batch'
import { type ClassifyOptions, classify } from './commands/classify'
import { type EvaluateOptions, evaluate } from './commands/evaluate'
import { type ExplainOptions, explain } from './commands/explain'
import { type HooksOptions, hooks } from './commands/hooks'
import { type ModelsOptions, models } from './commands/models'
import { printableLines } from './console'
import { options } from './options'
import { failure } from './report'

/** 0: done; 1: a fault of the program; 2: something asked for could not be had; 130: interrupted. */
export type ExitCode = 0 | 1 | 2 | 130

/** Runs what the arguments ask for. @param argv as in process.argv */
export async function run(argv: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  const { console } = surroundings
  try {
    await program(surroundings).parseAsync(argv)
    return console.exitCode
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    if (error instanceof HookscopeError && error.code === 'cancelled') return 130
    const failed = console.fail(error)
    if (argv.includes('--json') || argv.includes('--raw')) console.print(JSON.stringify({ error: failure(failed) }))
    return console.exitCode
  }
}

function program(surroundings: Surroundings): Command {
  const { console } = surroundings
  const root = new Command('hookscope')
    .description('Shows what a convolutional network looks at: CAM and Grad-CAM of ONNX classifiers.')
    .version(version)
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(printableLines(text.replace(/^error: /, 'hookscope: '))) })
    .showHelpAfterError('Add --help to see what there is.')
    .addHelpText('after', EXAMPLES)

  withOptions(
    root
      .command('explain <picture...>')
      .description(
        'Heatmaps and input gradients of what made the network say a class, saved as PNG or printed as JSON',
      ),
    [
      'model',
      'method',
      'layer',
      'ablate',
      'class',
      'against',
      'negative',
      'option',
      ...PICTURES,
      'out',
      'kind',
      'colormap',
      'opacity',
      'json',
      'raw',
    ],
  )
    .addHelpText('after', '\nSeveral methods, layers and classes, repeated or with commas, give every combination.')
    .action(async (pictures: string[], given: Given) => {
      const { method = [DEFAULT_METHOD], layer = [], class: target = ['top1'], json, raw } = given
      const asked: ExplainOptions = { ...given, method, layer, class: target, json: json || raw }
      const report = await explain(pictures, asked, surroundings)
      if (asked.json) console.print(JSON.stringify(report))
    })

  withOptions(
    root
      .command('evaluate <picture...>')
      .description(
        'Whether maps are true: metrics of methods, each beside what random maps get, as a table, CSV or JSON',
      ),
    ['model', 'method', 'metric', 'layer', 'ablate', 'class', 'option', 'seed', 'random', ...PICTURES, 'json', 'csv'],
  ).action(async (pictures: string[], given: GivenEvaluation) => {
    const { method = [DEFAULT_METHOD], metric = METRIC_IDS, layer = [], class: target = ['top1'] } = given
    const report = await evaluate(pictures, { ...given, method, metric, layer, class: target }, surroundings)
    if (given.json) console.print(JSON.stringify(report))
  })

  withOptions(
    root.command('hooks').description('The hook points of a network: path, op, shape, and which methods can use it'),
    ['model', 'size', 'layout', 'input', 'pictureInput', 'output', 'activation', 'json'],
  ).action(async (asked: HooksOptions) => {
    const report = await hooks(asked, surroundings)
    if (asked.json) console.print(JSON.stringify(report))
  })

  withOptions(root.command('classify <picture...>').description('What the network says of pictures'), [
    'model',
    'top',
    'ablate',
    ...PICTURES,
    'json',
  ]).action(async (pictures: string[], asked: ClassifyOptions) => {
    const report = await classify(pictures, asked, surroundings)
    if (asked.json) console.print(JSON.stringify(report))
  })

  withOptions(
    root
      .command('models')
      .description('The networks that there are, which of them ship and which are downloaded; deletes downloads'),
    ['remove', 'json'],
  )
    .addHelpText('after', PLACES)
    .action(async ({ remove = [], json }: Pick<ModelsOptions, 'json'> & Partial<ModelsOptions>) => {
      const report = await models({ remove, json }, console)
      if (json) console.print(JSON.stringify(report))
    })

  return root
}

/** How pictures become inputs of the network, and what its answer is. */
const PICTURES = [
  ...(['resize', 'size', 'mean', 'std', 'range', 'channels', 'filter'] as const),
  ...(['layout', 'input', 'pictureInput', 'output', 'activation', 'labels'] as const),
]

function withOptions(command: Command, names: readonly (keyof typeof options)[]): Command {
  for (const name of names) command.addOption(options[name]())
  return command
}

/** As commander hands them over: options that may be repeated have no default there. */
type Given = Omit<ExplainOptions, 'method' | 'layer' | 'class'> &
  Partial<Pick<ExplainOptions, 'method' | 'layer' | 'class'>>

type Repeated = 'method' | 'metric' | 'layer' | 'class'
type GivenEvaluation = Omit<EvaluateOptions, Repeated> & Partial<Pick<EvaluateOptions, Repeated>>

const EXAMPLES = `
Examples:
  hookscope explain cat.jpg                                    cat.inception-v3.Mixed_7c.gradcam.282-tabby.png
  hookscope explain cat.jpg --class tabby,lynx --layer Mixed_5d,Mixed_7c --out maps
  hookscope explain *.jpg --model resnet18 --method cam,gradcam --raw > maps.json
  hookscope explain cat.jpg --method guided --kind heatmap     the gradient at the input, as tutorials show it
  hookscope classify cat.jpg --model resnet18 --ablate layer4.1:12,40
  hookscope evaluate cat.jpg --model resnet18 --method gradcam,layercam --metric deletion,insertion
  hookscope hooks --model alexnet
  hookscope classify *.jpg --top 3
  hookscope classify cat.jpg --model squeezenet1.1             downloads the network when it is not there yet
  hookscope explain cat.jpg --model mine.onnx --labels names.txt --range 255 --channels bgr --mean 123.7,116.8,103.9

Exit codes: 0 done, 2 something asked for could not be had, 1 a fault of the program, 130 interrupted.`

const PLACES = `
Downloads are kept in $HOOKSCOPE_CACHE, by default hookscope in your cache folder. $HOOKSCOPE_MIRROR, a folder or a URL,
is asked in place of the catalog's host; it holds the files under the same paths.`
