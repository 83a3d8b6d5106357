/** tessrax completion: a script that makes a shell complete commands, options and their values. Made from the commands themselves. */
import { Argument, type Command } from 'commander';
import { newCommand } from './command.ts';
import { bashScript } from './completion/bash.ts';
import { fishScript } from './completion/fish.ts';
import { placesOf } from './completion/places.ts';
import { zshScript } from './completion/zsh.ts';
import { writeOut } from './output.ts';

const SHELLS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

/** @param all every command, loaded; asked for only when this one runs */
export function command(all: () => Promise<readonly Command[]>): Command {
  return newCommand('completion', 'Print a script that makes a shell complete this command.')
    .addArgument(new Argument('<shell>', 'which shell').choices(Object.keys(SHELLS)))
    .addHelpText(
      'after',
      '\nExamples:\n  source <(tessrax completion bash)\n  tessrax completion fish > ~/.config/fish/completions/tessrax.fish',
    )
    .action(async (shell: keyof typeof SHELLS) => {
      const program = newCommand('tessrax', '');
      for (const one of [...(await all()), command(all)]) program.addCommand(one);
      await writeOut(SHELLS[shell](placesOf(program)));
    });
}
