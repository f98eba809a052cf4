// `guard completion SHELL`: a script for the shell that knows every command and option, made from the commands themselves.
import { Argument, Command } from 'commander';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

interface Entry {
  /** Words before the one to complete, without `guard`. */
  readonly path: string;
  readonly words: readonly { readonly word: string; readonly about: string }[];
}

export function completionCommand(): Command {
  return new Command('completion')
    .description('Prints a completion script: source <(guard completion bash)')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .action((shell: Shell, _flags: unknown, command: Command) => {
      process.stdout.write(completionScript(shell, command.parent ?? command));
    });
}

/** @param root the command whose subcommands are completed. */
export function completionScript(shell: Shell, root: Command): string {
  const entries = collect(root, []);
  if (shell === 'fish') return fishScript(entries);
  const cases = entries.map(
    ({ path, words }) =>
      `    '${path}') candidates='${words.map(({ word }) => word).join(' ')}' ;;`,
  );
  return shell === 'bash' ? bashScript(cases) : zshScript(cases);
}

function collect(command: Command, path: readonly string[]): Entry[] {
  const commands = command.commands.map((one) => ({ word: one.name(), about: one.description() }));
  const options = command.options.flatMap(({ long, description, hidden }) =>
    long === undefined || hidden ? [] : [{ word: long, about: description }],
  );
  const help = { word: '--help', about: 'display help' };
  return [
    { path: path.join(' '), words: [...commands, ...options, help] },
    ...command.commands.flatMap((one) => collect(one, [...path, one.name()])),
  ];
}

/** The command is what stands before the first option. */
function bashScript(cases: readonly string[]): string {
  return `# bash completion of guard: source <(guard completion bash)
_guard() {
  local candidates='' path='' word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) break ;; *) path="\${path:+$path }$word" ;; esac
  done
  while :; do
    case "$path" in
${cases.join('\n')}
    esac
    if [ -n "$candidates" ] || [ -z "$path" ]; then break; fi
    case "$path" in *' '*) path="\${path% *}" ;; *) path='' ;; esac
  done
  COMPREPLY=($(compgen -W "$candidates" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _guard guard
`;
}

function zshScript(cases: readonly string[]): string {
  return `#compdef guard
# zsh completion of guard: source <(guard completion zsh)
_guard() {
  local words_before=() path='' candidates='' word
  words_before=("\${(@)words[2,CURRENT-1]}")
  for word in $words_before; do
    case "$word" in -*) break ;; *) path="\${path:+$path }$word" ;; esac
  done
  while :; do
    case "$path" in
${cases.join('\n')}
    esac
    if [[ -n "$candidates" || -z "$path" ]]; then break; fi
    case "$path" in *' '*) path="\${path% *}" ;; *) path='' ;; esac
  done
  compadd -- \${=candidates}
}
compdef _guard guard
`;
}

function fishScript(entries: readonly Entry[]): string {
  const quote = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const lines = entries.flatMap(({ path, words }) => {
    const names = path.split(' ').filter(Boolean);
    const condition =
      names.length === 0
        ? '__fish_use_subcommand'
        : names.map((name) => `__fish_seen_subcommand_from ${name}`).join('; and ');
    return words.map(({ word, about }) => {
      const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-f -a ${word}`;
      return `complete -c guard -n ${quote(condition)} ${what} -d ${quote(about)}`;
    });
  });
  return `# fish completion of guard: guard completion fish | source\n${lines.join('\n')}\n`;
}
