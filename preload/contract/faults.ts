/** `faults`: what went wrong in the program itself, kept on this computer until a person does something with it. */
import { z } from 'zod';
import { Ms, Nothing, Ok, method } from './parts.ts';

export const FaultSummary = z.object({
  id: z.string().max(64),
  at: Ms,
  /** One line: what kind of fault, and where. */
  title: z.string(),
});
export type FaultSummary = z.infer<typeof FaultSummary>;

const Id = z.object({ id: z.string().max(64) });

export const faultsMethods = {
  /** Newest first. */
  list: method(Nothing, z.array(FaultSummary)),
  /** The whole report, as `copy` and `save` give it away. */
  text: method(Id, z.string()),
  copy: method(Id, Ok),
  /** Asks where to; false where the person cancelled. */
  save: method(Id, z.boolean()),
  /** Shows its file in the file manager. */
  show: method(Id, Ok),
  removeAll: method(Nothing, Ok),
  /** A fault of the page. Its message is not handed over: only what kind it is, and where in the program. */
  report: method(z.object({ name: z.string().max(100), stack: z.string().max(20_000) }), Ok),
} as const;
