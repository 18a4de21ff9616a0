import type { Call, CallsDeleted } from '@arno/protocol';
import { Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { consoleApi, withQuery } from '../../api/console.ts';
import { useLocale } from '../../i18n/index.ts';
import { FormError } from '../../ui/FormError.tsx';
import { formatNumber } from '../../ui/format.ts';
import { notifyDone } from '../../ui/notify.tsx';
import { CountWords } from './CountWords.tsx';
import { Progress } from './Progress.tsx';
import { countQuery } from './queries.ts';
import { type CallsSearch, filterQuery } from './search.ts';

/** From here on a slip costs so much that a word has to be typed. */
const MANY = 100;

interface Props {
  kind: Call['kind'];
  search: CallsSearch;
  onDeleted: () => void;
  onClose: () => void;
}

/** Deletes what the filters show, after saying how much that is; it can be stopped, and what was deleted by then stays deleted. */
export function DeleteDialog({ kind, search, onDeleted, onClose }: Props) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { data: count } = useQuery({ ...countQuery(kind, search), staleTime: 0 });
  const [typed, setTyped] = useState('');
  const run = useDeletion({ kind, search, onDeleted, onClose });
  const word = t('calls.delete.word');
  const isMany = count !== undefined && (count.more || count.total >= MANY);
  const number = (value: number) => formatNumber(value, locale);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    run.start();
  };
  return (
    <Modal
      opened
      onClose={run.stop}
      title={<strong>{t('calls.delete.title')}</strong>}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <form onSubmit={submit}>
        <Stack gap="md">
          <FormError error={run.error} />
          <CountWords count={count} />
          {count && count.kept > 0 && (
            <p>{t('calls.delete.kept', { count: count.kept, value: number(count.kept) })}</p>
          )}
          <p className="dim">{t('calls.delete.text')}</p>
          {isMany && (
            <TextInput
              label={t('confirm.typeName', { name: word })}
              value={typed}
              onChange={(event) => setTyped(event.currentTarget.value)}
              autoComplete="off"
              disabled={run.isRunning}
              data-autofocus
            />
          )}
          {run.isRunning && (
            <Progress
              label={t('calls.delete.running')}
              share={count && !count.more ? run.deleted / Math.max(1, count.total - count.kept) : undefined}
              words={t('calls.delete.progress', { count: run.deleted, value: number(run.deleted) })}
            />
          )}
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={run.stop}>
              {t(run.isRunning ? 'calls.delete.stop' : 'action.cancel')}
            </Button>
            <Button
              type="submit"
              color="red"
              loading={run.isRunning}
              disabled={!count || count.total === count.kept || (isMany && typed.trim() !== word)}
            >
              {t('calls.delete.action')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function useDeletion({ kind, search, onDeleted, onClose }: Props) {
  const { t } = useTranslation();
  const locale = useLocale();
  const client = useQueryClient();
  const [deleted, setDeleted] = useState(0);
  const isOver = useRef(false);
  useEffect(() => {
    isOver.current = false;
    return () => {
      isOver.current = true;
    };
  }, []);
  const mutation = useMutation({
    mutationFn: async () => {
      const { before, ...filters } = search;
      const query = filterQuery(kind, filters);
      // What comes while this runs was not counted.
      const now = new Date().toISOString();
      const path = withQuery('calls', { ...query, to: query.to && query.to < now ? query.to : now });
      let total = 0;
      for (let more = true; more && !isOver.current; ) {
        const answer = await consoleApi<CallsDeleted>('DELETE', path);
        total += answer.deleted;
        more = answer.more;
        setDeleted(total);
      }
      return total;
    },
    onSettled: async () => {
      await Promise.all(
        ['calls', 'callCount', 'dashboard'].map((name) => client.invalidateQueries({ queryKey: [name] })),
      );
      onDeleted();
    },
    onSuccess: (total) => {
      notifyDone(t('calls.delete.done', { count: total, value: formatNumber(total, locale) }));
      onClose();
    },
  });
  return {
    deleted,
    error: mutation.error,
    isRunning: mutation.isPending,
    start: mutation.mutate,
    /** What is under way ends with its step, which the notification then tells of. */
    stop() {
      isOver.current = true;
      if (!mutation.isPending) onClose();
    },
  };
}
