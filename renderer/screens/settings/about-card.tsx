import type { ReactNode } from 'react';
import { Card, Facts, LinkButton, Mark } from '../../components/index.ts';
import { useAppState } from '../../state/app-state.tsx';
import { api, useAction } from '../../state/bridge.ts';

/** Which Holdfast this is, and under what licence. */
export function AboutCard(): ReactNode {
  const version = useAppState((state) => state.version);
  const computer = useAppState((state) => state.computerName);
  const repository = useAppState((state) => state.repository);
  const licence = useAction(() => api.app.openLicence());
  return (
    <Card title="About">
      <div className="card-in about">
        <div className="row about-name">
          <Mark />
          <div>
            <p className="medium">Holdfast</p>
            <p className="t12 faint num">Version {version}</p>
          </div>
        </div>
        <Facts
          items={[
            ['Computer', <bdi key="c">{computer}</bdi>],
            ...(repository === null
              ? []
              : [
                  [
                    'Backup',
                    <span key="r" className="select about-id">
                      {repository.id}
                    </span>,
                  ] as [ReactNode, ReactNode],
                ]),
            [
              'Licence',
              <LinkButton key="l" onPress={() => licence.run()}>
                Apache 2.0
              </LinkButton>,
            ],
          ]}
        />
      </div>
    </Card>
  );
}
