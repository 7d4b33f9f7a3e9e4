/** An archive of messages as a conversation: days, people, what they said; search, and a jump to a day. */
import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { useVirtualizer } from '@tanstack/react-virtual';
import { ChevronDown, ChevronUp, MessagesSquare } from 'lucide-react';
import { useDeferredValue, useEffect, useId, useMemo, useRef, useState, type ReactNode } from 'react';
import type { Look } from '../../../preload/contract.ts';
import { EmptyState, ErrorState, formatCount, IconButton, Note, Select } from '../../components/index.ts';
import { followed, LOCALE } from '../../components/format.ts';
import { visibleText } from '../../components/visible.ts';
import { api } from '../../state/bridge.ts';
import { Bubble } from './bubble.tsx';
import { useMessages } from './use-messages.ts';

type Archive = Extract<Look, { kind: 'messages' }>;

const NOBODY = '-1';
const ROW_PX = 64;

/** "2020-12-31" as "Thursday 31 December 2020". */
function dayWords(day: string): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  return new Intl.DateTimeFormat(LOCALE, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  }).format(Date.UTC(year, month - 1, date));
}

/** In a chat of two that is named after one of them, the other is who made the backup. */
function ownerOf({ title, people }: Archive['conversations'][number]): string {
  if (people.length !== 2) return NOBODY;
  const other = people.indexOf(title);
  return other === -1 ? NOBODY : String(1 - other);
}

function useFound(id: string, conversation: number, query: string): { found: number[]; total: number } {
  const [result, setResult] = useState<{ found: number[]; total: number }>({ found: [], total: 0 });
  useEffect(() => {
    let here = true;
    if (query.trim() === '') setResult({ found: [], total: 0 });
    else {
      api.preview.find({ id, conversation, query }).then(
        (answer) => {
          if (here) setResult(answer);
        },
        () => undefined,
      );
    }
    return () => {
      here = false;
    };
  }, [id, conversation, query]);
  return result;
}

export function MessagesView({ id, look }: { id: string; look: Archive }): ReactNode {
  const [number, setNumber] = useState(0);
  const here = look.conversations[number];
  if (here === undefined || look.conversations.every(({ messages }) => messages === 0)) {
    return (
      <EmptyState icon={MessagesSquare} title={t`No messages`}>
        <Trans>This is an archive of messages, and there are none in it.</Trans>
      </EmptyState>
    );
  }
  return (
    <Conversation
      key={`${id} ${number}`}
      id={id}
      number={number}
      here={here}
      cut={look.cut}
      chooser={
        look.conversations.length < 2 ? null : (
          <Select
            label={t`Conversation`}
            value={String(number)}
            onChange={(value) => setNumber(Number(value))}
            options={look.conversations.map(({ title, messages }, i) => ({
              value: String(i),
              word: followed(visibleText(title), formatCount(messages)),
            }))}
          />
        )
      }
    />
  );
}

function Conversation({
  id,
  number,
  here,
  cut,
  chooser,
}: {
  id: string;
  number: number;
  here: Archive['conversations'][number];
  cut: string | null;
  chooser: ReactNode;
}): ReactNode {
  const total = here.messages;
  const messages = useMessages(id, number, total);
  const [owner, setOwner] = useState(() => ownerOf(here));
  const [query, setQuery] = useState('');
  const asked = useDeferredValue(query);
  const { found, total: count } = useFound(id, number, asked);
  const [stand, setStand] = useState(0);
  const [days, setDays] = useState<readonly { day: string; index: number }[]>([]);
  const scroll = useRef<HTMLDivElement>(null);
  const search = useId();
  const date = useId();
  const virtual = useVirtualizer({
    count: total,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW_PX,
    overscan: 8,
  });
  const items = virtual.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? 0;
  const { show } = messages;
  useEffect(() => show(Math.max(0, first - 1), last), [show, first, last]);
  useEffect(() => {
    let mounted = true;
    api.preview.days({ id, conversation: number }).then(
      (list) => {
        if (mounted) setDays(list);
      },
      () => undefined,
    );
    return () => {
      mounted = false;
    };
  }, [id, number]);
  const dayStarts = useMemo(() => new Set(days.map(({ index }) => index)), [days]);
  const goTo = (index: number): void => virtual.scrollToIndex(index, { align: 'center' });
  const step = (by: number): void => {
    const next = (stand + by + found.length) % Math.max(1, found.length);
    setStand(next);
    const index = found[next];
    if (index !== undefined) goTo(index);
  };
  const jump = useRef(goTo);
  jump.current = goTo;
  useEffect(() => {
    setStand(0);
    if (found[0] !== undefined) jump.current(found[0]);
  }, [found]);

  return (
    <>
      <div className="msg-bar">
        {chooser}
        <div className="field">
          <label className="field-label" htmlFor={search}>
            <Trans>Search in it</Trans>
          </label>
          <div className="row">
            <input
              id={search}
              className="input"
              type="search"
              value={query}
              maxLength={200}
              onChange={(event) => setQuery(event.target.value)}
              onKeyDown={(event) => {
                if (event.key === 'Enter') step(event.shiftKey ? -1 : 1);
                if (event.key !== 'Escape' || query === '') return;
                event.stopPropagation();
                setQuery('');
              }}
            />
            {query.trim() !== '' && (
              <>
                <span className="t12 dim num msg-count" role="status">
                  {count === 0 ? t`None` : t`${formatCount(stand + 1)} of ${formatCount(count)}`}
                </span>
                <IconButton
                  label={t`Previous match`}
                  icon={ChevronUp}
                  size="s"
                  isDisabled={found.length === 0}
                  onPress={() => step(-1)}
                />
                <IconButton
                  label={t`Next match`}
                  icon={ChevronDown}
                  size="s"
                  isDisabled={found.length === 0}
                  onPress={() => step(1)}
                />
              </>
            )}
          </div>
        </div>
        {days.length > 1 && (
          <div className="field">
            <label className="field-label" htmlFor={date}>
              <Trans>Go to a day</Trans>
            </label>
            <input
              id={date}
              className="input num"
              type="date"
              min={here.firstDay}
              max={here.lastDay}
              onChange={(event) => {
                const day = event.target.value;
                const at = day === '' ? undefined : (days.find((one) => one.day >= day) ?? days.at(-1));
                if (at !== undefined) virtual.scrollToIndex(at.index, { align: 'start' });
              }}
            />
          </div>
        )}
        {here.people.length > 1 && (
          <Select
            label={t`You are`}
            value={owner}
            onChange={setOwner}
            options={[
              { value: NOBODY, word: t`Nobody of them` },
              ...here.people.map((person, i) => ({ value: String(i), word: visibleText(person) })),
            ]}
          />
        )}
      </div>
      {cut !== null && (
        <div className="preview-note">
          <Note>
            <p>
              <Trans>{cut} Restore it to read all.</Trans>
            </p>
          </Note>
        </div>
      )}
      {messages.error !== null ? (
        <ErrorState error={messages.error} />
      ) : (
        <div ref={scroll} className="preview-scroll msgs" tabIndex={0} role="group" aria-label={t`Messages`}>
          <div className="text-all" style={{ height: virtual.getTotalSize() }}>
            {items.map((item) => {
              const message = messages.at(item.index);
              const before = messages.at(item.index - 1);
              return (
                <div
                  key={item.index}
                  ref={virtual.measureElement}
                  data-index={item.index}
                  className="msg-row"
                  style={{ transform: `translateY(${item.start}px)` }}
                >
                  {message === undefined ? (
                    <span className="msg-wait" />
                  ) : (
                    <>
                      {message.day !== '' && dayStarts.has(item.index) && (
                        <h3 className="msg-day t12 num">{dayWords(message.day)}</h3>
                      )}
                      <Bubble
                        id={id}
                        message={message}
                        person={message.from < 0 ? null : (here.people[message.from] ?? t`Somebody`)}
                        mine={String(message.from) === owner}
                        follows={
                          before?.from === message.from && before.day === message.day && message.subject === null
                        }
                        query={asked}
                        current={found[stand] === item.index && asked.trim() !== ''}
                      />
                    </>
                  )}
                </div>
              );
            })}
          </div>
        </div>
      )}
    </>
  );
}
