import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { CircleHelp, LoaderCircle } from 'lucide-react';
import { useEffect, useRef, type ReactNode, type RefObject } from 'react';
import type { VaultChoice, VaultProof } from '../../../preload/contract.ts';
import { Choice, ErrorNote, Icon, Note, TextField } from '../../components/index.ts';
import { ProofCard } from '../../components/password/vault-card.tsx';
import { useAppState } from '../../state/app-state.tsx';
import { api, useAction, type Action } from '../../state/bridge.ts';
import type { VaultDraft } from './vault-draft.ts';

export function useProve(draft: VaultDraft, change: (draft: VaultDraft) => void): Action<[], VaultProof> {
  const choice: VaultChoice =
    draft.kind === 'own'
      ? { kind: 'own', address: draft.address.trim(), fingerprint: draft.fingerprint.trim() }
      : { kind: 'embedded' };
  return useAction(() => api.vault.prove({ vault: choice }), {
    failure: 'inline',
    onDone: (proof) => change({ ...draft, proof }),
  });
}

/** In a small window the outcome would lie below what is in view. */
function useInView(outcome: unknown): RefObject<HTMLDivElement | null> {
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (outcome !== null) ref.current?.scrollIntoView({ block: 'nearest' });
  }, [outcome]);
  return ref;
}

function Proof({ draft, prove }: { draft: VaultDraft; prove: Action<[], VaultProof> }): ReactNode {
  if (draft.proof !== null) return <ProofCard proof={draft.proof} />;
  if (prove.error !== null)
    return <ErrorNote error={prove.error} tone={prove.error.code === 'vault-not-proven' ? 'red' : 'amber'} />;
  return (
    <section className="card proof proof-wait" aria-label={t`Proof of the vault`}>
      {prove.pending ? (
        <p className="row dim" role="status">
          <Icon of={LoaderCircle} className="spin" />
          {draft.kind === 'embedded' ? t`Starting the vault on this computer…` : t`Asking the vault for its proof…`}
        </p>
      ) : (
        <>
          <Icon of={CircleHelp} size={20} className="faint" />
          <p className="medium">
            <Trans>Not proven yet</Trans>
          </p>
          <p className="dim">
            <Trans>
              The vault must show that it is the one you mean, by its identity. Until then nothing is sent to it.
            </Trans>
          </p>
        </>
      )}
    </section>
  );
}

/** Which vault, and its proof beside it. */
export function VaultPart({
  draft,
  change,
  prove,
}: {
  draft: VaultDraft;
  change: (draft: VaultDraft) => void;
  prove: Action<[], VaultProof>;
}): ReactNode {
  const embedded = useAppState((state) => state.embeddedVault);
  const outcome = useInView(draft.proof ?? prove.error);
  const set = (part: Partial<VaultDraft>): void => {
    if (prove.error !== null) prove.reset();
    change({ ...draft, ...part, proof: null });
  };
  return (
    <div className="vault-part">
      <div className="stack">
        <Choice
          label={t`Vault`}
          hideLabel
          value={draft.kind}
          onChange={(kind) => set({ kind })}
          options={[
            ...(embedded
              ? [
                  {
                    value: 'embedded' as const,
                    title: t`On this computer, for trying out`,
                    line: t`At risk: this password works only on this computer, and the 64-digit kit is needed beside it.`,
                  },
                ]
              : []),
            {
              value: 'own' as const,
              title: t`A vault of my own, or my company’s`,
              line: t`A server with a hardware security module, at three places if it is to be trusted with a password alone.`,
            },
          ]}
        />
        {draft.kind === 'own' && (
          <div className="vault-typed">
            <TextField
              label={t`Address`}
              value={draft.address}
              onChange={(address) => set({ address })}
              placeholder="https://vault.example.org"
              help={t`Several sites are written one after the other, with spaces between them.`}
            />
            <TextField
              label={t`Identity`}
              rows={2}
              value={draft.fingerprint}
              onChange={(fingerprint) => set({ fingerprint })}
              placeholder="9F2C 71A0 4BD8 E633 …"
              help={t`Get it from whoever runs the vault, on another way than the address. Paste it, or type it in any grouping; the line of the vault’s square code says both.`}
            />
          </div>
        )}
        {draft.kind === 'embedded' && (
          <Note tone="amber">
            <Trans>
              <strong>For trying out only.</strong> The vault’s keys are in a file here, so somebody with this computer
              can guess without a limit. Lose it, and only the digits open the backup.
            </Trans>
          </Note>
        )}
      </div>
      <div ref={outcome}>
        <Proof draft={draft} prove={prove} />
      </div>
    </div>
  );
}
