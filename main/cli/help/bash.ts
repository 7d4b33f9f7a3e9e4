/** Completion for bash (4.2 and newer). */
import { flatten, type DescribedCommand, type DescribedOption } from './described.ts';
import { quoted } from './quoted.ts';

export function bashCompletion(program: DescribedCommand): string {
  const all = flatten(program);
  const groups = all.filter(({ commands }) => commands.length > 0);
  return `# bash completion for holdfast. In ~/.bashrc: source <(holdfast completion bash)
_holdfast() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} path='' word i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    case "$path $word" in
${groups.map(deeper).join('\n')}
    esac
  done
  case "$path $prev" in
${all
  .flatMap((command) => command.options.map((option) => value(command, option)))
  .filter(Boolean)
  .join('\n')}
  esac
  case "$path" in
${all.map(words).join('\n')}
  esac
}
complete -o filenames -F _holdfast holdfast
`;
}

/** Where a word names a command below the one that was named so far. */
function deeper({ path, commands }: DescribedCommand): string {
  const names = commands.map((child) => quoted(`${path} ${lastWord(child)}`)).join('|');
  return `      ${names}) path=\${path:+$path }$word ;;`;
}

function value({ path }: DescribedCommand, option: DescribedOption): string {
  if (option.value === 'none') return '';
  const flags = option.flags.map((flag) => quoted(`${path} ${flag}`)).join('|');
  return `    ${flags}) ${offer(option.value, option.choices)}; return ;;`;
}

function words({ path, options, commands, arguments: places }: DescribedCommand): string {
  const flags = options.flatMap((option) => option.flags).join(' ');
  const names = commands.map(lastWord).join(' ');
  const [first] = places;
  const rest =
    names !== ''
      ? `COMPREPLY=($(compgen -W ${quoted(names)} -- "$cur"))`
      : first
        ? offer(first.value, first.choices)
        : ':';
  return `    ${quoted(path)}) if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W ${quoted(flags)} -- "$cur")); else ${rest}; fi ;;`;
}

function offer(kind: DescribedOption['value'], choices: string[]): string {
  if (kind === 'choice') return `COMPREPLY=($(compgen -W ${quoted(choices.join(' '))} -- "$cur"))`;
  if (kind === 'folder') return `mapfile -t COMPREPLY < <(compgen -d -- "$cur")`;
  return kind === 'file' || kind === 'path' ? `mapfile -t COMPREPLY < <(compgen -f -- "$cur")` : ':';
}

const lastWord = ({ path }: DescribedCommand): string => path.slice(path.lastIndexOf(' ') + 1);
