/** What the command line tells its user: results on standard output, everything else on standard error. */

/** Ends a command with one sentence and exit code 1, without a stack. */
export class CliError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CliError';
  }
}

export interface Output {
  /** One line of the result. */
  print(line: string): void;
  /** One line beside the result. */
  note(line: string): void;
}

export const standardOutput: Output = {
  print: (line) => void process.stdout.write(`${line}\n`),
  note: (line) => void process.stderr.write(`${line}\n`),
};
