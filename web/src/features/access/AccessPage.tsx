import { Tabs } from '@mantine/core';
import { IconFolderShare, IconNetwork, IconUserShield } from '@tabler/icons-react';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useSession } from '../../api/session.ts';
import { PageHeader } from '../../ui/Page.tsx';
import styles from './access.module.css';
import { NetworksTab } from './NetworksTab.tsx';
import { SharingTab } from './SharingTab.tsx';
import { SignOnTab } from './SignOnTab.tsx';
import { type Tab, tabs } from './search.ts';

const route = getRouteApi('/frame/access');

const contents = {
  sso: [IconUserShield, SignOnTab],
  networks: [IconNetwork, NetworksTab],
  sharing: [IconFolderShare, SharingTab],
} as const;

/** Who may come in from where, and who sees which project. Developers share their own projects here. */
export function AccessPage() {
  const { t } = useTranslation();
  const { user } = useSession();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const mine: readonly Tab[] = user.role === 'admin' ? tabs : ['sharing'];
  const open = mine.find((tab) => tab === search.tab) ?? mine[0] ?? 'sharing';
  return (
    <>
      <PageHeader
        title={t('access.title')}
        description={t(`access.description.${user.role === 'admin' ? 'all' : 'own'}`)}
      />
      <Tabs
        value={open}
        keepMounted={false}
        onChange={(tab) => void navigate({ search: { tab: mine.find((each) => each === tab) ?? open } })}
      >
        {mine.length > 1 && (
          <Tabs.List className={styles.tabs}>
            {mine.map((tab) => {
              const [Icon] = contents[tab];
              return (
                <Tabs.Tab key={tab} value={tab} leftSection={<Icon size={16} />}>
                  {t(`access.tab.${tab}`)}
                </Tabs.Tab>
              );
            })}
          </Tabs.List>
        )}
        {mine.map((tab) => {
          const [, Content] = contents[tab];
          return (
            <Tabs.Panel key={tab} value={tab} pt={mine.length > 1 ? 'md' : 0}>
              <Content />
            </Tabs.Panel>
          );
        })}
      </Tabs>
    </>
  );
}
