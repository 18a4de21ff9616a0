import type { QueueDetail } from '@arno/protocol';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../../i18n/index.ts';
import { Id } from '../../ui/Copy.tsx';
import { formatDuration, formatNumber } from '../../ui/format.ts';
import { Field, Fields, Panel } from '../../ui/Page.tsx';
import { Snippet } from '../../ui/Snippet.tsx';
import { Elapsed, ExactTime } from '../../ui/Time.tsx';
import { QueueBadge } from './QueueBadge.tsx';
import styles from './QueuePage.module.css';

/** What is known of a queue beside its entries. */
export function QueueFacts({ queue }: { queue: QueueDetail }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { average_wait: wait } = queue;
  return (
    <Panel title={t('queues.about')}>
      <Fields>
        <Field name={t('queues.stateOf')}>
          <QueueBadge queue={queue} />
        </Field>
        <Field name={t('queues.depth')}>{formatNumber(queue.depth, locale)}</Field>
        <Field name={t('queues.oldest')}>{queue.oldest && <Elapsed since={queue.oldest} />}</Field>
        <Field name={t('queues.average')}>{wait !== undefined && formatDuration(wait * 1000)}</Field>
        <Field name={t('queues.workers')}>
          <Workers queue={queue} />
        </Field>
        <Field name={t('queues.mappings')}>
          {queue.mappings.length > 0 && (
            <span className={styles.tags}>
              {queue.mappings.map(({ id, alias }) => (
                <Link key={id} to="/tasks-mappings/$id" params={{ id }} className="link">
                  {alias}
                </Link>
              ))}
            </span>
          )}
        </Field>
        <Field name={t('queues.lost')}>
          {t(queue.requeue_lost ? 'queues.lostAgain' : 'queues.lostFail')}
        </Field>
        <Field name={t('queues.created')}>
          <ExactTime value={queue.created_at} />
        </Field>
        <Field name={t('queues.id')}>
          <Id value={queue.id} />
        </Field>
      </Fields>
    </Panel>
  );
}

function Workers({ queue: { served_by: workers, name } }: { queue: QueueDetail }) {
  const { t } = useTranslation();
  if (workers.length === 0)
    return (
      <>
        <p style={{ marginBottom: 8 }}>{t('queues.unserved')}</p>
        <Snippet code={`arno agent --queue ${quoted(name)}`} />
      </>
    );
  return (
    <span className={styles.tags}>
      {workers.map(({ id, drained }) => (
        <span key={id}>
          <Link to="/workers/$id" params={{ id }} className="link">
            {id}
          </Link>
          {drained && <span className="dim"> ({t('queues.drained')})</span>}
        </span>
      ))}
    </span>
  );
}

/** As a shell takes it for one word. */
function quoted(name: string): string {
  return /^[\w.-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
}
