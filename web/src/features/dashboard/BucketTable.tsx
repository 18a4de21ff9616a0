import type { Call } from '@arno/protocol';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../../i18n/index.ts';
import { formatNumber } from '../../ui/format.ts';
import type { CallsSearch } from '../calls/search.ts';
import { type Bucket, ends, type Period } from './buckets.ts';
import styles from './CallBars.module.css';
import { bucketName } from './labels.ts';

interface Props {
  title: string;
  kind: Call['kind'];
  period: Period;
  buckets: readonly Bucket[];
  filter: CallsSearch;
}

/** The numbers behind the bars, newest first. */
export function BucketTable({ title, kind, period, buckets, filter }: Props) {
  const { t } = useTranslation();
  const locale = useLocale();
  const columns = ['calls', ...ends] as const;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
    <div className={styles.tableBox} tabIndex={0}>
      <table className={styles.table} aria-label={title}>
        <thead>
          <tr>
            <th scope="col">{t('chart.time')}</th>
            {columns.map((name) => (
              <th key={name} scope="col">
                {name === 'calls' ? t('dashboard.callsColumn') : t(`dashboard.ends.${name}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {buckets.toReversed().map(({ start, from, to, row }) => (
            <tr key={start}>
              <th scope="row">
                <Link
                  to="/calls/$kind"
                  params={{ kind }}
                  search={{ ...filter, from, ...(to && { to }) }}
                  className="link"
                >
                  {bucketName(period, start, locale)}
                </Link>
              </th>
              {columns.map((name) => (
                <td key={name}>{formatNumber(row?.[name] ?? 0, locale)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
