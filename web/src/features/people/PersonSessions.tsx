import type { BrowserSession, PersonDetail } from '@arno/protocol';
import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useSession } from '../../api/session.ts';
import { type Column, DataTable } from '../../ui/DataTable.tsx';
import { Panel } from '../../ui/Page.tsx';
import { RelativeTime } from '../../ui/Time.tsx';
import { browserOf } from './browserName.ts';
import { Mark } from './Mark.tsx';
import styles from './people.module.css';
import { useRevoke } from './useRevoke.ts';

/** Where somebody is logged in with a browser. Programs log in with key pairs, which say when they were used. */
export function PersonSessions({ person: { id, name, sessions } }: { person: PersonDetail }) {
  const { t } = useTranslation();
  const { user } = useSession();
  const end = useRevoke(id, 'sessions');
  const isSelf = id === user.id;
  const others = sessions.filter(({ current }) => !current).length;
  const endAll = () =>
    end({
      title: t('people.sessions.allTitle', { name }),
      text: t(isSelf ? 'people.sessions.allTextSelf' : 'people.sessions.allText'),
      action: t('people.sessions.all'),
    });
  const columns = useSessionColumns(({ id: session, agent }, browser) => {
    const title = t('people.sessions.endTitle', { browser: browser || agent });
    end({ title, text: t('people.sessions.endText'), action: t('people.sessions.end') }, session);
  });
  return (
    <Panel
      flush
      title={t('people.sessions.title')}
      aside={
        (isSelf ? others > 0 : true) && (
          <Button className={styles.fixed} size="compact-xs" variant="subtle" color="red" onClick={endAll}>
            {t('people.sessions.all')}
          </Button>
        )
      }
    >
      {sessions.length === 0 ? (
        <p className={styles.none}>{t('people.sessions.none')}</p>
      ) : (
        <>
          <p className={styles.note}>{t('people.sessions.note')}</p>
          <DataTable
            label={t('people.sessions.title')}
            columns={columns}
            rows={sessions}
            rowKey={(session) => session.id}
            under={({ address, last_used_at: used }) => (
              <>
                {address} · <RelativeTime value={used} />
              </>
            )}
          />
        </>
      )}
    </Panel>
  );
}

function useSessionColumns(
  onEnd: (session: BrowserSession, browser: string) => void,
): Column<BrowserSession>[] {
  const { t } = useTranslation();
  const nameOf = useBrowserName();
  return [
    {
      id: 'agent',
      header: t('people.sessions.agent'),
      cell: ({ agent, current }) => (
        <span className={styles.name} title={agent}>
          {nameOf(agent)}
          {current && <Mark>{t('people.sessions.current')}</Mark>}
        </span>
      ),
    },
    {
      id: 'address',
      header: t('people.sessions.address'),
      ...{ width: '20%', from: 'md' },
      cell: ({ address }) => <span className="mono">{address.replace('::ffff:', '')}</span>,
    },
    {
      id: 'used',
      header: t('people.sessions.used'),
      ...{ width: '130px', from: 'md' },
      cell: ({ last_used_at: used }) => <RelativeTime value={used} />,
    },
    {
      id: 'since',
      header: t('people.sessions.since'),
      ...{ width: '130px', from: 'lg' },
      cell: ({ created_at: created }) => <RelativeTime value={created} />,
    },
    {
      id: 'end',
      header: '',
      ...{ width: '96px', align: 'right' },
      cell: (session) =>
        !session.current && (
          <Button
            size="compact-xs"
            variant="subtle"
            color="red"
            onClick={() => onEnd(session, nameOf(session.agent))}
            aria-label={`${t('people.sessions.end')} ${nameOf(session.agent)}`}
          >
            {t('people.sessions.end')}
          </Button>
        ),
    },
  ];
}

/** "Firefox on Linux"; programs that call with a session cookie by their own words. */
function useBrowserName(): (agent: string) => string {
  const { t } = useTranslation();
  return (agent) => {
    const { browser, system } = browserOf(agent);
    if (browser && system) return t('people.browser', { browser, system });
    return browser ?? (agent.split(/[\s/]/)[0] || t('people.unknownBrowser'));
  };
}
