import type { QueueDetail } from '@arno/protocol';
import { Button, Skeleton } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSession } from '../../api/session.ts';
import { PageHeader } from '../../ui/Page.tsx';
import { FailureMessage } from '../../ui/PageStates.tsx';
import { RelativeTime } from '../../ui/Time.tsx';
import { Note } from '../workers/Note.tsx';
import { TrackingElsewhere, useTracking } from '../workers/TrackingElsewhere.tsx';
import { Entries } from './Entries.tsx';
import { QueueFacts } from './QueueFacts.tsx';
import { QueueForm } from './QueueForm.tsx';
import { QueueHistory } from './QueueHistory.tsx';
import { QueueMenu } from './QueueMenu.tsx';
import styles from './QueuePage.module.css';
import { queueQuery } from './queries.ts';
import { usePause } from './queueActions.tsx';

const route = getRouteApi('/frame/queues/$id');

/** One queue: what waits in it, in its order, who takes it and who sends to it. */
export function QueuePage() {
  const tracking = useTracking();
  return tracking.here ? <Queue /> : <TrackingElsewhere />;
}

function Queue() {
  const { id } = route.useParams();
  const { data: queue, isError, error, refetch } = useQuery(queueQuery(id));
  const { user } = useSession();
  const isAdmin = user.role === 'admin';
  if (isError && !queue) return <FailureMessage error={error} onRetry={refetch} />;
  return (
    <>
      {queue ? <Head queue={queue} isAdmin={isAdmin} /> : <Skeleton height={44} mb="md" />}
      <div className={styles.columns}>
        <Entries id={id} name={queue?.name ?? ''} isAdmin={isAdmin} />
        <div className={styles.aside}>
          {queue ? <QueueFacts queue={queue} /> : <Skeleton height={260} />}
          <QueueHistory id={id} />
        </div>
      </div>
    </>
  );
}

function Head({ queue, isAdmin }: { queue: QueueDetail; isAdmin: boolean }) {
  const { t } = useTranslation();
  const navigate = route.useNavigate();
  const [editing, setEditing] = useState(false);
  const pause = usePause(queue);
  const Icon = queue.paused ? IconPlayerPlay : IconPlayerPause;
  const button = (
    <Button
      variant={queue.paused ? 'filled' : 'default'}
      leftSection={<Icon size={16} />}
      loading={pause.isPending}
      onClick={() => pause.mutate(!queue.paused)}
    >
      {t(queue.paused ? 'queues.resume' : 'queues.pause')}
    </Button>
  );
  return (
    <>
      <PageHeader
        title={queue.name}
        description={queue.is_default ? t('queues.defaultHint') : undefined}
        actions={
          isAdmin && (
            <>
              {button}
              <QueueMenu
                queue={queue}
                withoutPause
                onEdit={() => setEditing(true)}
                onDeleted={() => void navigate({ to: '/queues', search: {} })}
              />
            </>
          )
        }
      />
      {queue.paused && (
        <Note tone="waiting">
          <strong>{t('queues.pausedBy', { name: queue.paused.by })}</strong>{' '}
          <RelativeTime value={queue.paused.at} />. {t('queues.pausedText')}
        </Note>
      )}
      <QueueForm id={queue.id} opened={editing} onClose={() => setEditing(false)} />
    </>
  );
}
