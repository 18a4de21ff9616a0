import type { EndpointMapping, TaskMapping } from '@arno/protocol';
import { Button, Skeleton } from '@mantine/core';
import { IconArrowLeft } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { PageHeader, Panel } from '../../../ui/Page.tsx';
import { FailureMessage } from '../../../ui/PageStates.tsx';
import { callQuery } from '../../calls/queries.ts';
import { storedInput } from '../../calls/storedRequest.ts';
import { CallSnippets } from '../CallSnippets.tsx';
import { addressOf, type CallablePath, pagesOf } from '../kinds.ts';
import { mappingQuery } from '../queries.ts';
import { bodyOf, exampleOf, publishedModel, publishedTask } from '../snippets.ts';
import { useTaskProposal } from '../useTaskProposal.ts';
import { InputPanel } from './InputPanel.tsx';
import { isObject, type Schema } from './schema.ts';
import { TryAnswer } from './TryAnswer.tsx';
import styles from './try.module.css';
import { tryCall } from './tryCall.ts';

const taskRoute = getRouteApi('/frame/tasks-mappings/$id/try');
const endpointRoute = getRouteApi('/frame/endpoints-mappings/$id/try');

export function TryTask() {
  const { id } = taskRoute.useParams();
  const { call } = taskRoute.useSearch();
  const { data, isError, error, refetch } = useQuery(mappingQuery('task-mappings', id));
  const proposal = useTaskProposal(data && !data.input_schema ? data.task_id : '');
  const earlier = useStoredInput(call);
  if (isError && !data) return <FailureMessage error={error} onRetry={refetch} />;
  if (!data || proposal.isLoading || earlier.isLoading) return <Skeleton height={420} />;
  const { schema, example } = proposal.data ?? {};
  const row = { ...data, input_schema: data.input_schema ?? schema, example: data.example ?? example };
  return <Try key={`${id} ${call}`} path="task-mappings" row={row as TaskMapping} given={earlier.data} />;
}

export function TryModel() {
  const { id } = endpointRoute.useParams();
  const { call } = endpointRoute.useSearch();
  const { data, isError, error, refetch } = useQuery(mappingQuery('endpoint-mappings', id));
  const earlier = useStoredInput(call);
  if (isError && !data) return <FailureMessage error={error} onRetry={refetch} />;
  if (!data || earlier.isLoading) return <Skeleton height={420} />;
  return <Try key={`${id} ${call}`} path="endpoint-mappings" row={data} given={earlier.data} />;
}

type Props = (
  | { path: 'task-mappings'; row: TaskMapping }
  | { path: 'endpoint-mappings'; row: EndpointMapping }
) & {
  /** Of a call that is made again: what the form begins with in place of the example. */
  given: ReturnType<typeof storedInput>;
};

/** A call made by hand: its input on the left, what came of it on the right, and the same for programs below. */
function Try(props: Props) {
  const { t } = useTranslation();
  const { path, row, given } = props;
  const [input, setInput] = useState(() => (given ? given.input : exampleOf(row)));
  const [queue, setQueue] = useState(given?.queue ?? '');
  const { call, running, send, stop } = useTry(path, row.alias);
  const published = props.path === 'task-mappings' ? publishedTask(props.row) : publishedModel(props.row);
  const shown = { ...published, input: input ?? {}, ...(queue && { wantedQueue: queue }) };
  return (
    <>
      <PageHeader
        title={t('mappings.try.title', { name: row.alias })}
        description={row.description || t('mappings.try.text')}
        actions={
          <Button
            variant="default"
            component={Link}
            to={addressOf(pagesOf[path].view, row.id)}
            leftSection={<IconArrowLeft size={16} />}
          >
            {t('mappings.try.back')}
          </Button>
        }
      />
      <div className={styles.stack}>
        <div className={styles.sides}>
          <InputPanel
            schema={isObject(row.input_schema) ? (row.input_schema as Schema) : undefined}
            value={input}
            onChange={setInput}
            faults={call.data?.faults ?? []}
            {...(props.path === 'task-mappings' && { queues: queuesOf(props.row), queue, onQueue: setQueue })}
            running={running}
            onSend={() => send(JSON.stringify(bodyOf(shown)))}
            onStop={stop}
          />
          <TryAnswer path={path} tried={call.data} error={call.error} running={running} />
        </div>
        <Panel title={t('mappings.snippets.title')}>
          <CallSnippets published={shown} />
        </Panel>
      </div>
    </>
  );
}

/** The request of a call of the log. One that cannot be read leaves the form to its example. */
function useStoredInput(call: string | undefined) {
  const { data, isLoading } = useQuery({ ...callQuery(call ?? ''), enabled: call !== undefined });
  return { isLoading, data: data && storedInput(data) };
}

/** Sends one call at a time, which the person can stop waiting for. */
function useTry(path: CallablePath, alias: string) {
  const ending = useRef<AbortController>(undefined);
  const call = useMutation({
    mutationFn: (body: string) => {
      ending.current = new AbortController();
      return tryCall(path, alias, body, ending.current.signal);
    },
  });
  return { call, running: call.isPending, send: call.mutate, stop: () => ending.current?.abort() };
}

/** Queues that a call may name: null any. */
function queuesOf({ default_queue, queues = null }: TaskMapping): string[] | null {
  return queues && [...new Set([default_queue, ...queues])];
}
