import type { ReactNode } from 'react';
import { Button, Sheet } from '../../components/index.ts';

const ROWS: readonly [question: string, key: string, password: string][] = [
  [
    'Somebody copies the storage',
    'They hold sealed boxes. Guessing 64 digits is out of reach for anyone, forever.',
    'They hold sealed boxes too. The password alone doesn’t open them without the vault.',
  ],
  [
    'Somebody steals this computer, locked',
    'They can’t read the backup: the key is not on it.',
    'They can’t either, and ten wrong tries end it.',
  ],
  [
    'You lose it',
    'The backup can’t be opened again. Keep two copies, in two places.',
    'A computer that is still unlocked can set a new one. Otherwise nobody can.',
  ],
  [
    'Holdfast disappears',
    'Nothing changes. A small program beside your kit restores everything.',
    'The vault has to answer, or you use a printed 64-digit kit.',
  ],
  ['After your death', 'Whoever finds the paper can open it.', 'Whoever was told the password can.'],
];

/** The two ways beside each other, by what may happen. */
export function CompareSheet({ open, onClose }: { open: boolean; onClose: () => void }): ReactNode {
  return (
    <Sheet
      open={open}
      onClose={onClose}
      size="wide"
      reading
      title="What happens if…"
      line="The same situations, with either way of locking."
      footer={<Button onPress={onClose}>Close</Button>}
    >
      <table className="compare">
        <thead>
          <tr>
            <td />
            <th scope="col">64-digit key</th>
            <th scope="col">Password</th>
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
