import { Button } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useSession } from '../../api/session.ts';
import { LanguageChoice, ThemeChoice } from '../../app/ProfileMenu.tsx';
import { Id } from '../../ui/Copy.tsx';
import { Field, Fields, PageHeader, Panel } from '../../ui/Page.tsx';
import { FailureMessage } from '../../ui/PageStates.tsx';
import { Name } from './Name.tsx';
import { PasswordForm } from './PasswordForm.tsx';
import styles from './profile.module.css';
import { profileQuery } from './queries.ts';
import { Sessions } from './Sessions.tsx';

export function ProfilePage() {
  const { t } = useTranslation();
  const { data: profile, isError, error, refetch } = useQuery(profileQuery);
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
      <div className={styles.stack}>
        <div className={styles.pair}>
          <Account />
          <div className={styles.stack}>
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
            {profile?.has_password && <PasswordForm />}
          </div>
        </div>
        {isError && !profile ? (
          <FailureMessage error={error} onRetry={refetch} />
        ) : (
          <Sessions sessions={profile?.sessions} />
        )}
      </div>
    </>
  );
}

function Account() {
  const { t } = useTranslation();
  const { user, version } = useSession();
  const { data: profile } = useQuery(profileQuery);
  return (
    <Panel title={t('profile.account')}>
      <Fields>
        <Field name={t('profile.name')}>
          <Name isProvided={profile?.is_provided ?? true} />
        </Field>
        <Field name={t('login.username')}>{user.username}</Field>
        {profile?.email && <Field name={t('profile.email')}>{profile.email}</Field>}
        <Field name={t('profile.role')}>
          {t(`role.${user.role}`)}. <span className="dim">{t(`role.${user.role}Text`)}</span>
        </Field>
        <Field name={t('profile.origin')}>{profile && t(`profile.origins.${profile.origin}`)}</Field>
        <Field name={t('profile.id')}>
          <Id value={user.id} whole />
        </Field>
        <Field name={t('profile.version')}>{version}</Field>
      </Fields>
    </Panel>
  );
}
