import type { NetworksCheck } from '@arno/protocol';
import { useTranslation } from 'react-i18next';
import { RelativeTime } from '../../ui/Time.tsx';
import styles from './access.module.css';

/** Key pairs that are named; the count says how many there are. */
const shown = 8;

/** Programs that called of late and would be refused. */
export function LeftOut({ items }: { items: NetworksCheck['left_out'] }) {
  const { t } = useTranslation();
  return (
    <div role="status">
      <strong>{t('access.networks.leftOut', { count: items.length })}</strong>
      <ul className={styles.list}>
        {items.slice(0, shown).map(({ access_key: key, label, user, address, last_used_at: used }) => (
          <li key={key}>
            <span className="mono">{address.replace('::ffff:', '')}</span> · {label || key} ({user}) ·{' '}
            <RelativeTime value={used} />
          </li>
        ))}
        {items.length > shown && <li>…</li>}
      </ul>
    </div>
  );
}
