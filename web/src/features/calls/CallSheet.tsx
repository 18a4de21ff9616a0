import type { CallDetail } from '@arno/protocol';
import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../../i18n/index.ts';
import { Id } from '../../ui/Copy.tsx';
import { formatBytes, formatNumber } from '../../ui/format.ts';
import { Field, Fields } from '../../ui/Page.tsx';
import { FailureMessage } from '../../ui/PageStates.tsx';
import { Snippet } from '../../ui/Snippet.tsx';
import { Sheet } from '../../ui/SplitView.tsx';
import { CallBadge } from '../../ui/Status.tsx';
import { ExactTime } from '../../ui/Time.tsx';
import styles from './CallSheet.module.css';
import { targetOf } from './callWords.tsx';
import { callQuery } from './queries.ts';

const route = getRouteApi('/frame/calls/$kind/$id');

/** One call with all that is known about it. */
export function CallSheet() {
  const { t } = useTranslation();
  const { kind, id } = route.useParams();
  const navigate = useNavigate();
  const { data: call, isError, error, refetch } = useQuery(callQuery(id));
  return (
    <Sheet
      title={call ? (targetOf(call) ?? t('calls.unreadable')) : t('calls.one')}
      aside={call && <CallBadge status={call.status} />}
      onClose={() => void navigate({ to: '/calls/$kind', params: { kind }, search: true })}
    >
      {isError && !call && <FailureMessage error={error} onRetry={refetch} />}
      {!isError && !call && <Skeleton height={280} />}
      {call && <Detail call={call} />}
    </Sheet>
  );
}

function Detail({ call }: { call: CallDetail }) {
  const { t } = useTranslation();
  return (
    <>
      {call.error && (
        <div className={styles.error} role="note">
          <strong>{call.error_code}</strong>
          <p>{call.error}</p>
          {call.error_detail && <p className="dim">{call.error_detail}</p>}
        </div>
      )}
      <CallFields call={call} />
      <Phases phases={call.phases} />
      {call.request && <Snippet title={t('calls.request')} code={pretty(call.request)} />}
      {call.answer && <Snippet title={t('calls.answer')} code={pretty(call.answer)} />}
    </>
  );
}

function CallFields({ call }: { call: CallDetail }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const bytes = (value: number) => formatBytes(value, locale);
  return (
    <Fields>
      <Field name={t('calls.id')}>
        <Id value={call.id} whole />
      </Field>
      <Field name={t('calls.time')}>
        <ExactTime value={call.created_at} />
      </Field>
      <Field name="HTTP">{call.http_status}</Field>
      <Field name={t('calls.publicId')}>{call.public_id && <Id value={call.public_id} />}</Field>
      {call.kind === 'enqueue' ? <EnqueueFields call={call} /> : <OndemandFields call={call} />}
      <Field name={t('calls.caller')}>{call.caller}</Field>
      <Field name={t('calls.duration')}>{formatNumber(call.duration_ms, locale)} ms</Field>
      <Field name={t('calls.size')}>
        {t('calls.inOut', { in: bytes(call.bytes_in), out: bytes(call.bytes_out) })}
      </Field>
    </Fields>
  );
}

function EnqueueFields({ call }: { call: CallDetail }) {
  const { t } = useTranslation();
  return (
    <>
      <Field name={t('calls.queue')}>{call.queue}</Field>
      <Field name={t('calls.clone')}>
        {call.clone_id && <TaskLink id={call.clone_id} name={call.clone_name} />}
      </Field>
      <Field name={t('calls.template')}>{call.task_id && <TaskLink id={call.task_id} />}</Field>
    </>
  );
}

function OndemandFields({ call }: { call: CallDetail }) {
  const { t } = useTranslation();
  return (
    <>
      <Field name={t('calls.endpoint')}>{call.endpoint}</Field>
      <Field name={t('calls.machine')}>{call.machine}</Field>
    </>
  );
}

function TaskLink({ id, name }: { id: string; name?: string | undefined }) {
  return (
    <Link to="/tasks/$id" params={{ id }} className="link">
      {name ?? id.slice(0, 8)}
    </Link>
  );
}

/** Where the time went: one bar a phase, as long as its share. */
function Phases({ phases }: { phases: Record<string, number> }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const entries = Object.entries(phases);
  const longest = Math.max(...entries.map(([, value]) => value), 0.001);
  if (entries.length === 0) return null;
  return (
    <section aria-label={t('calls.phases')}>
      <h3 className={styles.subhead}>{t('calls.phases')}</h3>
      <dl className={styles.phases}>
        {entries.map(([name, value]) => (
          <div key={name} className={styles.phase}>
            <dt>{name.replaceAll('_', ' ')}</dt>
            <dd>
              <span className={styles.phaseBar} style={{ width: `${(value / longest) * 100}%` }} />
            </dd>
            <dd className={styles.phaseValue}>{formatNumber(value, locale, 1)} ms</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** JSON with line breaks; what is cut or no JSON stays as it is. */
function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
