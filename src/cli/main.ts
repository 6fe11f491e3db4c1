import { isMainThread } from 'node:worker_threads';
import { commands } from './commands';
import { programVersion } from './build';
import { dropCompilerFlags } from './compiler-flags';
import { commandHelp, mainHelp, serverHelp } from './help';
import { parseArguments } from './options';
import { didYouMean } from './suggest';
import { serveThread } from './thread';
import { refuse, say, tolerateClosedPipes, type ExitCode } from './terminal';

function print(text: string): ExitCode {
  process.stdout.write(text);
  return 0;
}

function unknownCommand(name: string): ExitCode {
  const what = name.startsWith('-') ? 'option' : 'command';
  const names = what === 'option' ? ['--help', '--version'] : commands.map((command) => command.name);
  return refuse(
    { problem: `unknown ${what} '${name}'${didYouMean(name, names)}` },
    'run coco-dma --help for a list of commands',
  );
}

const asksForGcc = (argv: readonly string[]): boolean =>
  argv.some((argument, index) => argument === '--format=gcc' || (argument === 'gcc' && argv[index - 1] === '--format'));

async function run([name, ...rest]: readonly string[]): Promise<ExitCode> {
  if (name === undefined) {
    process.stderr.write(mainHelp());
    return 2;
  }
  if (name === '--help' || name === '-h' || name === 'help') return print(mainHelp());
  if (name === '--version' || name === '-V') return print(`coco-dma ${programVersion}\n`);
  if (name === 'lsp') return print(serverHelp);
  const command = commands.find((candidate) => candidate.name === name);
  if (!command) return unknownCommand(name);
  const args = parseArguments(name, command.options, asksForGcc(rest) ? dropCompilerFlags(rest) : rest);
  if ('problem' in args) return refuse(args, `run coco-dma ${name} --help for a list of options`);
  return args.has('help') ? print(commandHelp(command)) : command.run(args);
}

/** Catches errors of the program itself, so that users get a message instead of a stack trace. */
async function main(): Promise<void> {
  tolerateClosedPipes();
  try {
    process.exitCode = await run(process.argv.slice(2));
  } catch (error) {
    say(`internal error: ${error instanceof Error ? error.message : String(error)}`);
    say('please report this bug, with the command line and the input');
    process.exitCode = 2;
  }
}

if (isMainThread) void main();
else serveThread();
