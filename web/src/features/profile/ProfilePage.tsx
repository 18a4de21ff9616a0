import { Button } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useSession } from '../../api/session.ts';
import { LanguageChoice, ThemeChoice } from '../../app/ProfileMenu.tsx';
import { Id } from '../../ui/Copy.tsx';
import { Fields, PageHeader, Panel } from '../../ui/Page.tsx';
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
          <Fields
            items={[
              [t('profile.name'), user.name],
              [t('login.username'), user.username],
              [t('profile.role'), `${t(`role.${user.role}`)}. ${t(`role.${user.role}Text`)}`],
              [t('profile.id'), <Id key="id" value={user.id} whole />],
              [t('profile.version'), version],
            ]}
          />
        </Panel>
        <Panel title={t('profile.look')}>
          <Fields
            items={[
              [t('profile.language'), <LanguageChoice key="language" />],
              [t('profile.theme'), <ThemeChoice key="theme" />],
            ]}
          />
        </Panel>
      </div>
    </>
  );
}
