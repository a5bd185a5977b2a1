import { Argument, Command } from 'commander'
import type { Surroundings } from '../session.ts'

/** `steward completion bash|zsh|fish`: the script to be sourced, made from the program itself so that it is never behind. */
export const completionCommand = (around: Surroundings, program: () => Command): Command =>
  new Command('completion')
    .description('Print a completion script, for example: source <(steward completion bash)')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
    .action((shell: 'bash' | 'zsh' | 'fish') => around.print(SCRIPTS[shell](wordsOf(program()))))

type Words = ReadonlyMap<string, readonly string[]>

/** For each path of commands the words that may follow it: subcommands and long options. */
function wordsOf(command: Command, path = ''): Words {
  const options = command.options.flatMap(({ long }) => (long === undefined || long === null ? [] : [long]))
  const words = new Map<string, readonly string[]>([[path, [...command.commands.map((child) => child.name()), ...options]]])
  for (const child of command.commands) wordsOf(child, `${path} ${child.name()}`.trim()).forEach((value, name) => words.set(name, value))
  return words
}

const cases = (words: Words, indent: string) => [...words].map(([path, next]) => `${indent}"${path}") words="${next.join(' ')}" ;;`).join('\n')

const bash = (words: Words) => `_steward() {
  local path="" word words=""
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) ;; *) case "\${path:+$path }$word" in ${[...words.keys()].filter(Boolean).map((path) => `"${path}"`).join('|')}) path="\${path:+$path }$word" ;; esac ;; esac
  done
  case "$path" in
${cases(words, '    ')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -F _steward steward`

const SCRIPTS = {
  bash,
  zsh: (words: Words) => `autoload -U +X bashcompinit && bashcompinit\n${bash(words)}`,
  fish: (words: Words) =>
    [...words]
      .filter(([path]) => !path.includes(' '))
      .map(([path, next]) => `complete -c steward -f -n '${path === '' ? '__fish_use_subcommand' : `__fish_seen_subcommand_from ${path}`}' -a '${next.join(' ')}'`)
      .join('\n'),
} as const
