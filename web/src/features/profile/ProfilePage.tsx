import { Button } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useSession } from '../../api/session.ts';
import { LanguageChoice, ThemeChoice } from '../../app/ProfileMenu.tsx';
import { Id } from '../../ui/Copy.tsx';
import { Field, Fields, PageHeader, Panel } from '../../ui/Page.tsx';
import styles from './profile.module.css';

export function ProfilePage() {
  const { t } = useTranslation();
  const { user, version } = useSession();
  return (
    <>
      <PageHeader
        title={t('nav.profile')}
        actions={
          <Button
            variant="default"
            leftSection={<IconKey size={16} />}
            renderRoot={(props) => <Link to="/profile/keys" {...props} />}
          >
            {t('nav.keys')}
          </Button>
        }
      />
      <div className={styles.pair}>
        <Panel title={t('profile.account')}>
          <Fields>
            <Field name={t('profile.name')}>{user.name}</Field>
            <Field name={t('login.username')}>{user.username}</Field>
            <Field name={t('profile.role')}>
              {t(`role.${user.role}`)}. <span className="dim">{t(`role.${user.role}Text`)}</span>
            </Field>
            <Field name={t('profile.id')}>
              <Id value={user.id} whole />
            </Field>
            <Field name={t('profile.version')}>{version}</Field>
          </Fields>
        </Panel>
        <Panel title={t('profile.look')}>
          <Fields>
            <Field name={t('profile.language')}>
              <LanguageChoice />
            </Field>
            <Field name={t('profile.theme')}>
              <ThemeChoice />
            </Field>
          </Fields>
        </Panel>
      </div>
    </>
  );
}
