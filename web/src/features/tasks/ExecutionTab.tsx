import { useTranslation } from 'react-i18next';
import { Id } from '../../ui/Copy.tsx';
import { Field, Fields, Panel } from '../../ui/Page.tsx';
import { Snippet } from '../../ui/Snippet.tsx';
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
  const requirements = Object.entries(script.requirements ?? {}).filter(([, value]) =>
    requirementsText(value),
  );
  return (
    <div className={styles.stack}>
      <div className={styles.pair}>
        <Source script={script} />
        <Environment task={task} />
      </div>
      {requirements.map(([manager, value]) => (
        <Snippet
          key={manager}
          title={t('task.execution.requirements', { manager })}
          code={requirementsText(value)}
        />
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
  const { repository, version_num: commit } = script;
  const url = httpUrl(repository);
  return (
    <Panel title={t('task.execution.source')}>
      <Fields>
        <Field name={t('task.execution.repository')}>
          {url ? (
            <a className="link" href={url} rel="noreferrer" target="_blank">
              {repository}
            </a>
          ) : (
            repository
          )}
        </Field>
        <Field name={t('task.execution.branch')}>{script.branch}</Field>
        <Field name={t('task.execution.commit')}>{commit && <Id value={commit} />}</Field>
        <Field name={t('task.execution.entryPoint')}>{script.entry_point}</Field>
        <Field name={t('task.execution.workingDir')}>{script.working_dir}</Field>
        <Field name={t('task.execution.binary')}>{script.binary}</Field>
      </Fields>
    </Panel>
  );
}

function Environment({ task }: { task: Task }) {
  const { t } = useTranslation();
  const { container = {}, execution = {}, output = {} } = task;
  const { setup_shell_script: setup } = container;
  return (
    <Panel title={t('task.execution.environment')}>
      <Fields>
        <Field name={t('task.execution.image')}>{container.image || t('task.execution.imageDefault')}</Field>
        <Field name={t('task.execution.arguments')}>
          {container.arguments && <code>{container.arguments}</code>}
        </Field>
        <Field name={t('task.execution.setup')}>{setup && <code>{setup}</code>}</Field>
        <Field name={t('task.execution.queue')}>{execution.queue && <Id value={execution.queue} />}</Field>
        <Field name={t('task.execution.worker')}>{task.last_worker}</Field>
        <Field name={t('task.execution.output')}>{output.destination}</Field>
      </Fields>
    </Panel>
  );
}

/** Requirements arrive as one text or as a list of lines, by package manager. */
function requirementsText(value: unknown): string {
  if (Array.isArray(value)) return value.join('\n');
  return typeof value === 'string' ? value.trim() : '';
}
