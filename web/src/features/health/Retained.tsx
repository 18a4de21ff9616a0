import type { Retention } from '@arno/protocol';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Field, Fields, Panel } from '../../ui/Page.tsx';

/** What is forgotten, and when. */
export function Retained({ retention }: { retention: readonly Retention[] }) {
  const { t } = useTranslation();
  return (
    <Panel
      title={t('health.retention.title')}
      aside={
        <Link to="/settings" className="link">
          {t('health.retention.change')}
        </Link>
      }
    >
      <Fields>
        {retention.map(({ what, days }) => (
          <Field key={what} name={t(`health.retention.${what}`)}>
            {days === undefined ? t('health.retention.forever') : t('health.retention.days', { count: days })}
          </Field>
        ))}
      </Fields>
    </Panel>
  );
}
