import type { Call } from '@arno/protocol';
import { Button, Checkbox, Group, Modal, SegmentedControl, Stack } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../../i18n/index.ts';
import { FormError } from '../../ui/FormError.tsx';
import { formatBytes, formatNumber } from '../../ui/format.ts';
import { notifyDone } from '../../ui/notify.tsx';
import { CountWords } from './CountWords.tsx';
import { type ExportFormat, type ExportProgress, exportCalls, saveFile } from './download.ts';
import { Progress } from './Progress.tsx';
import { countQuery } from './queries.ts';
import type { CallsSearch } from './search.ts';

interface Props {
  kind: Call['kind'];
  search: CallsSearch;
  onClose: () => void;
}

/** Saves all that the filters show as a file; it can be called off while it comes. */
export function ExportDialog({ kind, search, onClose }: Props) {
  const { t } = useTranslation();
  const locale = useLocale();
  const [format, setFormat] = useState<ExportFormat>('csv');
  const [bodies, setBodies] = useState(false);
  const { data: count } = useQuery(countQuery(kind, search));
  const run = useExport(kind, search, onClose);
  const { rows, bytes } = run.progress;
  return (
    <Modal
      opened
      onClose={run.cancel}
      title={<strong>{t('calls.export.title')}</strong>}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <Stack gap="md">
        <FormError error={run.error} />
        <CountWords count={count} />
        <SegmentedControl
          aria-label={t('calls.export.format')}
          value={format}
          disabled={run.isRunning}
          onChange={(value) => setFormat(value === 'csv' ? 'csv' : 'ndjson')}
          data={[
            { value: 'csv', label: t('calls.export.csv') },
            { value: 'ndjson', label: t('calls.export.ndjson') },
          ]}
        />
        <Checkbox
          label={t('calls.export.bodies')}
          description={t('calls.export.bodiesHint')}
          checked={bodies}
          disabled={run.isRunning}
          onChange={(event) => setBodies(event.currentTarget.checked)}
        />
        {run.isRunning && (
          <Progress
            label={t('calls.export.running')}
            share={count && !count.more ? rows / Math.max(1, count.total) : undefined}
            words={t('calls.export.progress', {
              rows: formatNumber(rows, locale),
              size: formatBytes(bytes, locale),
            })}
          />
        )}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={run.cancel}>
            {t('action.cancel')}
          </Button>
          <Button
            loading={run.isRunning}
            disabled={count?.total === 0}
            onClick={() => run.start({ format, bodies })}
            data-autofocus
          >
            {t('calls.export.action')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function useExport(kind: Call['kind'], search: CallsSearch, onClose: () => void) {
  const { t } = useTranslation();
  const locale = useLocale();
  const [progress, setProgress] = useState<ExportProgress>({ rows: 0, bytes: 0 });
  const leave = useRef<AbortController>(undefined);
  // Leaving the page calls it off too.
  useEffect(() => () => leave.current?.abort(), []);
  const mutation = useMutation({
    mutationFn: (options: { format: ExportFormat; bodies: boolean }) => {
      leave.current = new AbortController();
      const last = { rows: 0, bytes: 0 };
      const onProgress = (now: ExportProgress) => {
        Object.assign(last, now);
        setProgress(now);
      };
      const file = exportCalls({ kind, search, ...options }, onProgress, leave.current.signal);
      return file.then((content) => ({ content, rows: last.rows }));
    },
    onSuccess: ({ content, rows }) => {
      saveFile(content);
      notifyDone(
        t('calls.export.done', { count: rows, value: formatNumber(rows, locale), name: content.name }),
      );
      onClose();
    },
  });
  return {
    progress,
    error: mutation.error,
    isRunning: mutation.isPending,
    start: mutation.mutate,
    cancel() {
      leave.current?.abort();
      onClose();
    },
  };
}
