import type { CallDetail } from '@arno/protocol';
import { Button } from '@mantine/core';
import { IconListDetails, IconPlayerPlay, IconRepeat, IconTerminal2 } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useSession } from '../../api/session.ts';
import { address } from '../../app/base.ts';
import { useConfirm } from '../../ui/Confirm.tsx';
import { copyText } from '../../ui/copyText.ts';
import { notifyDone, notifyFailure } from '../../ui/notify.tsx';
import { tryCall } from '../mappings/try/tryCall.ts';
import styles from './CallSheet.module.css';
import { choicesQuery } from './queries.ts';
import { curlOf, type StoredRequest, storedRequest } from './storedRequest.ts';

/** The longest deadline of a mapping is an hour; nobody waits that long in front of a dialog. */
const TIMEOUT_MS = 120_000;

/** What can be done with a call: look at its task, send it again, take it along as a command. */
export function CallActions({ call }: { call: CallDetail }) {
  const { t } = useTranslation();
  const alias = useAliasNow(call);
  const stored = storedRequest(call);
  const copyCurl = async () => {
    await copyText(curlOf(call, address, alias ?? ''));
    notifyDone(t(stored.fault ? 'calls.curlCopiedPartly' : 'calls.curlCopied'));
  };
  return (
    <div>
      <div className={styles.actions}>
        {call.clone_id && (
          <Button
            size="xs"
            variant="default"
            leftSection={<IconListDetails size={15} />}
            renderRoot={(props) => (
              <Link to="/tasks/$id/console" params={{ id: call.clone_id ?? '' }} {...props} />
            )}
          >
            {t('calls.openConsole')}
          </Button>
        )}
        {alias && !stored.fault && <RepeatButton {...{ call, alias, stored }} />}
        {alias && stored.fault && <TryButton call={call} />}
        {alias && (
          <Button
            size="xs"
            variant="default"
            leftSection={<IconTerminal2 size={15} />}
            onClick={() => void copyCurl()}
          >
            {t('calls.copyCurl')}
          </Button>
        )}
      </div>
      {alias && stored.fault && <p className={styles.fault}>{t(`calls.repeat.faults.${stored.fault}`)}</p>}
    </div>
  );
}

/** The alias may have changed since, and another mapping may have it by now. */
function useAliasNow({ mapping_id: id, kind }: CallDetail): string | undefined {
  const { data } = useQuery({ ...choicesQuery('mapping', { kind, id }), enabled: id !== undefined });
  return data?.find((choice) => choice.id === id)?.label;
}

interface RepeatProps {
  call: CallDetail;
  alias: string;
  stored: StoredRequest;
}

/** Sends the call once more, as the person who presses and with their rights. */
function RepeatButton({ call: { kind }, alias, stored }: RepeatProps) {
  const { t } = useTranslation();
  const { name } = useSession().user;
  const confirm = useConfirm();
  const navigate = useNavigate();
  const repeat = async () => {
    const path = kind === 'enqueue' ? 'task-mappings' : 'endpoint-mappings';
    const { callId, status, message } = await tryCall(
      path,
      alias,
      stored.body,
      AbortSignal.timeout(TIMEOUT_MS),
    );
    if (status < 400) notifyDone(t('calls.repeat.done'));
    else notifyFailure(t('calls.repeat.refused'), new Error(message ?? `HTTP ${status}`));
    if (callId) await navigate({ to: '/calls/$kind/$id', params: { kind, id: callId }, search: true });
  };
  return (
    <Button
      size="xs"
      variant="default"
      leftSection={<IconRepeat size={15} />}
      onClick={() =>
        void confirm({
          title: t('calls.repeat.title'),
          text: t(`calls.repeat.text.${kind}`, { alias, name }),
          action: t('calls.repeat.action'),
          harmless: true,
          run: repeat,
        })
      }
    >
      {t('calls.repeat.action')}
    </Button>
  );
}

/** Where what the log does not have can be filled in; the page is for admins and developers. */
function TryButton({ call: { id, kind, mapping_id } }: { call: CallDetail }) {
  const { t } = useTranslation();
  const isUser = useSession().user.role === 'user';
  if (isUser || !mapping_id) return null;
  const page = kind === 'enqueue' ? '/tasks-mappings/$id/try' : '/endpoints-mappings/$id/try';
  return (
    <Button
      size="xs"
      variant="default"
      leftSection={<IconPlayerPlay size={15} />}
      renderRoot={(props) => <Link to={page} params={{ id: mapping_id }} search={{ call: id }} {...props} />}
    >
      {t('calls.openTry')}
    </Button>
  );
}
