import { useTranslation } from 'react-i18next';
import { useLocale } from '../../i18n/index.ts';
import { formatDateTime, formatNumber } from '../format.ts';
import type { Format } from './chartOptions.ts';
import styles from './SeriesChart.module.css';
import type { Aligned } from './series.ts';

interface Props {
  title: string;
  aligned: Aligned;
  /** Name of a numeric axis; without it the axis is time. */
  xName: string | undefined;
  format: Format;
  height: number;
}

/** The numbers behind a chart, newest first. */
export function ValuesTable({ title, aligned, xName, format, height }: Props) {
  const { t } = useTranslation();
  const locale = useLocale();
  const indexes = aligned.x.map((_, index) => index).reverse();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
    <div className={styles.values} style={{ height }} tabIndex={0}>
      <table aria-label={title}>
        <thead>
          <tr>
            <th scope="col">{xName ?? t('chart.time')}</th>
            {aligned.names.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {indexes.map((index) => {
            const x = aligned.x[index] ?? 0;
            return (
              <tr key={x}>
                <td>{xName === undefined ? formatDateTime(x, locale) : formatNumber(x, locale, 2)}</td>
                {aligned.names.map((name, place) => (
                  <td key={name}>{format(aligned.ys[place]?.[index], locale)}</td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
