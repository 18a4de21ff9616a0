import type { Role } from '@arno/protocol';
import { TagsInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { FormError } from '../../ui/FormError.tsx';
import { Panel } from '../../ui/Page.tsx';
import styles from './access.module.css';
import { rolesCheckQuery } from './queries.ts';

/** What somebody with some roles of the provider would be here, by the map as it is being edited. */
export function RoleTest({ roles }: { roles: Record<string, Role> }) {
  const { t } = useTranslation();
  const [names, setNames] = useState<string[]>([]);
  const { data, error } = useQuery(rolesCheckQuery(roles, names));
  return (
    <Panel title={t('access.test.title')}>
      <div className={styles.form}>
        <TagsInput
          classNames={{ inputField: styles.tags ?? '' }}
          label={t('access.test.names')}
          description={t('access.test.hint')}
          value={names}
          onChange={setNames}
          splitChars={[',', ' ', '\n']}
          data={Object.keys(roles)}
          maxTags={500}
          clearable
          clearButtonProps={{ 'aria-label': t('action.clear') }}
        />
        <FormError error={error} />
        {data && (
          <p role="status">
            <strong>{t('access.test.is', { role: t(`role.${data.role}`) })}</strong>{' '}
            <span className="dim">
              {data.matched.length > 0
                ? t('access.test.because', { names: data.matched.map(({ name }) => name).join(', ') })
                : t('access.test.noMatch')}
            </span>
          </p>
        )}
      </div>
    </Panel>
  );
}
