import type { CallableTask } from '@arno/protocol';
import {
  type CallNodeProperties,
  callDefaults,
  callNodeLook,
  isCount,
  type OwnPart,
  prepareDialog,
  saveDialog,
} from './call-node.ts';
import { Choice } from './choice.ts';
import type { EditorNode, Translate } from './editor.ts';
import type { InputForm } from './input-form.ts';

interface EnqueueProperties extends CallNodeProperties {
  outputs: number;
  task_id: string;
  queue_name: string;
  wait: boolean;
  cancelAfter: string;
}
type EnqueueNode = EditorNode<EnqueueProperties>;

/** The node that queues a task. */
export function registerEnqueue(): void {
  RED.nodes.registerType<EnqueueProperties>('clearml-serving-enqueue', {
    ...callNodeLook,
    icon: 'arno-enqueue.svg',
    defaults: {
      ...callDefaults,
      outputs: { value: 1 },
      task_id: { value: '' },
      queue_name: { value: '' },
      wait: { value: true },
      cancelAfter: { value: '', validate: isCount },
    },
    label() {
      return this.name || shortId(this.task_id) || this._('clearml-serving-enqueue.label');
    },
    labelStyle() {
      return this.name ? 'node_label_italic' : '';
    },
    outputLabels(index) {
      return this._(index === 1 ? 'output.progress' : 'output.answer');
    },
    oneditprepare() {
      const node = this as unknown as EnqueueNode;
      prepareDialog(node, (t, form) => ownPart(node, t, form));
    },
    oneditsave() {
      saveDialog(this as unknown as EnqueueNode);
    },
  });
}

/** Public ids are long, and their beginning tells them apart. */
const shortId = (text = '') => (/^[0-9a-f]{64}$/i.test(text) ? text.slice(0, 8) : text);

function ownPart({ outputs }: EnqueueNode, t: Translate, form: InputForm): OwnPart {
  prepareWaiting(Number(outputs) === 2);
  let tasks: CallableTask[] = [];
  let shown: CallableTask | undefined;
  const queue = new Choice({
    select: '#arno-queue',
    input: '#node-input-queue_name',
    other: '#arno-queue-other',
    isOtherValue: true,
    empty: t('queue.standard'),
    t,
    onChange() {},
  });
  /** @param isNew it was chosen now, and not read from the node */
  const showTask = (id: string, isNew: boolean) => {
    const task = tasks.find(({ alias, public_id }) => alias === id || public_id === id.toLowerCase());
    if (task === shown) return;
    shown = task;
    $('#arno-about')
      .text(task?.description ?? '')
      .toggle(Boolean(task?.description));
    const empty = task ? t('queue.standardOf', { queue: task.default_queue }) : t('queue.standard');
    const queues = queuesOf(tasks, task).map((name) => ({ value: name, label: name }));
    queue.fill(queues, { empty });
    if (isNew && task) form.begin(task);
    else form.show(task ?? {});
  };
  const choice = new Choice({
    select: '#arno-task',
    input: '#node-input-task_id',
    other: '#arno-task-other',
    isOtherValue: true,
    empty: t('task.none'),
    t,
    onChange: (id) => showTask(id, true),
  });
  return {
    onLists(lists) {
      tasks = lists.tasks;
      const { value } = choice;
      // A node of the lab's package has the public id; the list says what that is.
      const kept = ({ alias, public_id }: CallableTask) =>
        value.toLowerCase() === public_id ? value : alias;
      choice.fill(tasks.map((task) => ({ value: kept(task), label: task.alias })));
      showTask(choice.value, false);
    },
  };
}

/** Those that the task may go to; where it may go to any, those that are known. */
function queuesOf(tasks: CallableTask[], task: CallableTask | undefined): string[] {
  const known = tasks.flatMap(({ queues = [], default_queue }) => [default_queue, ...queues]);
  return task?.queues ?? [...new Set(known)].sort();
}

/** Progress and the time limit belong to waiting; the second output is there with progress only. */
function prepareWaiting(hasProgress: boolean): void {
  const update = () => {
    const isWaiting = $('#node-input-wait').is(':checked');
    $('#arno-waiting').toggle(isWaiting);
    $('#node-input-outputs').val(isWaiting && $('#arno-progress').is(':checked') ? 2 : 1);
  };
  $('#arno-progress').prop('checked', hasProgress).on('change', update);
  $('#node-input-wait').on('change', update);
  update();
}
