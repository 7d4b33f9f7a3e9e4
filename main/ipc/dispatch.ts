/** One call of the contract, without Electron: checks the input, calls the handler, turns errors into results. */
import type { z } from 'zod';
import { sayInfo } from '../words/say.ts';
import { HoldfastError, toHoldfastError } from '../errors.ts';
import { type ErrorInfo, type Methods, methods, type Result } from '../../preload/contract.ts';

/** What main does for each method: takes the validated input, gives what the contract says, throws HoldfastErrors. */
export type Handlers = {
  [G in keyof Methods]: {
    [M in keyof Methods[G]]: Methods[G][M] extends {
      input: infer I extends z.ZodType;
      output: infer O extends z.ZodType;
    }
      ? (input: z.output<I>) => Promise<z.input<O>>
      : never;
  };
};

export interface Method {
  group: string;
  name: string;
  input: z.ZodType;
  output: z.ZodType;
  handler: (input: unknown) => Promise<unknown>;
}

/** Every method of the contract with its handler. */
export function methodsOf(handlers: Handlers): Method[] {
  const table: Record<string, Record<string, { input: z.ZodType; output: z.ZodType }>> = methods;
  const handled = handlers as unknown as Record<string, Record<string, Method['handler']>>;
  return Object.entries(table).flatMap(([group, names]) =>
    Object.entries(names).map(([name, { input, output }]) => {
      const handler = handled[group]?.[name];
      if (handler === undefined) throw new TypeError(`no handler for ${group}.${name}`);
      return { group, name, input, output, handler };
    }),
  );
}

export interface DispatchOptions {
  /** Checks outputs as well: in development, where a wrong one is a fault to be found. */
  checkOutput: boolean;
  /** Told of faults of the app's own, never of inputs. */
  report: (method: string, error: HoldfastError) => void;
}

/** Does one call. Never rejects. */
export async function dispatch(
  method: Method,
  args: readonly unknown[],
  options: DispatchOptions,
): Promise<Result<unknown>> {
  const name = `${method.group}.${method.name}`;
  try {
    const parsed = method.input.safeParse(args[0] ?? null);
    if (args.length > 1 || !parsed.success) {
      throw badInput(name, parsed.success ? 'too many arguments' : parsed.error);
    }
    const value = await method.handler(parsed.data);
    if (!options.checkOutput) return { ok: true, value };
    const checked = method.output.safeParse(value);
    if (!checked.success)
      throw new TypeError(`${name} gave what the contract does not allow: ${checked.error.message}`);
    return { ok: true, value: checked.data };
  } catch (thrown) {
    const error = toHoldfastError(thrown);
    if (error.code === 'internal') options.report(name, error);
    return { ok: false, error: errorInfo(error) };
  }
}

/** An error as the contract carries it, in the app's language. */
export function errorInfo(error: HoldfastError): ErrorInfo {
  const { detail, ...rest } = sayInfo(error.toInfo());
  return detail === undefined ? rest : { ...rest, detail };
}

/** Says where the input was wrong, never what it held: it may have been digits of a key. */
function badInput(method: string, problem: z.ZodError | string): HoldfastError {
  const where =
    typeof problem === 'string'
      ? problem
      : problem.issues
          .slice(0, 5)
          .map((issue) => `${issue.path.map(String).join('.') || 'input'}: ${issue.code}`)
          .join('; ');
  return new HoldfastError(
    'bad-input',
    'The window asked for something that Holdfast does not understand.',
    'Close the window and open it again. Nothing was changed.',
    { detail: `${method}: ${where}` },
  );
}
