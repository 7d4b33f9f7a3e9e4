/** What commander knows of the program, as plain facts: shell completions and the manual page are made of them. */
import type { Argument, Command, Option } from 'commander';

/** What a value is: what a shell can offer for it. */
export type ValueKind = 'file' | 'folder' | 'path' | 'choice' | 'text' | 'none';

export interface DescribedOption {
  /** `--long` and, where there is one, `-s`. */
  flags: string[];
  description: string;
  /** Name of its value, as in `<file>`; empty where it takes none. */
  valueName: string;
  value: ValueKind;
  choices: string[];
  required: boolean;
}

export interface DescribedArgument {
  /** As in the usage line: `<path...>`, `[path]`. */
  usage: string;
  description: string;
  value: ValueKind;
  choices: string[];
}

export interface DescribedCommand {
  /** Words after the program's name, joined by a space; empty for the program itself. */
  path: string;
  description: string;
  options: DescribedOption[];
  arguments: DescribedArgument[];
  commands: DescribedCommand[];
}

/** Hidden commands are left out; `help` is in no list, as every command has `--help`. */
export function describe(command: Command, path = ''): DescribedCommand {
  const visible = command.createHelp().visibleCommands(command);
  return {
    path,
    description: command.description(),
    options: [...command.options.filter((option) => !option.hidden).map(describeOption), HELP],
    arguments: command.registeredArguments.map(describeArgument),
    commands: visible
      .filter((child) => child.name() !== 'help')
      .map((child) => describe(child, path === '' ? child.name() : `${path} ${child.name()}`)),
  };
}

/** The command and all below it, each before its own. */
export function flatten(command: DescribedCommand): DescribedCommand[] {
  return [command, ...command.commands.flatMap(flatten)];
}

const HELP: DescribedOption = {
  flags: ['--help', '-h'],
  description: 'show what there is',
  valueName: '',
  value: 'none',
  choices: [],
  required: false,
};

function describeOption(option: Option): DescribedOption {
  const valueName = /[<[]([^>\]]+)[>\]]/.exec(option.flags)?.[1] ?? '';
  const choices = option.argChoices ?? [];
  return {
    flags: [option.long, option.short].filter((flag): flag is string => typeof flag === 'string'),
    description: option.description,
    valueName,
    value: kindOf(valueName, choices),
    choices: [...choices],
    required: option.mandatory,
  };
}

function describeArgument(argument: Argument): DescribedArgument {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  const choices = argument.argChoices ?? [];
  return {
    usage: argument.required ? `<${name}>` : `[${name}]`,
    description: argument.description,
    value: kindOf(argument.name(), choices),
    choices: [...choices],
  };
}

function kindOf(name: string, choices: readonly string[]): ValueKind {
  if (name === '') return 'none';
  if (choices.length > 0) return 'choice';
  if (name === 'file') return 'file';
  if (name === 'folder') return 'folder';
  // An address can be a folder of this computer.
  return name === 'path' || name === 'dest' || name === 'address' ? 'path' : 'text';
}
