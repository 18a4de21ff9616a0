import { useTranslation } from 'react-i18next';
import { DASH } from '../../ui/format.ts';
import { Fields, Panel } from '../../ui/Page.tsx';
import { Snippet } from '../../ui/Snippet.tsx';
import { Id } from '../../ui/Copy.tsx';
import { httpUrl } from './fileUrl.ts';
import type { Task } from './queries.ts';
import { TabSkeleton } from './TabSkeleton.tsx';
import { useTask } from './TaskPage.tsx';
import styles from './tabs.module.css';

export function ExecutionTab() {
  const { t } = useTranslation();
  const task = useTask();
  if (!task) return <TabSkeleton />;
  const { script = {} } = task;
  const requirements = Object.entries(script.requirements ?? {}).filter(([, value]) => requirementsText(value));
  return (
    <div className={styles.stack}>
      <div className={styles.pair}>
        <Source script={script} />
        <Environment task={task} />
      </div>
      {requirements.map(([manager, value]) => (
        <Snippet key={manager} title={t('task.execution.requirements', { manager })} code={requirementsText(value)} />
      ))}
      {script.diff && (
        <Snippet
          title={t(script.repository ? 'task.execution.changes' : 'task.execution.script')}
          code={script.diff}
        />
      )}
    </div>
  );
}

function Source({ script }: { script: NonNullable<Task['script']> }) {
  const { t } = useTranslation();
  const { repository } = script;
  const url = httpUrl(repository);
  const place = url ? (
    <a className="link" href={url} rel="noreferrer" target="_blank">
      {repository}
    </a>
  ) : (
    repository || DASH
  );
  return (
    <Panel title={t('task.execution.source')}>
      <Fields
        items={[
          [t('task.execution.repository'), place],
          [t('task.execution.branch'), script.branch || DASH],
          [t('task.execution.commit'), script.version_num ? <Id value={script.version_num} /> : DASH],
          [t('task.execution.entryPoint'), script.entry_point || DASH],
          [t('task.execution.workingDir'), script.working_dir || DASH],
          [t('task.execution.binary'), script.binary || DASH],
        ]}
      />
    </Panel>
  );
}

function Environment({ task }: { task: Task }) {
  const { t } = useTranslation();
  const { container = {}, execution = {}, output = {} } = task;
  return (
    <Panel title={t('task.execution.environment')}>
      <Fields
        items={[
          [t('task.execution.image'), container.image || t('task.execution.imageDefault')],
          [t('task.execution.arguments'), container.arguments || DASH],
          [t('task.execution.setup'), container.setup_shell_script ? <code>{container.setup_shell_script}</code> : DASH],
          [t('task.execution.queue'), execution.queue ? <Id value={execution.queue} /> : DASH],
          [t('task.execution.worker'), task.last_worker || DASH],
          [t('task.execution.output'), output.destination || DASH],
        ]}
      />
    </Panel>
  );
}

/** Requirements arrive as one text or as a list of lines, by package manager. */
function requirementsText(value: unknown): string {
  if (Array.isArray(value)) return value.join('\n');
  return typeof value === 'string' ? value.trim() : '';
}
