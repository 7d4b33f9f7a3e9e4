/** Completion for fish (3.0 and newer). */
import { flatten, type DescribedCommand, type DescribedOption } from './described.ts';

export function fishCompletion(program: DescribedCommand): string {
  const lines = flatten(program).flatMap((command) => [
    ...command.commands.map(
      (child) => `${when(command)} -a ${quoted(lastWord(child))} -d ${quoted(child.description)}`,
    ),
    ...command.options.map((option) => `${when(command)} ${flags(option)} -d ${quoted(option.description)}`),
    ...command.arguments
      .slice(0, 1)
      .map(({ value, choices }) => (value === 'choice' ? `${when(command)} -a ${quoted(choices.join(' '))}` : ''))
      .filter(Boolean),
    ...(command.arguments.some(({ value }) => value === 'path' || value === 'file' || value === 'folder')
      ? [`${when(command)} -F`]
      : []),
  ]);
  return `# fish completion for holdfast. Write it to ~/.config/fish/completions/holdfast.fish
function __holdfast_at
    # True where the words before the cursor name exactly this command.
    set -l named
    for word in (commandline -opc)[2..-1]
        if contains -- "$named $word" ${groupsOf(program)}
            set named "$named $word"
        end
    end
    test "$named" = "$argv[1]"
end
complete -c holdfast -f
${lines.join('\n')}
`;
}

/** Every command, in the words that lead to it. */
const groupsOf = (program: DescribedCommand): string =>
  flatten(program)
    .filter(({ path }) => path !== '')
    .map(({ path }) => quoted(` ${path}`))
    .join(' ');

const when = ({ path }: DescribedCommand): string =>
  `complete -c holdfast -n ${quoted(`__holdfast_at '${path === '' ? '' : ` ${path}`}'`)}`;

function flags(option: DescribedOption): string {
  const names = option.flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  if (option.value === 'none') return names.join(' ');
  // -x: a value, and no file; -r: a value.
  if (option.value === 'choice') return `${names.join(' ')} -x -a ${quoted(option.choices.join(' '))}`;
  return `${names.join(' ')} ${option.value === 'text' ? '-x' : '-r -F'}`;
}

/** fish knows two escapes between single quotes. */
const quoted = (text: string): string => `'${text.replace(/[\\']/g, (mark) => `\\${mark}`)}'`;
const lastWord = ({ path }: DescribedCommand): string => path.slice(path.lastIndexOf(' ') + 1);
