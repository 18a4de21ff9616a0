import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { toFailure } from '../../api/failure.ts';
import { useConfirm } from '../../ui/Confirm.tsx';
import { notifyFailure, notifyUndo } from '../../ui/notify.tsx';
import { Breakage } from './Breakage.tsx';
import { type MappingPath, type Mappings, nameOf } from './kinds.ts';
import { deleteMapping, refreshMappings, restoreMapping, usageOf } from './queries.ts';
import { breakageOf } from './usage.ts';

type Row = Mappings[MappingPath];

/** What was deleted before the first one that could not be. */
interface Deleted {
  auditIds: string[];
  fault?: unknown;
}

/**
 * Deletes mappings: what nothing hangs on at once, and else after saying what would break. Both can be undone.
 *
 * @returns a function that answers whether anything was deleted
 */
export function useDeletion(path: MappingPath): (rows: readonly Row[]) => Promise<boolean> {
  const { t } = useTranslation();
  const confirm = useConfirm();
  const client = useQueryClient();
  const say = useWords();

  return async (rows) => {
    const title = t('mappings.delete.title', { count: rows.length, name: rows.map(nameOf).join(', ') });
    let deleted: Deleted = { auditIds: [] };
    const run = async () => {
      deleted = await deleteEach(path, rows);
      if (deleted.auditIds.length === 0 && deleted.fault) throw deleted.fault;
    };
    try {
      const { items } = await usageOf(
        path,
        rows.map(({ id }) => id),
      );
      const breakage = breakageOf(items, rows);
      if (!breakage) await run();
      else {
        const done = await confirm({
          ...{ title, action: t('action.delete'), run },
          text: <Breakage breakage={breakage} path={path} />,
        });
        if (!done) return false;
      }
    } catch (error) {
      notifyFailure(title, error);
      return false;
    }
    say(rows, deleted);
    await refreshMappings(client);
    return true;
  };
}

/** Says what was deleted and what could not be, with a button that takes it back. */
function useWords() {
  const { t } = useTranslation();
  const client = useQueryClient();
  return (rows: readonly Row[], { auditIds, fault }: Deleted) => {
    const count = auditIds.length;
    const name = rows.map(nameOf)[0];
    if (fault) notifyFailure(t('mappings.delete.partly', { count: rows.length - count }), fault);
    notifyUndo({
      message: t('mappings.delete.done', { count, name }),
      undone: t('mappings.delete.undone', { count, name }),
      undo: async () => {
        // The last one first: what hangs on another comes back after it.
        for (const id of [...auditIds].reverse()) await restoreMapping(id);
        await refreshMappings(client);
      },
    });
  };
}

async function deleteEach(path: MappingPath, rows: readonly Row[]): Promise<Deleted> {
  const auditIds: string[] = [];
  for (const { id } of rows) {
    try {
      auditIds.push((await deleteMapping(path, id)).audit_id);
    } catch (fault) {
      // Somebody else was faster: it is gone, which is what was wanted.
      if (toFailure(fault).kind !== 'missing') return { auditIds, fault };
    }
  }
  return { auditIds };
}
