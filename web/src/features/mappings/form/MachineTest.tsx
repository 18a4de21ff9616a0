import type { MachineTest } from '@arno/protocol';
import { Loader } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconCircleCheck, IconPlugConnectedX } from '@tabler/icons-react';
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { toFailure } from '../../../api/failure.ts';
import { formatDuration } from '../../../ui/format.ts';
import { testMachine } from '../queries.ts';
import styles from './form.module.css';

/** Looks at an address while it is typed, as soon as it may be one. */
export function useMachineTest(baseUrl: string, healthPath: string): UseQueryResult<MachineTest> {
  const [url] = useDebouncedValue(baseUrl.trim(), 600);
  const [path] = useDebouncedValue(healthPath.trim(), 600);
  return useQuery({
    queryKey: ['machine-test', url, path],
    queryFn: ({ signal }) => testMachine({ base_url: url, ...(path && { health_path: path }) }, signal),
    enabled: /^https?:\/\/[^/]+/.test(url),
    staleTime: 0,
    gcTime: 0,
  });
}

/** Whether something answers there. It does not keep anybody from saving: a machine may be switched on later. */
export function MachineTestLine({ test }: { test: UseQueryResult<MachineTest> }) {
  const { t } = useTranslation();
  const { data, error, isFetching } = test;
  if (isFetching) {
    return (
      <p className={styles.test} role="status">
        <Loader size={14} /> {t('mappings.test.running')}
      </p>
    );
  }
  const fault = data?.error ?? (error ? toFailure(error).detail : undefined);
  if (!data && !fault) return <p className={styles.test}>{t('mappings.test.before')}</p>;
  return data?.ok ? (
    <p className={styles.test} data-tone="completed" role="status">
      <IconCircleCheck size={16} aria-hidden />
      {t('mappings.test.ok', { time: formatDuration(data.duration_ms) })}
    </p>
  ) : (
    <p className={styles.test} data-tone="failed" role="status">
      <IconPlugConnectedX size={16} style={{ flex: 'none' }} aria-hidden />
      {t('mappings.test.failed', { why: fault })}
    </p>
  );
}
