import { Button } from '@mantine/core';
import { IconFilterOff, IconFlask } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Panel } from '../../ui/Page.tsx';
import { Message } from '../../ui/PageStates.tsx';
import { Snippet } from '../../ui/Snippet.tsx';

const script = `# pip install clearml
from clearml import Task

task = Task.init(project_name="Demo", task_name="first run")
for step in range(100):
    task.logger.report_scalar("loss", "train", 1 / (step + 1), step)
`;

/** An empty list: either the filter is too narrow, or nothing has been tracked yet and this says how to begin. */
export function NoTasks({ filtered, onClear }: { filtered: boolean; onClear: () => void }) {
  const { t } = useTranslation();
  if (filtered) {
    return (
      <Panel>
        <Message
          icon={IconFilterOff}
          title={t('tasks.noneFound')}
          action={
            <Button variant="default" onClick={onClear}>
              {t('tasks.clearFilters')}
            </Button>
          }
        >
          <p>{t('tasks.noneFoundText')}</p>
        </Message>
      </Panel>
    );
  }
  return (
    <Panel>
      <Message
        icon={IconFlask}
        title={t('tasks.empty')}
        action={
          <Button component={Link} to="/profile/keys">
            {t('tasks.emptyAction')}
          </Button>
        }
      >
        <p>{t('tasks.emptyText')}</p>
        <Snippet title="first_run.py" code={script} />
      </Message>
    </Panel>
  );
}
