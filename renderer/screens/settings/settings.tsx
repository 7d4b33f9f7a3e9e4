import { useEffect, useRef, type ReactNode } from 'react';
import { Head } from '../../components/index.ts';
import { useRouteOf } from '../../state/route.ts';
import { AboutCard } from './about-card.tsx';
import { AlarmsCard } from './alarms-card.tsx';
import { AppearanceCard } from './appearance-card.tsx';
import { BackgroundCard } from './background-card.tsx';
import { CheckCard } from './check-card.tsx';
import { DestinationCard } from './destination-card.tsx';
import { ExcludesCard } from './excludes-card.tsx';
import { KeepCard } from './keep/keep-card.tsx';
import { LockCard } from './lock-card.tsx';
import { SourcesCard } from './sources-card.tsx';
import { WhenCard } from './when-card.tsx';
import '../../theme/runs.css';
import './settings.css';
import './background.css';

/** A part of the page that other screens can lead to; takes the focus when they do. */
function Section({
  name,
  asked,
  children,
}: {
  name: string;
  asked: string | undefined;
  children: ReactNode;
}): ReactNode {
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (asked !== name) return;
    const element = ref.current;
    element?.scrollIntoView({ block: 'start' });
    element?.focus({ preventScroll: true });
  }, [asked, name]);
  return (
    <div ref={ref} tabIndex={-1} className="setting">
      {children}
    </div>
  );
}

/** What is backed up, where it goes, whether it is whole; how the app looks and locks. */
export function Settings(): ReactNode {
  const asked = useRouteOf('settings')?.section;
  return (
    <>
      <div className="bar drag" />
      <div className="body">
        <div className="body-in">
          <Head
            title="Settings"
            line="Changes hold from the next backup on. Old backups go only by the rule under “What is kept”."
          />
          <div className="duo settings">
            <div className="stack">
              <Section name="sources" asked={asked}>
                <SourcesCard />
              </Section>
              <Section name="when" asked={asked}>
                <WhenCard />
              </Section>
              <Section name="excludes" asked={asked}>
                <ExcludesCard />
              </Section>
              <Section name="destinations" asked={asked}>
                <DestinationCard />
              </Section>
              <Section name="keep" asked={asked}>
                <KeepCard />
              </Section>
              <Section name="check" asked={asked}>
                <CheckCard />
              </Section>
            </div>
            <div className="stack">
              <Section name="appearance" asked={asked}>
                <AppearanceCard />
              </Section>
              <Section name="lock" asked={asked}>
                <LockCard />
              </Section>
              <Section name="background" asked={asked}>
                <BackgroundCard />
              </Section>
              <Section name="alarms" asked={asked}>
                <AlarmsCard />
              </Section>
              <Section name="about" asked={asked}>
                <AboutCard />
              </Section>
            </div>
          </div>
        </div>
      </div>
    </>
  );
}
