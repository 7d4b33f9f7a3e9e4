import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import type { ReactNode } from 'react';
import { Button, Sheet } from '../../components/index.ts';

const ROWS: readonly [question: string, key: string, password: string][] = [
  [
    t`Somebody copies the storage`,
    t`They hold sealed boxes. Guessing 64 digits is out of reach for anyone, forever.`,
    t`They hold sealed boxes too. The password alone doesn’t open them without the vault.`,
  ],
  [
    t`Somebody steals this computer, locked`,
    t`They can’t read the backup: the key is not on it.`,
    t`They can’t either, and ten wrong tries end it.`,
  ],
  [
    t`You lose it`,
    t`The backup can’t be opened again. Keep two copies, in two places.`,
    t`A computer that is still unlocked can set a new one. Otherwise nobody can.`,
  ],
  [
    t`Holdfast disappears`,
    t`Nothing changes. A small program beside your kit restores everything.`,
    t`The vault has to answer, or you use a printed 64-digit kit.`,
  ],
  [t`After your death`, t`Whoever finds the paper can open it.`, t`Whoever was told the password can.`],
];

/** The two ways beside each other, by what may happen. */
export function CompareSheet({ open, onClose }: { open: boolean; onClose: () => void }): ReactNode {
  return (
    <Sheet
      open={open}
      onClose={onClose}
      size="wide"
      reading
      title={t`What happens if…`}
      line={t`The same situations, with either way of locking.`}
      footer={
        <Button onPress={onClose}>
          <Trans>Close</Trans>
        </Button>
      }
    >
      <table className="compare">
        <thead>
          <tr>
            <td />
            <th scope="col">
              <Trans>64-digit key</Trans>
            </th>
            <th scope="col">
              <Trans>Password</Trans>
            </th>
          </tr>
        </thead>
        <tbody>
          {ROWS.map(([question, key, password]) => (
            <tr key={question}>
              <th scope="row">{question}</th>
              <td>{key}</td>
              <td>{password}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Sheet>
  );
}
