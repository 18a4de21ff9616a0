import type { Call } from '@arno/protocol';
import { Button } from '@mantine/core';
import { IconActivity, IconFilterOff } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { address } from '../../app/base.ts';
import { Panel } from '../../ui/Page.tsx';
import { Message } from '../../ui/PageStates.tsx';
import { Snippet } from '../../ui/Snippet.tsx';
import { enqueueExample, ondemandExample } from './callWords.tsx';

/** Nobody has called yet: what belongs here, and how to make it come. */
export function NoCalls({ kind }: { kind: Call['kind'] }) {
  const { t } = useTranslation();
  const example = kind === 'enqueue' ? enqueueExample : ondemandExample;
  return (
    <Panel>
      <Message icon={IconActivity} title={t('calls.empty')}>
        <p>{t(`calls.emptyText.${kind}`)}</p>
        <Snippet title={t('calls.snippet')} code={example(address)} />
      </Message>
    </Panel>
  );
}

export function NoCallsFound({ kind }: { kind: Call['kind'] }) {
  const { t } = useTranslation();
  return (
    <Panel>
      <Message
        icon={IconFilterOff}
        title={t('calls.noneFound')}
        action={
          <Button
            variant="default"
            renderRoot={(props) => <Link to="/calls/$kind" params={{ kind }} {...props} />}
          >
            {t('tasks.clearFilters')}
          </Button>
        }
      />
    </Panel>
  );
}
