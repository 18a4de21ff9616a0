import type { AuditEntry } from '@arno/protocol';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Section } from '../../ui/Page.tsx';
import { RelativeTime } from '../../ui/Time.tsx';
import styles from './mappings.module.css';
import { historyQuery } from './queries.ts';

/** Who changed a mapping or its keys last. */
export function MappingHistory({ id }: { id: string }) {
  const { t } = useTranslation();
  const { data } = useQuery(historyQuery(id));
  if (!data || data.items.length === 0) return null;
  return (
    <Section
      title={t('mappings.history.title')}
      aside={
        <Link to="/audit" search={{ id }} className={`link ${styles.links}`}>
          {t('mappings.history.all')}
        </Link>
      }
    >
      <ul className={styles.list}>
        {data.items.map((entry) => (
          <li key={entry.id}>
            <Deed {...entry} />{' '}
            <span className="dim">
              <RelativeTime value={entry.at} />
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

const keyActions = ['create', 'rotate', 'revoke'] as const;

/** Who did what to it, or to one of its consumer keys. */
function Deed({ user: { name }, action, subject, subject_name: key, before, after }: AuditEntry) {
  const { t } = useTranslation();
  const toKey = keyActions.find((one) => subject === 'consumer_key' && one === action);
  if (toKey) return t(`mappings.history.key.${toKey}`, { name, key });
  const fields = action === 'update' ? Object.keys({ ...before, ...after }).join(', ') : '';
  return (
    <>
      {t(`mappings.history.${action}`, { name })}
      {fields && <span className="mono"> {fields}</span>}
    </>
  );
}
