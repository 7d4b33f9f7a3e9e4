import { t } from '@lingui/core/macro';
import { Component, type ReactNode } from 'react';
import { reportFault } from '../state/fault-reports.ts';
import { toUserError, UserError } from '../state/user-error.ts';
import { ErrorState } from './states.tsx';

/** A screen that failed to draw shows why instead of a blank window; going elsewhere or "Try again" draws afresh. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { error: UserError | null }> {
  override state: { error: UserError | null } = { error: null };

  static getDerivedStateFromError(error: unknown): { error: UserError } {
    if (error instanceof UserError) return { error };
    return {
      error: new UserError({
        code: 'internal',
        severity: 'fatal',
        message: t`This screen could not be shown.`,
        guidance: t`Your backup is not affected. Try again, or go to another place and come back.`,
        detail: toUserError(error).detail,
      }),
    };
  }

  override componentDidCatch(error: unknown): void {
    reportFault(error);
  }

  override render(): ReactNode {
    if (this.state.error === null) return this.props.children;
    return <ErrorState error={this.state.error} onRetry={() => this.setState({ error: null })} />;
  }
}
