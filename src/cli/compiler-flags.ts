/** Compiler options whose value is a separate argument. */
const withValue = new Set([
  ...['-include', '-imacros', '-isystem', '-iquote', '-idirafter', '-iprefix', '-iwithprefix'],
  ...['-I', '-D', '-U', '-o', '-x', '-MF', '-MT', '-MQ', '-arch', '-target', '--param', '-Xclang', '-Xassembler'],
]);

/** Compiler options with two dashes; `make C=2` passes `--arch=`. */
const twoDashes = /^--(arch|param|std|sysroot|target)=/;

/** coco-dma's own options with one dash. */
const own = new Set(['-', '-h', '-V']);

/**
 * Drops the compiler flags that `make C=2 CHECK="coco-dma check --format gcc"` adds before the file's name. Most compiler
 * flags have one dash; coco-dma's options have two.
 */
export function dropCompilerFlags(argv: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const argument = argv[i] ?? '';
    if (withValue.has(argument)) i++;
    else if (twoDashes.test(argument)) continue;
    else if (own.has(argument) || argument.startsWith('--') || !argument.startsWith('-')) kept.push(argument);
  }
  return kept;
}
