import type { SystemHealth } from '@arno/protocol';
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Field, Fields, Panel } from '../../ui/Page.tsx';
import { Badge } from '../../ui/Status.tsx';
import { Elapsed, ExactTime } from '../../ui/Time.tsx';
import styles from './HealthPage.module.css';

/** The process that answers. */
export function Process({ health }: { health: SystemHealth }) {
  const { t } = useTranslation();
  const isWell = health.status === 'ok';
  return (
    <Panel
      title={t('health.process.title')}
      aside={
        <Badge
          tone={isWell ? 'completed' : 'failed'}
          icon={isWell ? IconCircleCheck : IconAlertTriangle}
          word={t(isWell ? 'health.well' : 'health.unwell')}
        />
      }
    >
      <Fields>
        <Field name={t('health.process.version')}>
          {health.version} <span className="dim">({t('health.process.node', { version: health.node })})</span>
        </Field>
        <Field name={t('health.process.up')}>
          <Elapsed since={health.started_at} />
        </Field>
        <Field name={t('health.process.started')}>
          <ExactTime value={health.started_at} />
        </Field>
        <Field name={t('health.process.host')}>
          {health.host} <span className="dim">({t('health.process.number', { number: health.server })})</span>
        </Field>
        <Field name={t('health.process.parts')}>
          <span className={styles.parts}>
            {Object.entries(health.parts).map(([part, state]) => (
              <Badge
                key={part}
                tone={state === 'ok' ? 'completed' : 'failed'}
                icon={state === 'ok' ? IconCircleCheck : IconAlertTriangle}
                word={state === 'ok' ? part : `${part}: ${state}`}
              />
            ))}
          </span>
        </Field>
      </Fields>
    </Panel>
  );
}
