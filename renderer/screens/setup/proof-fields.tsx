import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { useState, type ReactNode } from 'react';
import type { Row } from '../../../preload/contract.ts';
import { emptyGroups, isComplete, KeyInput, Note, type RowState } from '../../components/index.ts';
import { api, useAction } from '../../state/bridge.ts';

/** Two rows that are typed back from paper, as state. */
export function useProof(rows: readonly Row[], onProven: () => void) {
  const [groups, setGroups] = useState(() => emptyGroups(rows.length));
  const [states, setStates] = useState<Partial<Record<Row, RowState>>>({});
  const prove = useAction(
    () => api.setup.proveKey({ rows: Object.fromEntries(rows.map((row, r) => [row, groups.slice(r * 4, r * 4 + 4)])) }),
    {
      onDone: (result) => {
        setStates(
          Object.fromEntries(
            rows.map((row) => [row, result.wrongRows.includes(row) ? ('typo' as const) : ('ok' as const)]),
          ),
        );
        if (result.ok) onProven();
      },
    },
  );
  const complete = isComplete(groups);
  const wrong = prove.data?.ok === false && Object.keys(states).length > 0;
  const change = (next: string[]): void => {
    setGroups(next);
    setStates({});
  };
  const submit = (): void => {
    if (complete && !prove.pending) prove.run();
  };
  return {
    rows,
    groups,
    states,
    complete,
    pending: prove.pending,
    message: wrong ? prove.data?.message : null,
    change,
    submit,
  };
}

/** The fields, and what is wrong with what was typed. */
export function ProofFields({ proof }: { proof: ReturnType<typeof useProof> }): ReactNode {
  return (
    <>
      <div className="card prove">
        <KeyInput
          rows={proof.rows}
          value={proof.groups}
          onChange={proof.change}
          rowStates={proof.states}
          help={t`Digits 0–9 and letters A–F.`}
          autoFocus
          onSubmit={proof.submit}
        />
      </div>
      {proof.message != null && (
        <Note tone="amber" live className="prove-note">
          <Trans>
            <strong>{proof.message}</strong> You can try as often as you like.
          </Trans>
        </Note>
      )}
    </>
  );
}
