import { plural, t } from '@lingui/core/macro';
import { ListBox, ListBoxItem } from 'react-aria-components';
import type { ReactNode } from 'react';
import type { FileVersion } from '../../../../preload/contract.ts';
import { capital, exactDate, formatBytes, formatDate, joined, Note, Skeleton } from '../../../components/index.ts';
import { LookError } from '../look-states.tsx';
import type { VersionsOf } from './use-versions.ts';
import { changeWords, diskWords, spanTitle } from './version-words.ts';

const momentOf = (version: FileVersion): number => version.modifiedAt ?? version.lastAt;

/** Which snapshots have a version. */
function Span({ version }: { version: FileVersion }): ReactNode {
  const { firstAt, lastAt, snapshots } = version;
  return (
    <p className="t12 faint num" title={spanTitle(version)}>
      {snapshots === 1
        ? t`In 1 snapshot, ${formatDate(firstAt)}`
        : t`In ${plural(snapshots, { one: '# snapshot', other: '# snapshots' })}, from ${formatDate(firstAt)} to ${formatDate(lastAt)}`}
    </p>
  );
}

function Versions({
  versions,
  selected,
  onSelect,
}: {
  versions: readonly FileVersion[];
  selected: FileVersion;
  onSelect: (at: number) => void;
}): ReactNode {
  return (
    <ListBox
      aria-label={t`Versions`}
      className="versions"
      selectionMode="single"
      disallowEmptySelection
      selectionBehavior="replace"
      selectedKeys={[versions.indexOf(selected)]}
      onSelectionChange={(keys) => {
        const [at] = keys === 'all' ? [] : [...keys];
        if (at !== undefined) onSelect(Number(at));
      }}
    >
      {versions.map((version, at) => (
        <ListBoxItem
          key={at}
          id={at}
          className="version"
          textValue={joined([capital(formatDate(momentOf(version))), changeWords(version)])}
        >
          <span className="version-dot" aria-hidden="true" />
          <span className="version-when" title={exactDate(momentOf(version))}>
            {capital(formatDate(momentOf(version)))}
          </span>
          <span className="version-what num clip" title={changeWords(version)}>
            {changeWords(version)}
          </span>
          <span className="version-size num">{version.size === null ? '' : formatBytes(version.size)}</span>
        </ListBoxItem>
      ))}
    </ListBox>
  );
}

/** The versions, which of them is chosen, and what is known of that one. */
export function VersionsList({ of }: { of: VersionsOf }): ReactNode {
  const { versions, version, disk, diskError, error } = of;
  const oldest = versions.at(-1);
  if (error !== null) return <LookError error={error} retrying={of.reading} onRetry={of.retry} />;
  if (version === null || oldest === undefined) return <Skeleton lines={4} label={t`Looking for versions`} />;
  return (
    <>
      <p className="t12 faint num">
        {versions.length === 1
          ? t`One version since ${formatDate(oldest.firstAt)}`
          : t`${plural(versions.length, { one: '# version', other: '# versions' })} since ${formatDate(oldest.firstAt)}`}
      </p>
      <Versions versions={versions} selected={version} onSelect={of.choose} />
      <Span version={version} />
      {of.unread > 0 && (
        <p className="t12 faint num">
          {plural(of.unread, {
            one: '# snapshot could not be read here.',
            other: '# snapshots could not be read here.',
          })}
        </p>
      )}
      {disk !== null && (
        <Note live tone={disk.state === 'same' ? 'good' : 'plain'} className="versions-disk">
          <p>{diskWords(disk)}</p>
        </Note>
      )}
      {diskError !== null && (
        <Note live tone="amber" className="versions-disk">
          <p>
            <strong>{diskError.message}</strong> {diskError.guidance}
          </p>
        </Note>
      )}
    </>
  );
}
