import { UnstyledButton } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../../i18n/index.ts';
import { formatDateTime, formatNumber } from '../format.ts';
import type { Format, Line } from './chartOptions.ts';
import { lineOf, type Scheme } from './palette.ts';
import styles from './SeriesChart.module.css';
import { type Aligned, nearest } from './series.ts';

interface Props {
  aligned: Aligned;
  lines: readonly Line[];
  scheme: Scheme;
  xName: string | undefined;
  format: Format;
  hidden: ReadonlySet<string>;
  /** Index on the axis under the cursor; without it the last values stand here. */
  at: number | undefined;
  onToggle: (name: string) => void;
}

/** The series of a chart with their values at the cursor; each can be switched off. */
export function Legend({ aligned, lines, scheme, xName, format, hidden, at, onToggle }: Props) {
  const { t } = useTranslation();
  const locale = useLocale();
  const index = at ?? aligned.x.length - 1;
  const x = aligned.x[index] ?? 0;
  const where = xName === undefined ? formatDateTime(x, locale) : `${xName} ${formatNumber(x, locale, 2)}`;
  return (
    <div className={styles.legend}>
      <span className={styles.legendX}>{at === undefined ? t('chart.last') : where}</span>
      {lines.map(({ name, hue }, place) => {
        const y = aligned.ys[place] ?? [];
        const near = nearest(y, index);
        return (
          <UnstyledButton
            key={name}
            className={styles.legendItem}
            aria-pressed={!hidden.has(name)}
            title={t('chart.toggle')}
            onClick={() => onToggle(name)}
          >
            <Swatch {...lineOf(hue, scheme)} />
            <span className={styles.legendName}>{name}</span>
            <span className={styles.legendValue}>{format(near === undefined ? null : y[near], locale)}</span>
          </UnstyledButton>
        );
      })}
    </div>
  );
}

function Swatch({ color, dash }: { color: string; dash: readonly number[] }) {
  return (
    <svg width="16" height="4" aria-hidden="true">
      <line
        x1="0"
        x2="16"
        y1="2"
        y2="2"
        stroke={color}
        strokeWidth="3"
        strokeDasharray={dash.length ? '5 3' : undefined}
      />
    </svg>
  );
}
