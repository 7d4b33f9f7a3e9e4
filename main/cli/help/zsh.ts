/** Completion for zsh, by its `_arguments` and `_describe`. */
import { flatten, type DescribedCommand, type DescribedOption, type ValueKind } from './described.ts';
import { quoted } from './quoted.ts';

export function zshCompletion(program: DescribedCommand): string {
  const functions = flatten(program).map((command) => (command.commands.length > 0 ? group(command) : leaf(command)));
  return `#compdef holdfast
# zsh completion for holdfast. In ~/.zshrc, after compinit: source <(holdfast completion zsh)
${functions.join('\n')}
compdef ${functionOf('')} holdfast
`;
}

function group({ path, commands }: DescribedCommand): string {
  const names = commands.map((child) => quoted(`${lastWord(child).replaceAll(':', '\\:')}:${child.description}`));
  const cases = commands.map((child) => `    ${quoted(lastWord(child))}) ${functionOf(child.path)} ;;`);
  return `${functionOf(path)}() {
  local -a names=(${names.join(' ')})
  if (( CURRENT == 2 )); then _describe command names; return; fi
  shift words; (( CURRENT-- ))
  case $words[1] in
${cases.join('\n')}
  esac
}`;
}

function leaf({ path, options, arguments: places }: DescribedCommand): string {
  const specs = [
    ...options.map(optionSpec),
    ...places.map((place) => {
      const often = place.usage.includes('...') ? '*' : '';
      return quoted(`${often}:${plain(place.description || place.usage)}:${action(place.value, place.choices)}`);
    }),
  ];
  return `${functionOf(path)}() { _arguments ${specs.join(' ')}; }`;
}

function optionSpec(option: DescribedOption): string {
  const [long = ''] = option.flags;
  const value = option.value === 'none' ? '' : `:${option.valueName}:${action(option.value, option.choices)}`;
  const flags = option.flags.length > 1 ? `{${option.flags.join(',')}}` : long;
  return `${flags}${quoted(`[${plain(option.description)}]${value}`)}`;
}

function action(kind: ValueKind, choices: string[]): string {
  if (kind === 'choice') return `(${choices.join(' ')})`;
  if (kind === 'folder') return '_files -/';
  return kind === 'file' || kind === 'path' ? '_files' : '';
}

/** Brackets and colons end a part of a spec. */
const plain = (text: string): string => text.replace(/[[\]:\\]/g, (mark) => `\\${mark}`);
const functionOf = (path: string): string => `_holdfast${path === '' ? '' : `_${path.replaceAll(/[ -]/g, '_')}`}`;
const lastWord = ({ path }: DescribedCommand): string => path.slice(path.lastIndexOf(' ') + 1);
