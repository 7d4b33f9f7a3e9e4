/** The renderer's one error type: what main answered, ready to be shown. */
import { t } from '@lingui/core/macro';
import type { ErrorInfo } from '../../preload/contract.ts';

/** What a failed call throws: the three sentences that main sent, ready to be shown. */
export class UserError extends Error {
  readonly code: string;
  readonly severity: ErrorInfo['severity'];
  readonly guidance: string;
  readonly detail: string | undefined;

  constructor(info: ErrorInfo) {
    super(info.message);
    this.name = 'UserError';
    this.code = info.code;
    this.severity = info.severity;
    this.guidance = info.guidance;
    this.detail = info.detail;
  }
}

/** Any thrown value as a `UserError`, so that every failure can be shown the same way. */
export function toUserError(error: unknown): UserError {
  if (error instanceof UserError) return error;
  return new UserError({
    code: 'internal',
    severity: 'fatal',
    message: t`Holdfast did not answer.`,
    guidance: t`Your backup is not affected. Try again; if it happens again, quit Holdfast and open it once more.`,
    detail: error instanceof Error ? error.message : String(error),
  });
}
