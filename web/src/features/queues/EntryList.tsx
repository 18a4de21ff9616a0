import type { EntryPlace, Page, QueueEntry } from '@arno/protocol';
import type { DragEndEvent } from '@dnd-kit/core';
import { arrayMove } from '@dnd-kit/sortable';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type ReactNode, type RefObject, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useListKeys } from '../../ui/useListKeys.ts';
import { useSelection } from '../../ui/useSelection.ts';
import { DragArea } from './DragArea.tsx';
import styles from './Entries.module.css';
import { EntryBar, EntryHead } from './EntryBar.tsx';
import { EntryRow, HiddenRow } from './EntryRow.tsx';
import { isKnown, type KnownEntry, useEntryActions, withOrder } from './entryActions.ts';
import { entriesQuery } from './queries.ts';
import type { EntriesSearch } from './search.ts';
import { TransferDialog } from './TransferDialog.tsx';

interface Props {
  id: string;
  page: Page<QueueEntry>;
  search: EntriesSearch;
  isAdmin: boolean;
  field: RefObject<HTMLInputElement | null>;
}

/** A page of a queue, which administrators put in order. */
export function EntryList({ id, page, search, isAdmin, field }: Props) {
  // What is dragged must not be moved by news of the server.
  const [frozen, setFrozen] = useState<Page<QueueEntry>>();
  const shown = frozen ?? page;
  const known = shown.items.filter(isKnown);
  const all = useSelection(known, keyOf);
  const selection = isAdmin ? all : undefined;
  const [leaving, setLeaving] = useState<string[]>();
  const actions = useEntryActions(id);
  const drop = useDrop(id, search, actions.place.mutate);
  const cursor = useCursor(known, field, selection?.toggle);
  // Among the results of a search nobody sees what lies between.
  const canDrag = isAdmin && search.q === undefined;
  const row = { canDrag, actions, selection, entries: known, onTransfer: setLeaving };
  return (
    <>
      {all.rows.length > 0 ? (
        <EntryBar {...{ actions, selection: all, entries: known }} onTransfer={setLeaving} />
      ) : (
        <EntryHead {...{ selection, canDrag }} />
      )}
      <DragArea
        entries={known}
        disabled={!canDrag}
        onStart={() => setFrozen(page)}
        onEnd={(event) => {
          if (event) drop(shown, event);
          setFrozen(undefined);
        }}
      >
        <Rows>
          {shown.items.map((entry) =>
            isKnown(entry) ? (
              <EntryRow key={keyOf(entry)} {...{ ...row, entry, hasCursor: cursor === entry }} />
            ) : (
              <HiddenRow key={entry.place} entry={entry} />
            ),
          )}
        </Rows>
      </DragArea>
      <TransferDialog
        from={id}
        tasks={leaving}
        onClose={() => setLeaving(undefined)}
        onTransfer={(tasks, to) => actions.transfer.mutate({ tasks, to })}
      />
    </>
  );
}

function Rows({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <ol className={styles.list} aria-label={t('queues.entries.title')}>
      {children}
    </ol>
  );
}

const keyOf = ({ task }: KnownEntry) => task.id;

/** The entry that the keyboard is on. */
function useCursor(
  rows: readonly KnownEntry[],
  search: Props['field'],
  onSelect: ((entry: KnownEntry) => void) | undefined,
): KnownEntry | undefined {
  const navigate = useNavigate();
  const onOpen = ({ task }: KnownEntry) => void navigate({ to: '/tasks/$id', params: { id: task.id } });
  const at = useListKeys({ rows, onOpen, search, ...(onSelect && { onSelect }) });
  return at === undefined ? undefined : rows[at];
}

/** Shows the new order at once and asks the server for it. */
function useDrop(id: string, search: EntriesSearch, place: (wanted: EntryPlace) => void) {
  const client = useQueryClient();
  return (page: Page<QueueEntry>, { active, over }: DragEndEvent) => {
    const entries = page.items.filter(isKnown);
    const [from, to] = [active.id, over?.id].map((key) => entries.findIndex((entry) => keyOf(entry) === key));
    if (from === undefined || to === undefined || from < 0 || to < 0 || from === to) return;
    const order = arrayMove(entries, from, to);
    const { queryKey } = entriesQuery(id, search);
    // An answer that is on its way knows nothing of this yet.
    void client.cancelQueries({ queryKey });
    client.setQueryData(queryKey, withOrder(page, order));
    const [before, after] = [order[to + 1], order[to - 1]];
    const task_ids = [String(active.id)];
    if (after) place({ task_ids, after: keyOf(after) });
    else if (before) place({ task_ids, before: keyOf(before) });
  };
}
