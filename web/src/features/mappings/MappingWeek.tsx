import type { Call, CallStatsRow } from '@arno/protocol';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../../i18n/index.ts';
import { SeriesChart } from '../../ui/charts/SeriesChart.tsx';
import { formatDuration, formatNumber } from '../../ui/format.ts';
import { Section } from '../../ui/Page.tsx';
import styles from './mappings.module.css';
import { weekQuery } from './queries.ts';

interface Props {
  of: Parameters<typeof weekQuery>[0];
  /** The log that its calls are in, and what finds them there. */
  kind: Call['kind'];
  search: { mapping: string } | { machine: string };
}

/** How a mapping was used in the last seven days, and the way to its calls. */
export function MappingWeek({ of, kind, search }: Props) {
  const { t } = useTranslation();
  const { data } = useQuery(weekQuery(of));
  const total = totalOf(data?.whole.rows ?? []);
  const calls = (more: object, words: string) => (
    <Link to="/calls/$kind" params={{ kind }} search={{ ...search, ...more }} className="link">
      {words}
    </Link>
  );
  return (
    <Section title={t('mappings.week.title')}>
      <div className={styles.stack}>
        <Numbers total={data && total} />
        {total.calls > 0 && <Days rows={data?.days.rows ?? []} />}
        <div className={styles.links}>
          {calls({}, t('mappings.week.all'))}
          {total.failed > 0 && calls({ status: 'failed', period: 'week' }, t('mappings.week.failures'))}
        </div>
      </div>
    </Section>
  );
}

interface Total {
  calls: number;
  failed: number;
  p50: number | undefined;
  p95: number | undefined;
}

/** Undefined numbers are not known yet. */
function Numbers({ total }: { total: Total | undefined }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const number = (value: number | undefined) => (value === undefined ? '…' : formatNumber(value, locale));
  const entries = [
    [t('mappings.week.calls'), number(total?.calls)],
    [t('mappings.week.failed'), number(total?.failed)],
    [t('mappings.week.p50'), formatDuration(total?.p50)],
    [t('mappings.week.p95'), formatDuration(total?.p95)],
  ] as const;
  return (
    <dl className={styles.numbers}>
      {entries.map(([name, value]) => (
        <div key={name} className={styles.number}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Days({ rows }: { rows: readonly CallStatsRow[] }) {
  const { t } = useTranslation();
  const series = useMemo(() => {
    const x = lastDays();
    const rowOf = new Map(rows.map((row) => [Date.parse(row.start ?? ''), row]));
    const failed = x.map((day) => failuresOf(rowOf.get(day)));
    const others = x.map((day, place) => (rowOf.get(day)?.calls ?? 0) - (failed[place] ?? 0));
    return [
      { name: t('mappings.week.others'), x, y: others, hue: 'completed' as const },
      { name: t('mappings.week.failed'), x, y: failed, hue: 'failed' as const },
    ];
  }, [rows, t]);
  return <SeriesChart title={t('mappings.week.byDay')} kind="bars" series={series} height={130} />;
}

/** Midnights of the last seven days and of this one, in the person's zone. */
function lastDays(): number[] {
  const today = new Date();
  return Array.from({ length: 8 }, (_, place) =>
    new Date(today.getFullYear(), today.getMonth(), today.getDate() - 7 + place).getTime(),
  );
}

function failuresOf(row: CallStatsRow | undefined): number {
  return row ? row.failed + row.lost : 0;
}

function totalOf([row]: readonly CallStatsRow[]): Total {
  const { calls = 0, timings } = row ?? {};
  return { calls, failed: failuresOf(row), p50: timings?.total?.p50, p95: timings?.total?.p95 };
}
