/** The manual page, in the man(7) macros that every `man` understands. */
import { flatten, type DescribedCommand, type DescribedOption } from './described.ts';

/** What commander does not know: the page's closing sections, each with its paragraphs or tagged lines. */
export interface ManualSection {
  title: string;
  entries: { tag: string; text: string }[];
}

/** @param date as `2026-11-26`, so that a build can be repeated */
export function manualPage(
  program: DescribedCommand,
  { version, date, sections }: { version: string; date: string; sections: ManualSection[] },
): string {
  const commands = flatten(program).filter((command) => command.path !== '' && command.commands.length === 0);
  return `${[
    `.TH HOLDFAST 1 ${date} ${text(`Holdfast ${version}`, true)} "User Commands"`,
    '.SH NAME',
    `holdfast \\- ${text(program.description.charAt(0).toLowerCase() + program.description.slice(1))}`,
    '.SH SYNOPSIS',
    '.B holdfast',
    '.I command',
    '[\\fIoption\\fR ...] [\\fIargument\\fR ...]',
    '.SH COMMANDS',
    ...commands.flatMap(commandLines),
    ...sections.flatMap(({ title, entries }) => [
      `.SH ${text(title.toUpperCase(), true)}`,
      ...entries.flatMap(({ tag, text: words }) => ['.TP', `.B ${text(tag)}`, text(words)]),
    ]),
  ].join('\n')}\n`;
}

function commandLines({ path, description, options, arguments: places }: DescribedCommand): string[] {
  const required = options.filter((option) => option.required);
  const usage = [
    ...places.map((place) => place.usage),
    ...required.map((option) => `${option.flags[0] ?? ''} <${option.valueName}>`),
  ];
  return [
    `.SS ${text([`holdfast ${path}`, ...usage].join(' '), true)}`,
    text(sentence(description)),
    ...places
      .filter((place) => place.description !== '')
      .flatMap((place) => ['.TP', `.I ${text(place.usage)}`, text(sentence(place.description))]),
    ...options.filter(({ flags }) => !flags.includes('--help')).flatMap(optionLines),
  ];
}

function optionLines(option: DescribedOption): string[] {
  const value = option.valueName === '' ? '' : ` \\fI${text(option.valueName)}\\fR`;
  const names = option.flags.map((flag) => `\\fB${text(flag)}\\fR${value}`).join(', ');
  const choices = option.choices.length === 0 ? '' : ` One of: ${option.choices.join(', ')}.`;
  return ['.TP', names, text(`${sentence(option.description)}${choices}`)];
}

function sentence(words: string): string {
  const first = words.charAt(0).toUpperCase() + words.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}

/** Escapes what roff would act on. @param argument: of a macro, one word */
function text(words: string, argument = false): string {
  const escaped = words
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('’', '\\(cq')
    .replaceAll('…', '...')
    .replace(/^\./gm, '\\&.');
  return argument ? `"${escaped.replaceAll('"', '\\(dq')}"` : escaped;
}
