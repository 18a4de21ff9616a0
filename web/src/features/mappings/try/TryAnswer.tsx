import { Button, Loader } from '@mantine/core';
import { IconPlayerStop } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../../../i18n/index.ts';
import { FormError } from '../../../ui/FormError.tsx';
import { formatBytes, formatDuration } from '../../../ui/format.ts';
import { prettyJson } from '../../../ui/jsonText.ts';
import { notifyFailure } from '../../../ui/notify.tsx';
import { Panel, Section } from '../../../ui/Page.tsx';
import { Snippet } from '../../../ui/Snippet.tsx';
import { CallBadge } from '../../../ui/Status.tsx';
import { CallResult } from '../../calls/CallResult.tsx';
import { CallTimeline } from '../../calls/CallTimeline.tsx';
import { callQuery } from '../../calls/queries.ts';
import type { CallablePath } from '../kinds.ts';
import styles from './try.module.css';
import { cancelCall, type Tried } from './tryCall.ts';

interface Props {
  path: CallablePath;
  tried: Tried | undefined;
  error: unknown;
  running: boolean;
}

/** What came of a call: the answer, or how far the queued task is. */
export function TryAnswer({ path, tried, error, running }: Props) {
  const { t } = useTranslation();
  return (
    <Panel title={t('mappings.try.answer')}>
      <div className={styles.stack} aria-live="polite" aria-busy={running}>
        {running && (
          <p className={styles.before}>
            <Loader size="sm" /> <br />
            {t('mappings.try.waiting')}
          </p>
        )}
        {!running && isStop(error) && <p className={styles.before}>{t('mappings.try.stopped')}</p>}
        {!running && !isStop(error) && <FormError error={error} />}
        {!running && !tried && !error && <p className={styles.before}>{t('mappings.try.before')}</p>}
        {!running && tried && !error && <Outcome path={path} tried={tried} />}
      </div>
    </Panel>
  );
}

function isStop(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

function Outcome({ path, tried }: { path: CallablePath; tried: Tried }) {
  const isOk = tried.status < 400;
  const isQueued = path === 'task-mappings' && isOk;
  return (
    <>
      <div className={styles.bar}>
        <span className={styles.status} data-tone={isOk ? 'completed' : 'failed'}>
          HTTP {tried.status}
        </span>
        <span className="dim">{formatDuration(tried.took)}</span>
      </div>
      {tried.message && <p className={styles.fault}>{tried.message}</p>}
      {!isQueued && !tried.message && <Body tried={tried} />}
      {tried.callId && <LoggedCall id={tried.callId} />}
    </>
  );
}

/** The longest text that is shown. */
const shownCharacters = 100_000;

function Body({ tried: { text, body, contentType } }: { tried: Tried }) {
  const { t } = useTranslation();
  const locale = useLocale();
  if (text !== undefined) {
    const code = text.length > shownCharacters ? `${text.slice(0, shownCharacters)}…` : prettyJson(text);
    return <Snippet title={contentType} code={code || t('mappings.try.empty')} />;
  }
  return (
    <>
      <p>
        {contentType}, {formatBytes(body.size, locale)}
      </p>
      {contentType.startsWith('image/') && <Picture body={body} />}
    </>
  );
}

function Picture({ body }: { body: Blob }) {
  const { t } = useTranslation();
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    const made = URL.createObjectURL(body);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [body]);
  return url ? <img className={styles.picture} src={url} alt={t('mappings.try.answer')} /> : null;
}

const pollMs = 1_000;

/** The row of the call in the log, followed to its end. */
function LoggedCall({ id }: { id: string }) {
  const { t } = useTranslation();
  const { data: call } = useQuery({
    ...callQuery(id),
    refetchInterval: ({ state }) => (isOpen(state.data?.status) ? pollMs : false),
  });
  if (!call) return null;
  const isQueued = call.kind === 'enqueue';
  return (
    <>
      <div className={styles.bar}>
        {isQueued && <CallBadge status={call.status} />}
        <Link to="/calls/$kind/$id" params={{ kind: call.kind, id }} className="link">
          {t('mappings.try.logged')}
        </Link>
        {isQueued && call.clone_id && (
          <Link to="/tasks/$id/console" params={{ id: call.clone_id }} className="link">
            {t('mappings.try.console')}
          </Link>
        )}
        {isQueued && isOpen(call.status) && <CancelButton id={id} />}
      </div>
      {isQueued && call.error && (
        <Section title={t('mappings.try.fault')}>
          <p className={styles.fault}>{call.error}</p>
        </Section>
      )}
      {isQueued && <CallResult call={call} />}
      <CallTimeline call={call} />
    </>
  );
}

function CancelButton({ id }: { id: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => cancelCall(id),
    onError: (error) => notifyFailure(t('mappings.try.cancel'), error),
    onSettled: () => client.invalidateQueries({ queryKey: callQuery(id).queryKey }),
  });
  return (
    <Button
      size="compact-xs"
      variant="default"
      leftSection={<IconPlayerStop size={14} />}
      loading={cancel.isPending}
      onClick={() => cancel.mutate()}
    >
      {t('mappings.try.cancel')}
    </Button>
  );
}

function isOpen(status: string | undefined): boolean {
  return status === 'queued' || status === 'running';
}
