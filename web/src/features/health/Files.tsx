import type { FileStorage } from '@arno/protocol';
import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../../i18n/index.ts';
import { formatBytes, formatNumber } from '../../ui/format.ts';
import { Field, Fields, Panel } from '../../ui/Page.tsx';
import { FailureMessage } from '../../ui/PageStates.tsx';
import { RelativeTime } from '../../ui/Time.tsx';
import styles from './HealthPage.module.css';
import { filesQuery } from './queries.ts';

/** Where the files are, how much they take and how much room is left. */
export function Files() {
  const { t } = useTranslation();
  const { data, isError, error, refetch } = useQuery(filesQuery);
  return (
    <Panel title={t('health.files.title')}>
      {isError && !data && <FailureMessage error={error} onRetry={refetch} />}
      {!isError && !data && <Skeleton height={140} />}
      {data && <Store store={data} />}
    </Panel>
  );
}

function Store({ store: { kind, location, free, counted, counting, error } }: { store: FileStorage }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const atLeast = (words: string) =>
    counted?.complete === false ? t('health.files.atLeast', { words }) : words;
  const pending = counting ? t('health.files.counting') : undefined;
  return (
    <Fields>
      <Field name={t(`health.files.${kind}`)}>
        <span className="mono">{location}</span>
      </Field>
      <Field name={t('health.size')}>{counted ? atLeast(formatBytes(counted.bytes, locale)) : pending}</Field>
      <Field name={t('health.files.files')}>
        {counted ? atLeast(formatNumber(counted.files, locale)) : pending}
      </Field>
      <Field name={t('health.files.free')}>
        {free === undefined ? t('health.files.unknown') : formatBytes(free, locale)}
      </Field>
      {counted && (
        <Field name={t('health.files.counted')}>
          <RelativeTime value={counted.at} />
        </Field>
      )}
      {error !== undefined && (
        <Field name={t('health.files.error')}>
          <span className={styles.bad}>{error}</span>
        </Field>
      )}
    </Fields>
  );
}
