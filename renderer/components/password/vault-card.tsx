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
    <section className="card proof" aria-label="Proof of the vault">
      <div className="proof-head">
        <Icon of={ShieldCheck} size={20} />
        <div>
          <p className="medium">The vault proved itself</p>
          <p className="t12 faint">before anything was sent</p>
        </div>
        <Badge tone="good" icon={CircleCheck}>
          Proven
        </Badge>
      </div>
      <p className="proof-sites">
        <Icon
          of={proof.sites.answering < proof.sites.total ? TriangleAlert : CircleCheck}
          className={proof.sites.answering < proof.sites.total ? 'warn' : 'good'}
        />
        <span>{sitesAnswered(proof.sites)}, identity proven</span>
      </p>
      <Facts
        className="proof-facts"
        items={[
          ['Vault', vaultName(proof)],
          ['Identity', <Fingerprint key="i" text={proof.fingerprint} />],
          ['Wrong tries', `${proof.maxAttempts} in a row, then it destroys its copy`],
          ['Profile', proof.embedded ? 'Keys in a file, not in hardware' : PROFILE[proof.profile]],
        ]}
      />
      <p className="t12 faint proof-foot">
        Nothing has left this computer yet. The vault gets a sealed record at the end; it never sees the password or the
        key.
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
        ['Vault', vaultName(vault)],
        ['Identity', <Fingerprint key="i" text={vault.fingerprint} />],
      ]}
    />
  );
}
