import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { HoldfastError } from '../../main/errors.ts';
import { dispatch, type DispatchOptions, type Handlers, type Method, methodsOf } from '../../main/ipc/dispatch.ts';
import { methods } from '../../preload/contract.ts';

const quiet: DispatchOptions = { checkOutput: true, report: () => undefined };

function method(handler: (input: unknown) => Promise<unknown>, change: Partial<Method> = {}): Method {
  return {
    group: 'keys',
    name: 'unlock',
    input: z.object({ groups: z.array(z.string().max(8)).length(2) }),
    output: z.object({ ok: z.boolean() }),
    handler,
    ...change,
  };
}

/** A handler for every method, which counts its calls. */
function countingHandlers(): { handlers: Handlers; calls: string[] } {
  const calls: string[] = [];
  const handlers = Object.fromEntries(
    Object.entries(methods).map(([group, names]) => [
      group,
      Object.fromEntries(
        Object.keys(names).map((name) => [
          name,
          async () => {
            calls.push(`${group}.${name}`);
            return null;
          },
        ]),
      ),
    ]),
  ) as unknown as Handlers;
  return { handlers, calls };
}

describe('a call', () => {
  it('gives the handler’s value', async () => {
    const result = await dispatch(
      method(async () => ({ ok: true })),
      [{ groups: ['a', 'b'] }],
      quiet,
    );
    expect(result).toEqual({ ok: true, value: { ok: true } });
  });

  it('with bad input never reaches the handler, and the answer does not repeat the input', async () => {
    const handler = vi.fn(async () => ({ ok: true }));
    for (const bad of [
      null,
      5,
      {},
      { groups: ['deadbeefcafe', 'x'] },
      { groups: 'deadbeefcafe' },
      { groups: [1, 2] },
    ]) {
      const result = await dispatch(method(handler), [bad], quiet);
      expect(result).toMatchObject({ ok: false, error: { code: 'bad-input' } });
      expect(JSON.stringify(result)).not.toContain('deadbeef');
    }
    expect(await dispatch(method(handler), [{ groups: ['a', 'b'] }, 'more'], quiet)).toMatchObject({ ok: false });
    expect(handler).not.toHaveBeenCalled();
  });

  it('that fails gives code, both sentences and the detail', async () => {
    const failing = method(async () => {
      throw new HoldfastError('destination-full', 'The disk is full.', 'Make room.', { detail: 'ENOSPC' });
    });
    expect(await dispatch(failing, [{ groups: ['a', 'b'] }], quiet)).toEqual({
      ok: false,
      error: {
        code: 'destination-full',
        severity: 'fatal',
        message: 'The disk is full.',
        guidance: 'Make room.',
        detail: 'ENOSPC',
      },
    });
  });

  it('reports faults of its own, and only those', async () => {
    const report = vi.fn();
    const options = { ...quiet, report };
    const input = [{ groups: ['a', 'b'] }];
    const fault = method(() => Promise.reject(new TypeError('x is not a function')));
    expect(await dispatch(fault, input, options)).toMatchObject({ ok: false, error: { code: 'internal' } });
    await dispatch(
      method(() => Promise.reject(new HoldfastError('locked', 'Locked.', 'Unlock.'))),
      input,
      options,
    );
    await dispatch(fault, ['bad'], options);
    expect(report).toHaveBeenCalledTimes(1);
  });

  it('whose output breaks the contract is a fault in development, and passes in a release', async () => {
    const wrong = method(async () => ({ ok: 'yes' }));
    const input = [{ groups: ['a', 'b'] }];
    expect(await dispatch(wrong, input, quiet)).toMatchObject({ ok: false, error: { code: 'internal' } });
    expect(await dispatch(wrong, input, { ...quiet, checkOutput: false })).toMatchObject({ ok: true });
  });
});

describe('the contract', () => {
  it('must be handled whole', () => {
    const { handlers } = countingHandlers();
    const { lock: _, ...others } = handlers.keys;
    expect(() => methodsOf({ ...handlers, keys: others as Handlers['keys'] })).toThrow('keys.lock');
  });

  it('refuses malformed input for every method that takes one', async () => {
    const { handlers, calls } = countingHandlers();
    const all = methodsOf(handlers);
    expect(all.length).toBeGreaterThan(45);
    for (const each of all) {
      const result = await dispatch(each, [{ no: 'such field' }, 'second'], quiet);
      expect(result, `${each.group}.${each.name}`).toMatchObject({ ok: false, error: { code: 'bad-input' } });
    }
    expect(calls).toEqual([]);
  });

  it('never lets what it did not describe through to a handler', async () => {
    const { handlers } = countingHandlers();
    const all = methodsOf(handlers).map((each) => ({ ...each, handler: vi.fn(each.handler) }));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...all), fc.anything(), async (each, input) => {
        each.handler.mockClear();
        const result = await dispatch(each, [input], { ...quiet, checkOutput: false });
        const allowed = each.input.safeParse(input ?? null).success;
        expect(result.ok).toBe(allowed);
        expect(each.handler).toHaveBeenCalledTimes(allowed ? 1 : 0);
      }),
      { numRuns: 300 },
    );
  });
});
