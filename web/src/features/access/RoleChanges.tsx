import type { RoleChange } from '@arno/protocol';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../../i18n/index.ts';
import { formatNumber } from '../../ui/format.ts';
import styles from './access.module.css';

/** People who are named; the count says how many there are. */
const shown = 8;

/** Who gets another role when the map is saved. */
export function RoleChanges({ changes }: { changes: readonly RoleChange[] }) {
  const { t } = useTranslation();
  const locale = useLocale();
  if (changes.length === 0) return <p className="dim">{t('access.roles.nobody')}</p>;
  const count = { count: changes.length, formatted: formatNumber(changes.length, locale) };
  return (
    <div role="status">
      <strong>{t('access.roles.changes', count)}</strong>
      <ul className={styles.list}>
        {changes.slice(0, shown).map(({ id, name, from, to }) => (
          <li key={id}>
            {name}: {t(`role.${from}`)} → {t(`role.${to}`)}
          </li>
        ))}
        {changes.length > shown && <li>…</li>}
      </ul>
    </div>
  );
}
