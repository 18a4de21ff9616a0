import type { Call, CallDetail } from '@arno/protocol';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useSession } from '../../api/session.ts';
import { useLocale } from '../../i18n/index.ts';
import { Id } from '../../ui/Copy.tsx';
import { formatBytes } from '../../ui/format.ts';
import { Field, Fields } from '../../ui/Page.tsx';
import { ExactTime } from '../../ui/Time.tsx';
import { CallTook } from './callWords.tsx';

/** Who called what, with links to all of it. */
export function CallFields({ call }: { call: CallDetail }) {
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
      <Field name={t('calls.mapping')}>
        <MappingName call={call} />
      </Field>
      <Field name={t('calls.publicId')}>{call.public_id && <Id value={call.public_id} />}</Field>
      {call.kind === 'enqueue' ? <EnqueueFields call={call} /> : <OndemandFields call={call} />}
      <Field name={t('calls.caller')}>
        <CallerLink call={call} />
      </Field>
      <Field name={t('calls.duration')}>
        <CallTook call={call} />
      </Field>
      <Field name={t('calls.size')}>
        {t('calls.inOut', { in: bytes(call.bytes_in), out: bytes(call.bytes_out) })}
      </Field>
    </Fields>
  );
}

/** Mappings are for admins and developers. */
function MappingName({ call }: { call: Call }): ReactNode {
  const isUser = useSession().user.role === 'user';
  const { mapping_id: id, alias, kind } = call;
  if (!id || isUser) return alias;
  return (
    <Link
      to={kind === 'enqueue' ? '/tasks-mappings/$id' : '/endpoints-mappings/$id'}
      params={{ id }}
      className="link"
    >
      {alias ?? id}
    </Link>
  );
}

/** Leads to all calls of the same caller. */
function CallerLink({ call: { kind, caller, user_id, key_id } }: { call: Call }): ReactNode {
  const { t } = useTranslation();
  const isUser = useSession().user.role === 'user';
  const who = key_id ? `key:${key_id}` : user_id && `user:${user_id}`;
  const name = key_id ? t('calls.keyName', { name: caller ?? key_id }) : (caller ?? user_id);
  if (!who || isUser) return name;
  return (
    <Link to="/calls/$kind" params={{ kind }} search={{ caller: who }} className="link">
      {name}
    </Link>
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
      {call.task_id && (
        <Field name={t('calls.template')}>
          <TaskLink id={call.task_id} />
        </Field>
      )}
    </>
  );
}

function OndemandFields({ call }: { call: CallDetail }) {
  const { t } = useTranslation();
  const { kind, machine } = call;
  return (
    <>
      <Field name={t('calls.endpoint')}>{call.endpoint}</Field>
      {machine && (
        <Field name={t('calls.machine')}>
          <Link to="/calls/$kind" params={{ kind }} search={{ machine }} className="link">
            {machine}
          </Link>
        </Field>
      )}
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
