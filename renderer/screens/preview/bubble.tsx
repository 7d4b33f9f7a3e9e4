/** One message: who, when, what, and the files that came with it. */
import { t } from '@lingui/core/macro';
import { File, Film, Image, Music, type LucideIcon } from 'lucide-react';
import { memo, useEffect, useState, type ReactNode } from 'react';
import type { ArchiveMessage, Look } from '../../../preload/contract.ts';
import { Icon } from '../../components/index.ts';
import { Name } from '../../components/name.tsx';
import { visibleName, visibleText } from '../../components/visible.ts';
import { api, toUserError } from '../../state/bridge.ts';

type Attachment = ArchiveMessage['attachments'][number];

const ICON: Record<Attachment['kind'], LucideIcon> = { image: Image, video: Film, audio: Music, file: File };
const WORD: Record<Attachment['kind'], string> = { image: t`Picture`, video: t`Film`, audio: t`Sound`, file: t`File` };

const NOT_THERE = t`not in this export`;

/** What an attachment is; null while it is not known, a sentence where it cannot be read. */
function useAttachment(id: string, file: Attachment): Look | string | null {
  const [look, setLook] = useState<Look | string | null>(null);
  const wanted = file.kind === 'file' ? null : file.ref;
  useEffect(() => {
    if (wanted === null) return;
    let here = true;
    api.preview.attachment({ id, ref: wanted }).then(
      (found) => {
        if (here) setLook(found.look);
      },
      (thrown: unknown) => {
        const { code, message } = toUserError(thrown);
        if (here) setLook(code === 'path-not-found' ? NOT_THERE : message);
      },
    );
    return () => {
      here = false;
    };
  }, [id, wanted]);
  return look;
}

function Attached({ id, file }: { id: string; file: Attachment }): ReactNode {
  const look = useAttachment(id, file);
  if (
    file.kind !== 'file' &&
    file.ref !== null &&
    look !== null &&
    typeof look !== 'string' &&
    look.kind === file.kind
  ) {
    return (
      <iframe
        className={`msg-media msg-${file.kind}`}
        src={`preview://${id}/view/${file.ref}`}
        sandbox=""
        referrerPolicy="no-referrer"
        title={`${WORD[file.kind]}: ${visibleName(file.name)}`}
        {...(file.kind === 'image' ? { tabIndex: -1 } : {})}
      />
    );
  }
  const waiting = file.kind !== 'file' && file.ref !== null && look === null;
  const why =
    file.ref === null ? NOT_THERE : typeof look === 'string' ? look : look?.kind === 'bytes' ? look.why : null;
  return (
    <p className={`msg-file ${waiting && file.kind === 'image' ? 'msg-image' : ''}`}>
      <Icon of={ICON[file.kind]} />
      <span className="msg-file-name">
        {file.name === '' ? t`A file that was left out` : <Name of={file.name} className="fname-wrap" />}
        {why !== null && file.name !== '' && <span className="t12 dim"> {why}</span>}
      </span>
    </p>
  );
}

/** The words that were looked for, marked. */
function Marked({ text, query }: { text: string; query: string }): ReactNode {
  const shown = text.split('\n').map(visibleText).join('\n');
  const wanted = query.trim().toLowerCase();
  const lower = shown.toLowerCase();
  if (wanted === '' || lower.length !== shown.length) return shown;
  const parts: ReactNode[] = [];
  let from = 0;
  for (let at = lower.indexOf(wanted); at !== -1 && parts.length < 200; at = lower.indexOf(wanted, from)) {
    parts.push(shown.slice(from, at), <mark key={at}>{shown.slice(at, at + wanted.length)}</mark>);
    from = at + wanted.length;
  }
  return [...parts, shown.slice(from)];
}

export const Bubble = memo(function Bubble({
  id,
  message,
  person,
  mine,
  follows,
  query,
  current,
}: {
  id: string;
  message: ArchiveMessage;
  /** Null for lines of nobody. */
  person: string | null;
  mine: boolean;
  /** True where the message before is by the same person on the same day. */
  follows: boolean;
  query: string;
  /** The one that a search stands at. */
  current: boolean;
}): ReactNode {
  if (person === null) {
    return (
      <p className={`msg-nobody t12 ${current ? 'msg-current' : ''}`} dir="auto">
        <Marked text={message.text} query={query} />
      </p>
    );
  }
  return (
    <div className={`msg ${mine ? 'msg-mine' : ''} ${current ? 'msg-current' : ''}`}>
      {!follows && (
        <p className={`msg-from t12 strong msg-ink-${message.from % 4}`}>
          <Name of={person} />
        </p>
      )}
      {message.subject !== null && (
        <p className="strong msg-text">
          {message.subject === '' ? t`No subject` : <Marked text={message.subject} query={query} />}
        </p>
      )}
      {message.text !== '' && (
        <p className="msg-text select" dir="auto">
          <Marked text={message.text} query={query} />
        </p>
      )}
      {message.attachments.map((file, i) => (
        <Attached key={i} id={id} file={file} />
      ))}
      {message.time !== '' && <p className="msg-time t12 num dim">{message.time}</p>}
    </div>
  );
});
