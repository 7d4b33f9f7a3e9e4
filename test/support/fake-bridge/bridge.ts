/**
 * A stand-in for `window.holdfast` that keeps everything in memory and answers like the real one, so that every screen
 * and state can be looked at in a browser. It holds to the contract's types; the end-to-end tests hold the app to it.
 */
import type {
  AppState,
  Bridge,
  DestinationTest,
  ErrorInfo,
  Events,
  GoogleAccount,
  Measure,
  PasswordAnswer,
  Plan,
  RegistrationStep,
  RestoreReport,
  Result,
  Row,
  SourceNode,
} from '../../../preload/contract.ts';
import {
  CERTIFICATE,
  COMPANY_VAULT,
  CONFIGURATION_CHANGES,
  DEFAULT_EXCLUDES,
  EXCLUDES_FILE,
  destination,
  draft,
  entries,
  fakeQr,
  FAULT_TEXT,
  FOLDERS,
  GB,
  HEALTH,
  HOME,
  HOST_KEY,
  HOUR,
  KEY,
  nas,
  node,
  OWN_VAULT,
  PASSWORD,
  place,
  proof,
  readyState,
  ROW_CHECKS,
  run,
  runDetail,
  runs,
  S3_PRESETS,
  SKIPPED,
  snapshots,
  tries,
  vaultSessions,
  vaultState,
} from './data.ts';
import { lookAnswers } from './look-answers.ts';
import { careAnswers, COMPUTERS } from './care-answers.ts';
import { previewAnswers } from './preview-answers.ts';
import type { Scenario } from './scenarios.ts';
import { simulate, type Simulation } from './simulation.ts';

const LICENCES = {
  packages: [
    { name: 'Electron', version: '45.4.1', licence: 'MIT', text: 0 },
    { name: '@tanstack/react-virtual', version: '3.14.26', licence: 'MIT', text: 0 },
    { name: 'zod', version: '4.6.7', licence: 'MIT', text: 0 },
  ],
  texts: ['Permission is hereby granted, free of charge, to any person obtaining a copy of this software. '.repeat(12)],
};

const ROWS: readonly Row[] = ['A', 'B', 'C', 'D'];
const DISK = '/media/maren/Tidepool';
const CANCELLED: ErrorInfo = {
  code: 'stopped',
  severity: 'notice',
  message: 'The sign-in was cancelled.',
  guidance: 'Nothing was changed. Start it again when you like.',
};
const GOOGLE: GoogleAccount = {
  cap: 'account-0001',
  account: 'maren@example.org',
  freeBytes: 1_640 * GB,
  totalBytes: 2_000 * GB,
  sharedDrives: [],
};

function ok<T>(value: T): Result<T> {
  return { ok: true, value };
}

function keyMatches(groups: readonly string[]): boolean {
  return groups.join('').toUpperCase() === KEY.join('');
}

const WRONG_KEY = 'These 64 digits don’t open this backup. Nothing is locked; check them and try again.';

function keyCheck(groups: readonly string[]): { ok: boolean; wrongRows: Row[]; message: string } {
  const good = keyMatches(groups);
  return { ok: good, wrongRows: [], message: good ? 'This is the right key.' : WRONG_KEY };
}

function destinationTest(kind: NonNullable<Scenario['destination']>): DestinationTest {
  const fails = kind === 'fails';
  const labels = [
    ['reach', 'The place can be reached'],
    ['write', 'Files can be stored'],
    ['read-back', 'They read back unchanged'],
    ['list', 'They can be listed'],
    ['rename', 'They can be replaced in one step'],
    ['remove', 'They can be removed'],
    ['space', 'The free space is known'],
  ] as const;
  return {
    content: kind === 'repository' ? 'repository' : kind === 'other-files' ? 'other-files' : 'empty',
    checks: labels.map(([id, label]) => ({
      id,
      label,
      ok: !fails || id === 'reach' || id === 'space',
      detail: !fails
        ? 'As it should be.'
        : id === 'write'
          ? 'Holdfast may not write to this folder. Give yourself permission to write, or choose another folder.'
          : 'Not tried, because an earlier step failed.',
    })),
    ok: !fails,
    freeBytes: 645.1 * GB,
    totalBytes: 1000 * GB,
    writeMBps: fails ? null : 94,
    readMBps: fails ? null : 260,
    latencyMs: fails ? null : 3,
    requestMs: fails ? null : 1,
    warnings:
      kind === 'same-disk'
        ? [
            'This folder is on the same disk as your files. If the disk fails, both are gone: keep a copy elsewhere too.',
          ]
        : [],
  };
}

/** Which made-up figures a capability stands for. */
function relativeOf(cap: string): string | undefined {
  return [
    ...Object.keys(FOLDERS),
    ...Object.entries(FOLDERS).flatMap(([k, v]) => v.children.map((c) => `${k}/${c}`)),
  ].find((name) => place(`${HOME}/${name}`).cap === cap);
}

export interface FakeBridge {
  bridge: Bridge;
  /** Changes the state and tells the listeners, as main would. */
  patch: (change: Partial<AppState>) => void;
}

/** @param latencyMs how long each call takes */
export function createFakeBridge(scenario: Scenario, latencyMs = 40): FakeBridge {
  let state = scenario.state;
  let simulation: Simulation | null = null;
  let measuring: ReturnType<typeof setInterval> | null = null;
  let lastReport: RestoreReport | null = null;
  const listeners: { [E in keyof Events]: Set<(payload: never) => void> } = {
    state: new Set(),
    measure: new Set(),
    looking: new Set(),
    open: new Set(),
  };
  const sorted = new Map<string, ReturnType<typeof entries>>();

  const emitMeasure = (payload: Measure): void =>
    listeners.measure.forEach((listener) => (listener as (p: Measure) => void)(payload));
  const patch = (change: Partial<AppState>): void => {
    state = { ...state, ...change };
    listeners.state.forEach((listener) => (listener as (p: AppState) => void)(structuredClone(state)));
  };

  const startBackup = (): string => {
    const totals = { files: 92_000, bytes: 18.5 * GB };
    simulation = simulate(
      'backup',
      scenario.runMs ?? 20_000,
      totals,
      (progress) => patch({ progress, health: progress.state === 'paused' ? HEALTH.paused : HEALTH.running }),
      (progress) => {
        const summary = run({ result: progress.state === 'done' ? 'done' : 'stopped', startedAt: progress.startedAt });
        patch({
          progress,
          health: HEALTH.protected,
          lastBackup: summary,
          snapshotCount: state.snapshotCount + 1,
          destinations: [destination()],
        });
      },
    );
    patch({ progress: simulation.progress(), health: HEALTH.running });
    return 'run-now';
  };

  const startRestore = (): string => {
    const totals = { files: 214, bytes: 1.2 * GB };
    simulation = simulate(
      'restore',
      scenario.runMs ?? 6_000,
      totals,
      (progress) => patch({ progress }),
      (progress) => {
        lastReport = {
          runId: 'run-now',
          snapshotAt: Date.now() - 26 * 60_000,
          target: `${HOME}/Desktop/Restored today`,
          toOriginal: false,
          requested: 214,
          restored: progress.state === 'done' ? 212 : 96,
          bytes: 1.2 * GB,
          skippedExisting: 0,
          keptBoth: 3,
          problems: SKIPPED.slice(0, 2),
          durationMs: progress.elapsedMs,
          state: progress.state === 'done' ? 'done' : 'stopped',
          error: null,
        };
        patch({ progress });
      },
    );
    patch({ progress: simulation.progress() });
    return 'run-now';
  };

  const measure = (input: { id: string; caps: string[]; excludes: string[] }): void => {
    if (measuring !== null) clearInterval(measuring);
    const queue = input.caps.map((cap) => ({ cap, relative: relativeOf(cap), step: 0 }));
    const excluding = input.excludes.some((rule) => rule.startsWith('node_modules'));
    measuring = setInterval(() => {
      const open = queue.find((entry) => entry.step < 4);
      if (open === undefined) {
        if (measuring !== null) clearInterval(measuring);
        return;
      }
      open.step += 1;
      const figures = FOLDERS[open.relative ?? ''] ?? { files: 37, bytes: 48e6, children: [] };
      const share = open.step / 4;
      const apart = Object.entries(FOLDERS).filter(
        ([name]) => name.startsWith(`${open.relative ?? '-'}/`) && input.excludes.includes(`${HOME}/${name}/`),
      );
      const apartFiles = apart.reduce((total, [, value]) => total + value.files, 0);
      const apartBytes = apart.reduce((total, [, value]) => total + value.bytes, 0);
      const unreadable = Object.entries(FOLDERS)
        .filter(([name]) => name === open.relative || name.startsWith(`${open.relative ?? '-'}/`))
        .filter((folder) => !apart.some(([name]) => name === folder[0]))
        .flatMap(([, value]) => value.unreadable ?? []);
      const left = excluding ? 0 : (figures.excludedFiles ?? 0);
      emitMeasure({
        id: input.id,
        cap: open.cap,
        files: Math.round((figures.files + left - apartFiles) * share),
        bytes: Math.round((figures.bytes + (excluding ? 0 : (figures.excludedBytes ?? 0)) - apartBytes) * share),
        excludedFiles: Math.round(((excluding ? (figures.excludedFiles ?? 0) : 0) + apartFiles) * share),
        excludedBytes: Math.round(((excluding ? (figures.excludedBytes ?? 0) : 0) + apartBytes) * share),
        unreadable: open.step === 4 ? [...unreadable] : [],
        unreadableCount: open.step === 4 ? unreadable.length : 0,
        done: open.step === 4,
      });
    }, 60);
  };

  const list: Bridge['browse']['list'] = async ({ folderId, sort, descending, offset, limit }) => {
    const key = `${folderId ?? ''}|${sort}|${descending}`;
    let all = sorted.get(key);
    if (all === undefined) {
      const by = { name: 'name', modified: 'modifiedAt', size: 'size' } as const;
      all = entries(folderId, scenario.big ?? false).sort((a, b) => {
        const [x, y] = [a[by[sort]] ?? 0, b[by[sort]] ?? 0];
        const order = typeof x === 'string' && typeof y === 'string' ? x.localeCompare(y, 'en') : Number(x) - Number(y);
        const folders = Number(b.kind === 'folder') - Number(a.kind === 'folder');
        return folders !== 0 ? folders : descending ? -order : order;
      });
      sorted.set(key, all);
    }
    const parts = folderId === null ? [] : folderId.split('/').slice(1);
    return ok({
      total: all.length,
      files: all.filter((entry) => entry.kind === 'file').length,
      entries: all.slice(offset, offset + limit),
      crumbs: [
        { id: null, name: 'Maren’s ThinkPad' },
        ...parts.map((_, i) => ({ id: ['top', ...parts.slice(0, i + 1)].join('/'), name: `Folder ${parts[i]}` })),
      ],
    });
  };

  let chosen = '';
  let cancelSignIn = (): void => undefined;
  let proven = OWN_VAULT;

  /** As the vault answers: right ones open, wrong ones are counted, the tenth destroys. */
  const tryPassword = (password: string): PasswordAnswer => {
    if (scenario.passwordAnswer !== undefined) return scenario.passwordAnswer();
    const vault = state.vault;
    if (password === PASSWORD) {
      patch({ locked: false, lockAt: Date.now() + 15 * 60_000, vault: vault && { ...vault, tries: tries(0) } });
      return { kind: 'opened' };
    }
    const used = (vault?.tries?.used ?? 3) + 1;
    if (used >= 10) {
      patch({ vault: vault && { ...vault, ended: 'destroyed' } });
      return { kind: 'destroyed', byOwner: false };
    }
    const next = tries(
      used,
      used >= 8 ? 7 * 24 * HOUR : used === 7 ? HOUR : used >= 4 ? [60e3, 300e3, 900e3][used - 4] : 0,
    );
    patch({ vault: vault && { ...vault, tries: next } });
    return { kind: 'wrong-password', tries: next };
  };

  const registering = async (): Promise<void> => {
    const steps: RegistrationStep[] = ['begin', 'start', 'stage', 'prove', 'expose'];
    for (const step of steps) {
      patch({ registering: step });
      await new Promise((resolve) => setTimeout(resolve, scenario.registerMs ?? 250));
      if (scenario.stopRegisteringAt === step) await new Promise(() => undefined);
    }
    patch({ registering: null });
  };

  const calls: Omit<Bridge, 'on'> = {
    app: {
      getState: async () => ok(structuredClone(state)),
      openLicence: async () => ok(null),
      licences: async () => ok(LICENCES),
      reportActivity: async () => ok(null),
    },
    setup: {
      suggestDestination: async () => ok(draft(`${DISK}/Holdfast`)),
      newKey: async () => ok({ made: true }),
      revealKey: async () =>
        ok({ groups: [...KEY], rowChecks: [...ROW_CHECKS], repoId: 'b7e2-41c0-9f53-aa08', qr: fakeQr() }),
      hideKey: async () => ok(null),
      copyKey: async () => ok({ clearsAt: Date.now() + 60_000 }),
      saveKit: async () =>
        ok({
          path: `${HOME}/Documents/Holdfast kit.pdf`,
          warning:
            'Documents is a folder that people often back up and sync. Keep the kit outside what it opens, on paper or on a stick.',
        }),
      printKit: async () => ok(null),
      challenge: async () => ok({ rows: ['B', 'D'] as Row[] }),
      proveKey: async ({ rows }) => {
        const wrongRows = ROWS.filter((row, r) => {
          const given = rows[row];
          return given !== undefined && given.join('').toUpperCase() !== KEY.slice(r * 4, r * 4 + 4).join('');
        });
        return ok({
          ok: wrongRows.length === 0,
          wrongRows,
          message: wrongRows.length === 0 ? 'Both rows are right.' : 'Something in these rows differs from your key.',
        });
      },
      unlockExisting: async ({ groups }) => ok(keyCheck(groups)),
      suggestSources: async () =>
        ok(
          Object.keys(FOLDERS)
            .filter((name) => !name.includes('/'))
            .map(node),
        ),
      chooseSource: async () =>
        ok<SourceNode>({ ...node('Projects on the other disk'), suggested: false, hasChildren: true }),
      listFolder: async ({ cap }) => {
        const relative = relativeOf(cap) ?? '';
        return ok((FOLDERS[relative]?.children ?? []).map((child) => node(`${relative}/${child}`)));
      },
      measure: async (input) => {
        measure(input);
        return ok(null);
      },
      defaultExcludes: async () => ok([...DEFAULT_EXCLUDES]),
      existingComputers: async () => ok(COMPUTERS.map((one) => ({ ...one, thisComputer: false }))),
      existingVault: async () => ok(scenario.existingVault ?? null),
      unlockExistingWithPassword: async ({ password }) => ok(tryPassword(password)),
      finish: async ({ excludes, protection }) => {
        if (protection === 'password') await registering();
        state = readyState({
          excludes,
          lastBackup: null,
          snapshotCount: 0,
          settings: state.settings,
          platform: state.platform,
          keychain: scenario.state.keychain,
          vault: protection === 'password' ? vaultState(proven) : null,
          destinations: [destination({ state: 'running', message: 'First backup', usedBytes: 0, lastBackupAt: null })],
        });
        startBackup();
        return ok(null);
      },
    },
    destinations: {
      offers: async () => ok({ synced: [], googleClient: true, s3: S3_PRESETS, sshAgent: true, ...scenario.offers }),
      chooseFolder: async () => ok(draft(`${DISK}/Backups of the ThinkPad`)),
      syncedFolder: async ({ service, path }) =>
        ok(draft(path, { kind: 'synced', service, kindName: 'Synced folder' })),
      googleSignIn: async ({ destinationId }) => {
        const startedAt = Date.now() - 38_000;
        patch({ signIn: { startedAt, until: startedAt + 10 * 60_000, destinationId } });
        const cancelled = await new Promise<boolean>((resolve) => {
          cancelSignIn = () => resolve(true);
          if (scenario.signInWaits !== true) setTimeout(() => resolve(false), 200);
        });
        patch({ signIn: null });
        if (cancelled) return { ok: false, error: CANCELLED };
        if (scenario.signInError !== undefined) return { ok: false, error: scenario.signInError };
        if (destinationId !== null) {
          const back = state.destinations.map((one) =>
            one.id === destinationId ? { ...one, state: 'up-to-date' as const, message: '' } : one,
          );
          patch({ destinations: back });
        }
        return ok({ ...GOOGLE, ...scenario.google });
      },
      googleOpenAgain: async () => ok(null),
      googleCopyLink: async () => ok(null),
      googleCancel: async () => {
        cancelSignIn();
        return ok(null);
      },
      googleFolders: async ({ driveId }) => ok(driveId === null ? [...(scenario.googleFolders ?? [])] : []),
      googlePlace: async ({ folder }) => {
        const at = 'newName' in folder ? folder.newName : 'Holdfast Backups';
        return ok(
          draft(`maren@example.org, ${at}`, {
            kind: 'google-drive',
            kindName: 'Google Drive',
            name: 'Google Drive',
          }),
        );
      },
      s3: async ({ bucket, prefix }) =>
        ok(draft(`${bucket}/${prefix}/`, { kind: 's3', kindName: 'S3 storage', name: bucket })),
      webDavCertificate: async () =>
        ok({ trusted: scenario.untrusted !== true, sha256: CERTIFICATE, subject: 'CN=loft.local, O=Loft NAS' }),
      webDav: async ({ url }) =>
        ok(draft(url, { kind: 'webdav', kindName: 'WebDAV server', name: new URL(url).hostname })),
      sftpHostKey: async () => ok({ hostKey: HOST_KEY, type: 'ssh-ed25519' }),
      chooseKeyFile: async () => ok(place(`${HOME}/.ssh/id_ed25519`)),
      sftp: async ({ host, user, path }) =>
        ok(draft(`${user}@${host}/${path}`, { kind: 'sftp', kindName: 'SFTP server', name: host })),
      test: async (which) => ok(destinationTest(scenario.destination ?? ('cap' in which ? 'empty' : 'repository'))),
      add: async ({ name = 'Loft NAS' }) => {
        patch({
          destinations: [
            ...state.destinations,
            nas({
              id: 'd9',
              name,
              state: 'running',
              message: 'Filled from Tidepool disk',
              usedBytes: 0,
              lastBackupAt: null,
            }),
          ],
        });
        return ok({ id: 'd9', runId: 'run-copy' });
      },
      remove: async ({ id }) => {
        patch({ destinations: state.destinations.filter((one) => one.id !== id) });
        return ok(null);
      },
      catchUp: async () => ok({ runId: 'run-copy' }),
      rename: async ({ id, name }) => {
        patch({ destinations: state.destinations.map((one) => (one.id === id ? { ...one, name } : one)) });
        return ok(null);
      },
      setLimits: async ({ id, limits }) => {
        patch({ destinations: state.destinations.map((one) => (one.id === id ? { ...one, limits } : one)) });
        return ok(null);
      },
      renewSecret: async () => ok(null),
      show: async () => ok(null),
    },
    keys: {
      unlock: async ({ groups }) => {
        const result = keyCheck(groups);
        if (result.ok) patch({ locked: false, lockAt: Date.now() + 15 * 60_000 });
        return ok(result);
      },
      unlockWithPassword: async ({ password }) => ok(tryPassword(password)),
      lock: async () => {
        patch({ locked: true, lockAt: null });
        return ok(null);
      },
      test: async ({ groups }) => ok(keyCheck(groups)),
    },
    vault: {
      prove: async ({ vault }) => {
        proven = vault.kind === 'embedded' ? OWN_VAULT : COMPANY_VAULT;
        return ok(proof(proven, scenario.proof));
      },
      suggestPassword: async () => ok({ password: PASSWORD }),
      choosePassword: async ({ password }) => {
        chosen = password;
        return ok({ ok: true, message: '' });
      },
      repeatPassword: async ({ password }) =>
        ok(
          password === chosen
            ? { ok: true, message: 'Both are the same.' }
            : { ok: false, message: 'That is not what you typed before. Try again, or go back and choose it anew.' },
        ),
      dropPassword: async () => ok(null),
      register: async () => {
        await registering();
        patch({ vault: vaultState(proven) });
        return ok({ oldRecord: null });
      },
      changePassword: async () => {
        await registering();
        return ok(null);
      },
      turnOff: async ({ groups }) => {
        const result = keyCheck(groups);
        if (!result.ok) return ok(result);
        patch({ vault: null });
        return ok({ ...result, message: 'The 64 digits are the only way in now.' });
      },
      refresh: async () => ok(null),
      markSeen: async ({ what }) => {
        const report = state.vault?.report ?? null;
        const seen = what === 'tries' ? { unseen: null } : { report: report && { ...report, unknownRegistrations: 0 } };
        patch({ vault: state.vault && { ...state.vault, ...seen } });
        return ok(null);
      },
      clearFailures: async () => {
        patch({ vault: state.vault && vaultState(state.vault) });
        return ok(null);
      },
      freeze: async ({ days }) => {
        const report = state.vault?.report;
        if (state.vault !== null && report != null) {
          patch({ vault: { ...state.vault, report: { ...report, frozenUntil: Date.now() + days * 24 * HOUR } } });
        }
        return ok(null);
      },
      unfreeze: async () => {
        const report = state.vault?.report;
        if (state.vault !== null && report != null) {
          patch({ vault: { ...state.vault, report: { ...report, frozenUntil: null } } });
        }
        return ok(null);
      },
      sessions: async () => ok(vaultSessions()),
      revokeSession: async () => ok(null),
      revokeDevice: async () => ok(null),
    },
    backup: {
      start: async () => ok({ runId: startBackup() }),
      pause: async ({ until }) => {
        const at = until === 'hour' ? Date.now() + HOUR : until === 'tomorrow' ? Date.now() + 12 * HOUR : null;
        simulation?.pause(at);
        patch({ pausedUntil: at, health: HEALTH.paused });
        return ok(null);
      },
      resume: async () => {
        simulation?.resume();
        patch({ pausedUntil: null, health: simulation === null ? HEALTH.protected : HEALTH.running });
        return ok(null);
      },
      cancel: async () => {
        simulation?.cancel();
        if (simulation === null) patch({ progress: null, health: HEALTH.protected });
        return ok(null);
      },
    },
    browse: { snapshots: async () => ok(snapshots(scenario.snapshotCount ?? 412)), list },
    look: lookAnswers(),
    drag: {
      prepare: async ({ entryIds }) => ok({ id: 'd'.repeat(24), items: Math.max(1, entryIds.length), bytes: 48_000 }),
      start: async () => ok(null),
      clear: async () => ok(null),
    },
    preview: previewAnswers(scenario.preview ?? 'text'),
    restore: {
      connect: async ({ cap }) =>
        ok({
          place: { ...draft(`${DISK}/Holdfast`), cap },
          repoId: 'b7e2-41c0-9f53-aa08',
          computers: 2,
          vault: state.vault,
        }),
      chooseTarget: async () => ok(place(`${HOME}/Desktop/Elsewhere`)),
      suggestTarget: async () => ok(place(`${HOME}/Desktop/Restored today`)),
      plan: async ({ entryIds, target, conflict }) => {
        const original = target.kind === 'original';
        return ok({
          planId: `plan-${conflict}`,
          files: entryIds.length === 0 ? 418_209 : 214,
          bytes: entryIds.length === 0 ? 412.6 * GB : 1.2 * GB,
          target: original ? 'Where each of them was' : `${HOME}/Desktop/Restored today`,
          conflicts: original ? 38 : 0,
          alreadyThere: original ? 2 : 0,
          conflictSamples: original
            ? [
                {
                  path: `${HOME}/Documents/Cover sketch.png`,
                  outcome: conflict === 'keep-both' ? 'kept, with a second name' : conflict,
                },
              ]
            : [],
          freeBytes: 118 * GB,
          enoughSpace: entryIds.length > 0,
        });
      },
      start: async () => ok({ runId: startRestore() }),
      pause: async () => {
        simulation?.pause(null);
        return ok(null);
      },
      resume: async () => {
        simulation?.resume();
        return ok(null);
      },
      cancel: async () => {
        simulation?.cancel();
        return ok(null);
      },
      report: async () =>
        ok(
          lastReport ?? {
            runId: 'run-now',
            snapshotAt: Date.now() - 26 * 60_000,
            target: `${HOME}/Desktop/Restored today`,
            toOriginal: false,
            requested: 18_412,
            restored: 18_409,
            bytes: 12.6 * GB,
            skippedExisting: 0,
            keptBoth: 38,
            problems: SKIPPED.slice(0, 3),
            durationMs: 184_000,
            state: 'done',
            error: null,
          },
        ),
      saveReport: async () => ok({ path: `${HOME}/Desktop/Restore report.txt` }),
      showInFolder: async () => ok(null),
    },
    activity: {
      runs: async () => ok(scenario.snapshotCount === 0 ? [] : runs()),
      run: async ({ id }) => {
        const { lastBackup } = state;
        const known = lastBackup?.id === id ? lastBackup : runs().find((summary) => summary.id === id);
        return ok(runDetail(known ?? run({ id })));
      },
      copyText: async () => ok(null),
      showItem: async () => ok(null),
      openAccess: async () => ok(null),
    },
    verify: { start: async () => ok({ runId: 'run-now' }), cancel: async () => ok(null) },
    ...careAnswers((change) => patch({ care: { ...state.care, ...change } }), scenario.takenOver),
    settings: {
      set: async (change) => {
        const settings = { ...state.settings };
        if (change.theme !== undefined) settings.theme = change.theme;
        if (change.density !== undefined) settings.density = change.density;
        if (change.idleLockMinutes !== undefined) settings.idleLockMinutes = change.idleLockMinutes;
        patch({ settings });
        return ok(null);
      },
      addSource: async () => {
        const added = place(`${HOME}/Studio`);
        patch({ sources: [...state.sources.filter((source) => source.cap !== added.cap), added] });
        return ok(added);
      },
      removeSource: async ({ cap }) => {
        patch({ sources: state.sources.filter((source) => source.cap !== cap) });
        return ok(null);
      },
      surroundings: async () => ok({ onBattery: false, batteryPercent: 82, metered: false, wifi: 'Boathouse' }),
      setWhen: async (when) => {
        patch({ when });
        return ok(null);
      },
      setBandwidth: async (bandwidth) => {
        patch({ bandwidth: { ...bandwidth, now: { ...bandwidth.otherwise, until: null } } });
        return ok(null);
      },
      setExcludes: async ({ excludes }) => {
        patch({ excludes });
        return ok(null);
      },
    },
    excludes: {
      open: async () => ok(EXCLUDES_FILE),
      readAs: async ({ kind }) => ok({ ...EXCLUDES_FILE, kind }),
      save: async () => ok(true),
    },
    plans: {
      add: async ({ name, sources, excludes, where, when }) => {
        const id = `plan-${state.plans.length}`;
        const added: Plan = {
          id,
          name,
          sources: sources.map((cap) => ({ ...place(`${HOME}/${cap}`), cap })),
          excludes,
          where,
          when,
          keep: null,
          health: state.health,
          lastBackup: null,
          nextRunMs: null,
          waitsFor: null,
          doing: 'nothing',
        };
        patch({ plans: [...state.plans, added] });
        return ok({ id });
      },
      change: async ({ id, name, where, when, excludes, keep }) => {
        const change = Object.fromEntries(
          Object.entries({ name, where, when, excludes, keep }).filter(([, value]) => value !== undefined),
        );
        patch({ plans: state.plans.map((plan) => (plan.id === id ? { ...plan, ...change } : plan)) });
        return ok(null);
      },
      addSource: async ({ id }) => {
        const added = place(`${HOME}/Studio`);
        const more = (plan: Plan): Plan => ({ ...plan, sources: [...plan.sources, added] });
        patch({ plans: state.plans.map((plan) => (plan.id === id ? more(plan) : plan)) });
        return ok(added);
      },
      removeSource: async ({ id, cap }) => {
        const less = (plan: Plan): Plan => ({ ...plan, sources: plan.sources.filter((one) => one.cap !== cap) });
        patch({ plans: state.plans.map((plan) => (plan.id === id ? less(plan) : plan)) });
        return ok(null);
      },
      remove: async ({ id }) => {
        patch({ plans: state.plans.filter((plan) => plan.id !== id) });
        return ok(null);
      },
      backUp: async () => ok({ runId: 'run-now' }),
    },
    background: {
      set: async ({ keepRunning, notify, startAtLogin }) => {
        const background = { ...state.background };
        if (keepRunning !== undefined) background.keepRunning = keepRunning;
        if (notify !== undefined) background.notify = notify;
        if (startAtLogin !== undefined) background.startAtLogin = startAtLogin ? 'on' : 'off';
        patch({ background });
        return ok(null);
      },
      opening: async () => ok(null),
    },
    alarms: {
      set: async ({ kind, url }) => {
        patch({ alarms: { ...state.alarms, [kind]: { host: new URL(url).host, last: null } } });
        return ok(null);
      },
      setEmail: async ({ password: _password, ...account }) => {
        patch({ alarms: { ...state.alarms, email: { ...account, last: null } } });
        return ok(null);
      },
      remove: async ({ kind }) => {
        patch({ alarms: { ...state.alarms, [kind]: null } });
        return ok(null);
      },
      test: async ({ kind }) => ok({ ok: true, message: `${state.alarms[kind]?.host ?? ''} was told.` }),
    },
    transfer: {
      saveConfiguration: async () => ok(true),
      saveLog: async () => ok(true),
      openConfiguration: async () => ok(CONFIGURATION_CHANGES),
      applyConfiguration: async () => ok(null),
    },
    updates: {
      check: async () => {
        patch({ updates: { ...state.updates, checkedAt: Date.now() } });
        return ok(null);
      },
      setChannel: async ({ channel }) => {
        patch({ updates: { ...state.updates, channel } });
        return ok(null);
      },
      setAutomatic: async ({ automatic }) => {
        patch({ updates: { ...state.updates, automatic } });
        return ok(null);
      },
      restart: async () => ok(null),
    },
    faults: {
      list: async () => ok([...(scenario.faults ?? [])]),
      text: async () => ok(FAULT_TEXT),
      copy: async () => ok(null),
      save: async () => ok(true),
      show: async () => ok(null),
      removeAll: async () => ok(null),
      report: async () => ok(null),
    },
  };

  const guarded = (name: string, fn: (input: never) => Promise<Result<unknown>>) => {
    return async (input: never): Promise<Result<unknown>> => {
      if (scenario.hanging?.includes(name) === true || scenario.hanging?.includes('*') === true) {
        return new Promise<Result<unknown>>(() => undefined);
      }
      await new Promise((resolve) => setTimeout(resolve, latencyMs));
      const error: ErrorInfo | undefined = scenario.failures?.[name];
      return error === undefined ? fn(input) : { ok: false, error };
    };
  };

  const groups = Object.entries(calls).map(([group, methods]) => [
    group,
    Object.fromEntries(
      Object.entries(methods as Record<string, (input: never) => Promise<Result<unknown>>>).map(([method, fn]) => [
        method,
        guarded(`${group}.${method}`, fn),
      ]),
    ),
  ]);
  const bridge = {
    ...(Object.fromEntries(groups) as Omit<Bridge, 'on'>),
    on: (event: keyof Events, listener: (payload: never) => void) => {
      listeners[event].add(listener);
      return () => listeners[event].delete(listener);
    },
  } as Bridge;
  return { bridge, patch };
}
