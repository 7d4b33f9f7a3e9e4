import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { useState, type ReactNode } from 'react';
import { Card, Facts, LinkButton, Mark } from '../../components/index.ts';
import { useAppState } from '../../state/app-state.tsx';
import { api, useAction } from '../../state/bridge.ts';
import { FaultsSheet } from './faults-sheet.tsx';
import { LicencesSheet } from './licences-sheet.tsx';

/** Which Holdfast this is, and under what licence. */
export function AboutCard(): ReactNode {
  const version = useAppState((state) => state.version);
  const computer = useAppState((state) => state.computerName);
  const repository = useAppState((state) => state.repository);
  const licence = useAction(() => api.app.openLicence());
  const [faults, setFaults] = useState(false);
  const [others, setOthers] = useState(false);
  return (
    <Card title={t`About`}>
      <div className="card-in about">
        <div className="row about-name">
          <Mark />
          <div>
            <p className="medium">
              <Trans>Holdfast</Trans>
            </p>
            <p className="t12 faint num">
              <Trans>Version {version}</Trans>
            </p>
          </div>
        </div>
        <Facts
          items={[
            [t`Computer`, <bdi key="c">{computer}</bdi>],
            ...(repository === null
              ? []
              : [
                  [
                    t`Backup`,
                    <span key="r" className="select about-id">
                      {repository.id}
                    </span>,
                  ] as [ReactNode, ReactNode],
                ]),
            [
              t`Licence`,
              <LinkButton key="l" onPress={() => licence.run()}>
                <Trans>Apache 2.0</Trans>
              </LinkButton>,
            ],
            [
              t`Made with`,
              <LinkButton key="o" onPress={() => setOthers(true)}>
                <Trans>Works of others</Trans>
              </LinkButton>,
            ],
            [
              t`Faults`,
              <LinkButton key="f" onPress={() => setFaults(true)}>
                <Trans>Fault reports</Trans>
              </LinkButton>,
            ],
          ]}
        />
      </div>
      <FaultsSheet open={faults} onClose={() => setFaults(false)} />
      <LicencesSheet open={others} onClose={() => setOthers(false)} />
    </Card>
  );
}
