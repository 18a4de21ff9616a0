import type { BrowserSession } from '@arno/protocol';
import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useConfirm } from '../../ui/Confirm.tsx';
import { type Column, DataTable } from '../../ui/DataTable.tsx';
import { notifyDone, notifyFailure } from '../../ui/notify.tsx';
import { Panel } from '../../ui/Page.tsx';
import { RelativeTime } from '../../ui/Time.tsx';
import { browserName } from '../../ui/userAgent.ts';
import { endSessions, profileQuery } from './queries.ts';

/** Where the person is logged in with a browser; each login but this one can be ended. */
export function Sessions({ sessions }: { sessions: readonly BrowserSession[] | undefined }) {
  const { t } = useTranslation();
  const end = useEnd();
  const others = (sessions ?? []).filter((session) => !session.current).length;
  const columns = useColumns(end.one);
  return (
    <Panel
      flush
      title={t('profile.sessions')}
      aside={
        others > 0 && (
          <Button size="xs" variant="default" onClick={() => end.others(others)}>
            {t('profile.endOthers')}
          </Button>
        )
      }
    >
      <DataTable
        label={t('profile.sessions')}
        columns={columns}
        rows={sessions}
        rowKey={(session) => session.id}
        under={(session) => <RelativeTime value={session.last_used_at} />}
        skeletonRows={1}
      />
    </Panel>
  );
}

function useColumns(onEnd: (session: BrowserSession) => void): Column<BrowserSession>[] {
  const { t } = useTranslation();
  return [
    {
      id: 'browser',
      header: t('profile.browser'),
      cell: ({ agent, current }) => (
        <>
          <span title={agent}>{browserName(agent)}</span>
          {current && <span className="dim"> · {t('profile.thisOne')}</span>}
        </>
      ),
    },
    {
      id: 'address',
      header: t('profile.address'),
      width: '24%',
      from: 'md',
      cell: (session) => <span className="mono">{session.address}</span>,
    },
    {
      id: 'created',
      header: t('profile.since'),
      width: '150px',
      from: 'lg',
      cell: (session) => <RelativeTime value={session.created_at} />,
    },
    {
      id: 'used',
      header: t('keys.used'),
      width: '150px',
      from: 'md',
      cell: (session) => <RelativeTime value={session.last_used_at} />,
    },
    {
      id: 'end',
      header: '',
      width: '104px',
      align: 'right',
      cell: (session) =>
        session.current ? (
          ' '
        ) : (
          <Button size="compact-xs" variant="subtle" color="red" onClick={() => onEnd(session)}>
            {t('profile.end')}
          </Button>
        ),
    },
  ];
}

function useEnd() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const confirm = useConfirm();
  const { mutateAsync } = useMutation({
    mutationFn: endSessions,
    onSuccess: ({ revoked }) => {
      notifyDone(t('profile.ended', { count: revoked }));
      return client.invalidateQueries({ queryKey: profileQuery.queryKey });
    },
  });
  return {
    // Whoever it was logs in again: nothing is lost, so nothing is asked.
    one: ({ id }: BrowserSession) =>
      void mutateAsync(id).catch((error) => notifyFailure(t('profile.endFailed'), error)),
    others: (count: number) =>
      void confirm({
        title: t('profile.endOthersTitle', { count }),
        text: t('profile.endOthersText'),
        action: t('profile.endOthers'),
        run: () => mutateAsync(undefined),
      }),
  };
}
