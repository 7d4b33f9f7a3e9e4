import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { CircleCheck, ShieldCheck, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import type { VaultIdentity, VaultProof } from '../../../preload/contract.ts';
import { Icon } from '../icon.tsx';
import { Badge, Facts } from '../surfaces.tsx';
import { PROFILE, sitesAnswered, vaultName } from './vault-words.ts';

/** The identity in groups of four, to be compared with what whoever runs the vault says. */
export function Fingerprint({ text }: { text: string }): ReactNode {
  return (
    <span className="fingerprint num">
      {text.split(' ').map((group, i) => (
        <span key={i}>{group}</span>
      ))}
    </span>
  );
}

/** What the vault has proven of itself, before anything was sent to it. */
export function ProofCard({ proof }: { proof: VaultProof }): ReactNode {
  return (
    <section className="card proof" aria-label={t`Proof of the vault`}>
      <div className="proof-head">
        <Icon of={ShieldCheck} size={20} />
        <div>
          <p className="medium">
            <Trans>The vault proved itself</Trans>
          </p>
          <p className="t12 faint">
            <Trans>before anything was sent</Trans>
          </p>
        </div>
        <Badge tone="good" icon={CircleCheck}>
          <Trans>Proven</Trans>
        </Badge>
      </div>
      <p className="proof-sites">
        <Icon
          of={proof.sites.answering < proof.sites.total ? TriangleAlert : CircleCheck}
          className={proof.sites.answering < proof.sites.total ? 'warn' : 'good'}
        />
        <span>
          <Trans>{sitesAnswered(proof.sites)}, identity proven</Trans>
        </span>
      </p>
      <Facts
        className="proof-facts"
        items={[
          [t`Vault`, vaultName(proof)],
          [t`Identity`, <Fingerprint key="i" text={proof.fingerprint} />],
          [
            t`Wrong tries`,
            plural(proof.maxAttempts, {
              one: '# in a row, then it destroys its copy',
              other: '# in a row, then it destroys its copy',
            }),
          ],
          [t`Profile`, proof.embedded ? t`Keys in a file, not in hardware` : PROFILE[proof.profile]],
        ]}
      />
      <p className="t12 faint proof-foot">
        <Trans>
          Nothing has left this computer yet. The vault gets a sealed record at the end; it never sees the password or
          the key.
        </Trans>
      </p>
    </section>
  );
}

/** Who checks the password, as the backup itself says. */
export function IdentityFacts({ vault }: { vault: VaultIdentity }): ReactNode {
  return (
    <Facts
      className="proof-facts"
      items={[
        [t`Vault`, vaultName(vault)],
        [t`Identity`, <Fingerprint key="i" text={vault.fingerprint} />],
      ]}
    />
  );
}
