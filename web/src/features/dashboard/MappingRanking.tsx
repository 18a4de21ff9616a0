import type { CallStatsRow } from '@arno/protocol';
import { ActionIcon, Skeleton, Tooltip } from '@mantine/core';
import { IconChartBar } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../../i18n/index.ts';
import { formatDuration, formatNumber } from '../../ui/format.ts';
import { Panel } from '../../ui/Page.tsx';
import styles from './MappingRanking.module.css';
import type { ShownPeriod } from './queries.ts';

/** More mappings than this are in the logs' own filter. */
const SHOWN = 8;

interface Props {
  past: ShownPeriod | undefined;
  /** The only one that is shown. */
  mapping: string | undefined;
}

/** Which mappings the calls of the period went to, those with the most first. */
export function MappingRanking({ past, mapping }: Props) {
  const { t } = useTranslation();
  const rows = past?.mappings.filter((row) => row.mapping_id !== undefined) ?? [];
  const most = Math.max(1, ...rows.map(({ calls }) => calls));
  return (
    <Panel title={t('dashboard.byMapping')}>
      {!past && <Skeleton height={120} />}
      {past && rows.length === 0 && <p className="dim">{t('dashboard.noCallsInPeriod')}</p>}
      {past && rows.length > 0 && (
        <table className={styles.table} aria-label={t('dashboard.byMapping')}>
          <thead>
            <tr>
              <th scope="col">{t('calls.mapping')}</th>
              <th scope="col">{t('dashboard.callsColumn')}</th>
              <th scope="col">{t('dashboard.ends.failed')}</th>
              <th scope="col" className={styles.wide}>
                p50
              </th>
              <th scope="col" className={styles.wide}>
                p95
              </th>
              <td />
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, SHOWN).map((row) => (
              <Ranked
                key={row.mapping_id}
                row={row}
                share={row.calls / most}
                from={past.from}
                isOnly={mapping !== undefined}
              />
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}

function Ranked({
  row,
  share,
  from,
  isOnly,
}: {
  row: CallStatsRow;
  share: number;
  from: string;
  isOnly: boolean;
}) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { kind = 'enqueue', mapping_id: mapping = '', alias = mapping, timings } = row;
  const log = { to: '/calls/$kind', params: { kind }, search: { mapping, from } } as const;
  const bad = row.failed + row.lost;
  return (
    <tr>
      <th scope="row">
        <Link {...log} className={styles.name}>
          {alias}
        </Link>
        <span className={styles.bar} aria-hidden="true">
          <span style={{ width: `${share * 100}%` }} data-kind={kind} />
        </span>
        <span className={styles.kind}>{t(`calls.kinds.${kind}`)}</span>
      </th>
      <td>
        <Link {...log} className="link">
          {formatNumber(row.calls, locale)}
        </Link>
      </td>
      <td>
        {bad > 0 ? (
          <Link {...log} search={{ mapping, from, status: ['failed', 'lost'] }} className={styles.bad}>
            {formatNumber(bad, locale)}
          </Link>
        ) : (
          <span className="dim">0</span>
        )}
      </td>
      <td className={styles.wide}>{formatDuration(timings.total?.p50)}</td>
      <td className={styles.wide}>{formatDuration(timings.total?.p95)}</td>
      <td className={styles.tool}>
        {!isOnly && (
          <Tooltip label={t('dashboard.chartOnly', { name: alias })}>
            <ActionIcon
              size="sm"
              variant="subtle"
              aria-label={t('dashboard.chartOnly', { name: alias })}
              renderRoot={(props) => (
                <Link to="/" search={(old) => ({ ...old, mapping })} resetScroll={false} {...props} />
              )}
            >
              <IconChartBar size={16} />
            </ActionIcon>
          </Tooltip>
        )}
      </td>
    </tr>
  );
}
