import { useTranslation } from 'react-i18next';
import { useLocale } from '../../../i18n/index.ts';
import { formatDateTime, formatNumber, formatValue } from '../../../ui/format.ts';
import styles from './ScalarsTab.module.css';
import type { Aligned } from './series.ts';

/** The numbers behind a chart, newest first. */
export function ValuesTable({
  aligned,
  timeAxis,
  height,
}: {
  aligned: Aligned;
  timeAxis: boolean;
  height: number;
}) {
  const { t } = useTranslation();
  const locale = useLocale();
  const indexes = aligned.x.map((_, index) => index).reverse();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
    <div className={styles.values} style={{ height }} tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t(timeAxis ? 'task.scalars.time' : 'task.scalars.iterations')}</th>
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
                <td>{timeAxis ? formatDateTime(x, locale) : formatNumber(x, locale, 2)}</td>
                {aligned.names.map((name, place) => (
                  <td key={name}>{formatValue(aligned.ys[place]?.[index], locale)}</td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
