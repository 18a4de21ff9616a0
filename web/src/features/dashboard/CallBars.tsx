import type { Call } from '@arno/protocol';
import { ActionIcon, Tooltip } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconChartBar, IconTable } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../../i18n/index.ts';
import { formatNumber } from '../../ui/format.ts';
import type { CallsSearch } from '../calls/search.ts';
import { BucketTable } from './BucketTable.tsx';
import { type Bucket, type Counts, ends, niceTop, type Period, totalsOf } from './buckets.ts';
import styles from './CallBars.module.css';
import { axisLabel, bucketName } from './labels.ts';

interface Props {
  kind: Call['kind'];
  period: Period;
  buckets: readonly Bucket[];
  mapping: string | undefined;
}

/**
 * Calls over time, stacked by what became of them. Each bar is a link to its calls, so it is made of elements and not drawn: it can
 * be reached by keyboard, opened in a tab, and read out.
 */
export function CallBars({ kind, period, buckets, mapping }: Props) {
  const { t } = useTranslation();
  const [asTable, { toggle }] = useDisclosure(false);
  const title = t(`dashboard.calls.${kind}`);
  const filter: CallsSearch = mapping === undefined ? {} : { mapping };
  const totals = totalsOf(buckets.flatMap(({ row }) => row ?? []));
  const label = t(asTable ? 'chart.showChart' : 'chart.showTable');
  return (
    <section className={styles.card} aria-label={title}>
      <div className={styles.head}>
        <h2 className={styles.title}>
          {title} <span className={styles.unit}>{t(`dashboard.per.${period}`)}</span>
        </h2>
        <Tooltip label={label}>
          <ActionIcon size="sm" aria-label={label} onClick={toggle}>
            {asTable ? <IconChartBar size={16} /> : <IconTable size={16} />}
          </ActionIcon>
        </Tooltip>
      </div>
      {asTable ? (
        <BucketTable {...{ title, kind, period, buckets, filter }} />
      ) : (
        <>
          <Bars {...{ kind, period, buckets, filter }} />
          <Legend {...{ kind, totals, filter }} from={buckets[0]?.from} />
        </>
      )}
    </section>
  );
}

type BarsProps = Omit<Props, 'mapping'> & { filter: CallsSearch };

function Bars({ kind, period, buckets, filter }: BarsProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const top = niceTop(Math.max(0, ...buckets.map(({ row }) => row?.calls ?? 0)));
  return (
    <div className={styles.chart}>
      <div className={styles.scale} aria-hidden="true">
        <span>{formatNumber(top, locale)}</span>
        <span>{top >= 2 && formatNumber(top / 2, locale)}</span>
        <span>0</span>
      </div>
      <div className={styles.plot}>
        {top === 0 && <p className={styles.empty}>{t('dashboard.noCallsInPeriod')}</p>}
        <div className={styles.bars}>
          {buckets.map((bucket) => (
            <Bar key={bucket.start} {...{ kind, period, bucket, filter, top }} />
          ))}
        </div>
        <div className={styles.axis} aria-hidden="true">
          {buckets.map(({ start }, place) => (
            <span key={start}>{axisLabel(period, start, buckets.length - 1 - place, locale)}</span>
          ))}
        </div>
      </div>
    </div>
  );
}

interface BarProps extends Pick<BarsProps, 'kind' | 'period' | 'filter'> {
  bucket: Bucket;
  top: number;
}

function Bar({ kind, period, bucket, filter, top }: BarProps) {
  const locale = useLocale();
  const words = useCountWords();
  const { row, from, to } = bucket;
  if (!row) return <div className={styles.place} />;
  const search: CallsSearch = { ...filter, from, ...(to && { to }) };
  const name = bucketName(period, bucket.start, locale);
  const bad = row.failed + row.lost;
  return (
    <Tooltip
      label={[name, ...words(row)].join('\n')}
      multiline
      style={{ whiteSpace: 'pre-line' }}
      openDelay={0}
    >
      <div className={styles.place}>
        <Link
          to="/calls/$kind"
          params={{ kind }}
          search={search}
          className={styles.whole}
          aria-label={[name, ...words(row)].join(', ')}
        />
        <div className={styles.stack} style={{ height: `${(row.calls / top) * 100}%` }}>
          {ends.toReversed().map((end) => (
            <span key={end} data-end={end} style={{ flexGrow: row[end] }} hidden={row[end] === 0} />
          ))}
        </div>
        {bad > 0 && (
          <Link
            to="/calls/$kind"
            params={{ kind }}
            search={{ ...search, status: ['failed', 'lost'] }}
            className={styles.bad}
            style={{ height: `${(bad / top) * 100}%` }}
            aria-label={[name, words(row).at(1)].join(', ')}
          />
        )}
      </div>
    </Tooltip>
  );
}

interface LegendProps extends Pick<BarsProps, 'kind' | 'filter'> {
  totals: Counts;
  from: string | undefined;
}

/** What the colours mean, how many there are of each, and the way to them. */
function Legend({ kind, totals, filter, from }: LegendProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const shown = (['completed', 'failed', 'lost', 'aborted', 'open'] as const).filter(
    (end) => totals[end] > 0 || end === 'completed' || end === 'failed',
  );
  return (
    <ul className={styles.legend}>
      {shown.map((end) => (
        <li key={end}>
          <Link
            to="/calls/$kind"
            params={{ kind }}
            search={{
              ...filter,
              ...(from && { from }),
              status: end === 'open' ? ['queued', 'running'] : [end],
            }}
            className={styles.legendItem}
          >
            <span className={styles.swatch} data-end={end} />
            {t(`dashboard.ends.${end}`)} <strong>{formatNumber(totals[end], locale)}</strong>
          </Link>
        </li>
      ))}
    </ul>
  );
}

/** "12 calls", then what became of them, in words. */
function useCountWords() {
  const { t } = useTranslation();
  const locale = useLocale();
  return (row: Counts): string[] => [
    t('dashboard.callCount', { count: row.calls, value: formatNumber(row.calls, locale) }),
    ...ends
      .filter((end) => row[end] > 0 && end !== 'completed')
      .map((end) => `${t(`dashboard.ends.${end}`)}: ${formatNumber(row[end], locale)}`),
  ];
}
