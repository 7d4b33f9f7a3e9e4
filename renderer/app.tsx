/** The window's frame: loads the state, then shows the set-up, the restore wizard, or the sidebar with a screen. */
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, type ComponentType, type ReactNode } from 'react';
import { I18nProvider } from 'react-aria-components';
import { ErrorBoundary, ErrorState, Mark, Sidebar, Toasts } from './components/index.ts';
import { ActivityReporter, useAppStateSnapshot, useDocumentAttributes } from './state/app-state.tsx';
import { useForgetOnLock } from './state/forget-on-lock.ts';
import { listenToHistoryKeys, useRoute, type Route } from './state/route.ts';

// Main is on this computer: there is no network to wait for, and asking twice does not mend a refusal.
const queries = new QueryClient({
  defaultOptions: {
    queries: { retry: false, networkMode: 'always', refetchOnWindowFocus: false, refetchOnReconnect: false },
    mutations: { retry: false, networkMode: 'always' },
  },
});

type ScreenModule = { default: ComponentType };
const modules = import.meta.glob<ScreenModule>(
  './screens/{welcome,how,setup,home,browse,restore,activity,settings,protection}/index.tsx',
);

function screen(name: string): ComponentType {
  const load = modules[`./screens/${name}/index.tsx`];
  return load === undefined ? () => null : lazy(load);
}

const WelcomeScreen = screen('welcome');
const HowScreen = screen('how');
const SetupScreen = screen('setup');
const RestoreScreen = screen('restore');
const PLACES = {
  home: screen('home'),
  browse: screen('browse'),
  activity: screen('activity'),
  settings: screen('settings'),
  protection: screen('protection'),
} as const;

/** What to show: before the set-up only what works without one; after it everything but the welcome. */
export function placeFor(phase: 'new' | 'ready', route: Route): Route['screen'] {
  if (phase === 'new') {
    const open: readonly string[] = ['welcome', 'how', 'setup', 'restore'];
    return open.includes(route.screen) ? route.screen : 'welcome';
  }
  if (route.screen === 'welcome' || route.screen === 'how') return 'home';
  // The set-up stays: its last page, the first backup, comes when this computer has become ready.
  return route.screen;
}

function Content({ place }: { place: Route['screen'] }): ReactNode {
  switch (place) {
    case 'welcome':
      return <WelcomeScreen />;
    case 'how':
      return <HowScreen />;
    case 'setup':
      return <SetupScreen />;
    case 'restore':
      return <RestoreScreen />;
    default: {
      const Place = PLACES[place];
      return (
        <div className="win">
          <Sidebar />
          <main className="page">
            <ErrorBoundary key={place}>
              <Suspense>
                <Place />
              </Suspense>
            </ErrorBoundary>
          </main>
        </div>
      );
    }
  }
}

function Frame(): ReactNode {
  const { state, error, retry } = useAppStateSnapshot();
  const route = useRoute();
  useDocumentAttributes();
  useForgetOnLock();
  useEffect(() => listenToHistoryKeys(window), []);
  if (error !== null) {
    return (
      <main className="page start">
        <ErrorState wholePage error={error} onRetry={retry} />
      </main>
    );
  }
  if (state === null) {
    return (
      <main className="page start" aria-busy="true">
        <div className="start-mark">
          <Mark />
          <h1 className="sr">Holdfast is starting</h1>
        </div>
      </main>
    );
  }
  const place = placeFor(state.phase, route);
  return (
    <ErrorBoundary key={place}>
      <Suspense>
        <Content place={place} />
      </Suspense>
    </ErrorBoundary>
  );
}

export function App(): ReactNode {
  return (
    <I18nProvider locale="en-GB">
      <QueryClientProvider client={queries}>
        <ActivityReporter>
          <Frame />
        </ActivityReporter>
        <Toasts />
      </QueryClientProvider>
    </I18nProvider>
  );
}
