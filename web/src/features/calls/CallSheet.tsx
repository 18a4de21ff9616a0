import type { CallDetail } from '@arno/protocol';
import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { prettyJson } from '../../ui/jsonText.ts';
import { FailureMessage } from '../../ui/PageStates.tsx';
import { Snippet } from '../../ui/Snippet.tsx';
import { Sheet } from '../../ui/SplitView.tsx';
import { CallBadge } from '../../ui/Status.tsx';
import { CallActions } from './CallActions.tsx';
import { CallCallback } from './CallCallback.tsx';
import { CallFields } from './CallFields.tsx';
import { CallResult } from './CallResult.tsx';
import styles from './CallSheet.module.css';
import { CallTimeline } from './CallTimeline.tsx';
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
      {call && <Detail key={call.id} call={call} />}
    </Sheet>
  );
}

function Detail({ call }: { call: CallDetail }) {
  const { t } = useTranslation();
  return (
    <>
      <CallActions call={call} />
      {call.error && (
        <div className={styles.error} role="note">
          <strong>{call.error_code}</strong>
          <p>{call.error}</p>
          {call.error_detail && <p className="dim">{call.error_detail}</p>}
        </div>
      )}
      <CallFields call={call} />
      <CallTimeline call={call} />
      {call.request && <Snippet title={t('calls.request')} code={prettyJson(call.request)} />}
      {call.answer && <Snippet title={t('calls.answer')} code={prettyJson(call.answer)} />}
      <CallResult call={call} />
      {call.callback && <CallCallback callback={call.callback} />}
    </>
  );
}
