import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { useQueryClient } from '@tanstack/react-query';
import { CircleCheck, Copy, FolderOpen, Save, Trash2 } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { FaultSummary } from '../../../preload/contract.ts';
import { Button, EmptyState, ErrorState, Sheet, Skeleton, When } from '../../components/index.ts';
import { Disclosure } from '../../components/disclosure.tsx';
import { api, useAction, useCall } from '../../state/bridge.ts';
import { toast } from '../../state/toasts.ts';
import './updates.css';

const LIST = ['faults', 'list'] as const;

/** Reports of what went wrong in Holdfast itself. Nothing is sent: a person copies or saves one, and sends it or not. */
export function FaultsSheet({ open, onClose }: { open: boolean; onClose: () => void }): ReactNode {
  const list = useCall(LIST, () => api.faults.list(), { enabled: open, live: true });
  const queries = useQueryClient();
  const removeAll = useAction(() => api.faults.removeAll(), {
    onDone: () => void queries.invalidateQueries({ queryKey: ['faults'] }),
  });
  const some = list.data !== undefined && list.data.length > 0;
  return (
    <Sheet
      open={open}
      onClose={onClose}
      title={t`Fault reports`}
      line={t`They stay on this computer. Holdfast sends none of them; copy or save one if you want somebody to see it.`}
      footer={
        <>
          {some && (
            <Button icon={Trash2} pending={removeAll.pending} onPress={() => removeAll.run()}>
              <Trans>Delete all</Trans>
            </Button>
          )}
          <Button onPress={onClose}>
            <Trans>Close</Trans>
          </Button>
        </>
      }
    >
      {list.error !== null ? (
        <ErrorState error={list.error} retrying={list.isFetching} onRetry={() => void list.refetch()} />
      ) : list.data === undefined ? (
        <Skeleton lines={3} label={t`Reading the reports`} />
      ) : some ? (
        <ul className="rows faults">
          {list.data.map((fault) => (
            <Fault key={fault.id} fault={fault} />
          ))}
        </ul>
      ) : (
        <EmptyState icon={CircleCheck} title={t`No faults`}>
          <Trans>
            If something goes wrong in Holdfast itself, a report of it is kept here. It holds no names, no folders and
            no keys.
          </Trans>
        </EmptyState>
      )}
    </Sheet>
  );
}

function Fault({ fault: { id, at, title } }: { fault: FaultSummary }): ReactNode {
  const [open, setOpen] = useState(false);
  const text = useCall(['faults', 'text', id], () => api.faults.text({ id }), { enabled: open });
  const copy = useAction(() => api.faults.copy({ id }), { onDone: () => toast.done(t`The report is copied.`) });
  const save = useAction(() => api.faults.save({ id }), {
    onDone: (saved) => saved && toast.done(t`The report is saved.`),
  });
  const show = useAction(() => api.faults.show({ id }));
  return (
    <li>
      <p className="medium">
        <bdi>{title}</bdi>
      </p>
      <p className="t12 faint num">
        <When at={at} start />
      </p>
      <Disclosure title={t`The whole report`} onOpen={setOpen}>
        {text.data === undefined ? (
          <Skeleton lines={4} label={t`Reading the report`} />
        ) : (
          <>
            <pre className="fault-text select" dir="ltr">
              {text.data}
            </pre>
            <div className="row row-wrap">
              <Button size="s" icon={Copy} pending={copy.pending} onPress={() => copy.run()}>
                <Trans>Copy</Trans>
              </Button>
              <Button size="s" icon={Save} pending={save.pending} onPress={() => save.run()}>
                <Trans>Save as file…</Trans>
              </Button>
              <Button size="s" variant="quiet" icon={FolderOpen} pending={show.pending} onPress={() => show.run()}>
                <Trans>Show file</Trans>
              </Button>
            </div>
          </>
        )}
      </Disclosure>
    </li>
  );
}
