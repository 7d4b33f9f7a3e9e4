/** The key's digits as they are shown and typed, tries of a password, a server's fingerprint. */
import type { ReactNode } from 'react';
import { Card, KeyGrid, KeyInput } from '../../../../renderer/components/index.ts';
import { leftWords, TryBoxes } from '../../../../renderer/components/password/tries.tsx';
import { Fingerprint } from '../../../../renderer/components/places/fingerprint.tsx';
import { KEY, ROW_CHECKS, tries } from '../data.ts';
import { One } from './frame.tsx';
import { say } from './say.ts';

const TYPED = KEY.map((group, i) => (i < 10 ? group : i === 10 ? group.slice(0, 2) : ''));

export function Keys(): ReactNode {
  return (
    <>
      <One name="KeyGrid" wide>
        <Card className="gal-pad">
          <KeyGrid groups={KEY} checks={ROW_CHECKS} />
        </Card>
        <Card className="gal-pad">
          <KeyGrid groups={null} checks={ROW_CHECKS} />
        </Card>
      </One>
      <One name="KeyInput" wide>
        <KeyInput value={TYPED} rowStates={{ A: 'ok', B: 'typo' }} onChange={() => undefined} />
        <KeyInput value={KEY.slice(4, 8)} rows={['B']} disabled onChange={() => undefined} />
      </One>
      {[0, 4, 9, 10].map((used) => (
        <One key={used} name={`TryBoxes, ${used} used`}>
          <TryBoxes tries={tries(used)} />
          {used < 10 && <p className="dim">{leftWords(tries(used))}</p>}
        </One>
      ))}
      <One name="Fingerprint" wide>
        <Fingerprint
          title={say('The server’s key')}
          value="SHA256:uNiVztksCsDhcc0u9e8BgrJXVGDUbMl7Cv0wUMcQEhk"
          about="ssh-ed25519"
        >
          {say('Nothing was changed.')}
        </Fingerprint>
      </One>
    </>
  );
}
