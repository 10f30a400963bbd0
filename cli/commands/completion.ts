import { Argument, type Command, type Option } from 'commander';
import type { World } from '../world.ts';

const program = 'sluice';

/** What each shell runs when somebody asks for more: the words so far go to `sluice complete`, as they are and never evaluated. */
const scripts = {
  bash: `_sluice() {
  local word
  COMPREPLY=()
  while IFS=$'\\t' read -r word _; do
    [[ -n $word && $word != :* && $word == "\${COMP_WORDS[COMP_CWORD]}"* ]] && COMPREPLY+=("$word")
  done < <(${program} complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _sluice ${program}
`,
  zsh: `#compdef ${program}
_sluice() {
  local line
  local -a found
  while IFS= read -r line; do
    [[ -z $line || $line == :* ]] || found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done < <(${program} complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  _describe sluice found || _files
}
(( $+functions[compdef] )) && compdef _sluice ${program}
`,
  fish: `complete -c ${program} -a '(${program} complete -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null | string match -v ":*")'
`,
} as const;

const isShell = (shell: string): shell is keyof typeof scripts => shell in scripts;

/** `sluice completion`, and what its scripts ask */
export function addCompletion(root: Command, world: World): void {
  root
    .command('completion')
    .description('Print the script with which your shell completes the commands and options of sluice.')
    .addArgument(new Argument('<shell>', 'for which shell').choices(Object.keys(scripts)))
    .addHelpText(
      'after',
      `
Examples:
  $ sluice completion bash   # in ~/.bashrc: source <(sluice completion bash)
  $ sluice completion zsh    # in ~/.zshrc, after compinit: source <(sluice completion zsh)
  $ sluice completion fish   # in config.fish: sluice completion fish | source
`,
    )
    .action((shell: string) => {
      if (isShell(shell)) world.out(scripts[shell]);
    });
  root
    .command('complete [words...]', { hidden: true })
    .usage('-- [words...]')
    .description('Print the words that may come next, for a shell.')
    .addHelpText('after', '\nExample:\n  $ sluice complete -- audit\n')
    .action((words: readonly string[]) => complete(root, words));
}

/** Prints the words that may come next, each with what it does. */
async function complete(root: Command, words: readonly string[]): Promise<void> {
  const { default: tab } = await import('@bomb.sh/tab');
  const add = (command: Command, path: string) => {
    const known = path === '' ? tab : tab.command(path, command.description());
    for (const option of command.createHelp().visibleOptions(command)) addOption(known, option);
    for (const argument of command.registeredArguments) {
      const choices = argument.argChoices ?? [];
      const offer = (found: (word: string, description: string) => void) => {
        for (const word of choices) found(word, '');
      };
      known.argument(argument.name(), offer, argument.variadic);
    }
    for (const one of command.createHelp().visibleCommands(command)) add(one, `${path} ${one.name()}`.trim());
  };
  add(root, '');
  tab.parse([...words]);
}

interface TakesOptions {
  option(name: string, description: string): unknown;
  option(name: string, description: string, offer: (found: (word: string, about: string) => void) => void): unknown;
}

/** An option with a value offers its choices; one without offers nothing after it. */
function addOption(known: TakesOptions, { long, description, required, optional, argChoices = [] }: Option): void {
  const name = long?.slice(2);
  if (name === undefined) return;
  if (!required && !optional) known.option(name, description);
  else
    known.option(name, description, (found) => {
      for (const word of argChoices) found(word, '');
    });
}
