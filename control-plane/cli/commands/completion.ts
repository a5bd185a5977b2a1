import { Argument, Command, type Option } from 'commander'
import type { Surroundings } from '../session.ts'

/** `steward completion bash|zsh|fish`: the script to be sourced, made from the program itself so that it is never behind. */
export const completionCommand = (around: Surroundings, program: () => Command): Command =>
  new Command('completion')
    .description('Print a completion script, for example: source <(steward completion bash)')
    .addArgument(new Argument('<shell>').choices(Object.keys(SCRIPTS)))
    .action((shell: keyof typeof SCRIPTS) => around.print(SCRIPTS[shell](placesOf(program()))))

/** A place on the command line: the commands that may follow, the options that it takes, the words for its argument. */
type Place = {
  path: string
  commands: readonly string[]
  words: readonly string[]
  options: readonly Option[]
}

/** Every path of commands, the root first; options of the program are possible everywhere. */
function placesOf(command: Command, path = '', above: readonly Option[] = []): Place[] {
  const options = [...command.options, ...above]
  const commands = command.commands.map((child) => child.name())
  const words = command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices)
  const deeper = command.commands.flatMap((child) => placesOf(child, `${path} ${child.name()}`.trim(), options))
  return [{ path, commands, words, options }, ...deeper]
}

const flagsOf = ({ short, long }: Option): string[] => [short, long].filter((flag) => flag !== undefined)
const longFlags = (options: readonly Option[]) => options.flatMap(({ long }) => long ?? [])
const unique = <T>(values: readonly T[]): T[] => [...new Set(values)]
/** An option that takes a file says so in its placeholder. */
const takesFile = ({ flags }: Option) => flags.includes('<file>')

/** Variables have names that zsh, which runs this too, does not use itself (`path`, `words`). */
function bash(places: readonly Place[]): string {
  const options = unique(places.flatMap((place) => place.options))
  const valued = options.filter(({ required }) => required)
  const chosen = valued.filter(({ argChoices }) => argChoices !== undefined)
  const known = places.flatMap(({ path }) => (path === '' ? [] : [`"${path}"`]))
  const answers = chosen.map(
    (option) =>
      `    ${flagsOf(option).join('|')}) COMPREPLY=($(compgen -W "${option.argChoices?.join(' ')}" -- "$typed")); return ;;`,
  )
  const offers = places.map(
    ({ path, commands, words, options: own }) =>
      `    "${path}") offered="${[...commands, ...words, ...longFlags(own)].join(' ')}" ;;`,
  )
  return `_steward() {
  local place="" piece="" offered="" skip="" typed="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}"
  for piece in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if [ -n "$skip" ]; then skip=""; continue; fi
    case "$piece" in
      ${unique(valued.flatMap(flagsOf)).join('|')}) skip=1; continue ;;
    esac
    case "\${place:+$place }$piece" in
      ${known.join('|')}) place="\${place:+$place }$piece" ;;
    esac
  done
  case "$before" in
${answers.join('\n')}
    ${unique(valued.filter(takesFile).flatMap(flagsOf)).join('|')}) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$typed")); return ;;
  esac
  if [ -n "$skip" ]; then COMPREPLY=(); return; fi
  case "$place" in
${offers.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$offered" -- "$typed"))
}
complete -F _steward steward`
}

const zsh = (places: readonly Place[]): string =>
  `autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n${bash(places)}`

function fish(places: readonly Place[]): string {
  const seen = (path: string) =>
    path
      .split(' ')
      .filter(Boolean)
      .map((name) => `__fish_seen_subcommand_from ${name}`)
  return [
    'complete -c steward -f',
    ...places.flatMap(({ path, commands, words, options }) => {
      const here = [
        ...seen(path),
        ...(commands.length > 0 ? [`not __fish_seen_subcommand_from ${commands.join(' ')}`] : []),
      ]
      const rule = `complete -c steward -n '${here.join('; and ')}'`
      const next = [...commands, ...words]
      const options_ = options.map((option) => {
        const value = option.argChoices ? ` -xa '${option.argChoices.join(' ')}'` : takesFile(option) ? ' -rF' : ' -x'
        const short = option.short === undefined ? '' : ` -s ${option.short.slice(1)}`
        return `${rule}${short} -l ${option.long?.slice(2)}${option.required ? value : ''}`
      })
      return [...(next.length > 0 ? [`${rule} -a '${next.join(' ')}'`] : []), ...options_]
    }),
  ].join('\n')
}

const SCRIPTS = { bash, zsh, fish } as const
