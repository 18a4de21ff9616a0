import { type Endpoint, report, write } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { lockForDeletion } from './access.ts';
import { discardEvents } from './deletion.ts';
import type { RawEvent } from './events.ts';
import { addEvents, type Intake } from './intake.ts';
import type { Tally } from './tally.ts';

/** Adding events, and deleting all of a task or model. */
export const writeEndpoints = (intake: Intake): Endpoint[] => [
  report('events.add_batch', async (call, events) =>
    answer(await intake.add(call, { events, worker: call.worker ?? '' })),
  ),
  write('events.add', async (call, event) =>
    answer(await addEvents(call, { events: [event as RawEvent], worker: call.worker ?? '' })),
  ),

  write('events.delete_for_task', async (call, { task, allow_locked }) => {
    await lockForDeletion(call, 'tasks', task, allow_locked);
    await discardEvents(call.db, task);
    return { deleted: true };
  }),

  write('events.delete_for_model', async (call, { model, allow_locked }) => {
    await lockForDeletion(call, 'models', model, allow_locked);
    await discardEvents(call.db, model);
    return { deleted: true };
  }),
];

/** @throws ClearmlError 400/131 when nothing was added */
function answer(tally: Tally): object {
  const { added, ...refusals } = tally.answer();
  if (added > 0) return { added, ...refusals };
  const reasons = Object.keys(refusals.errors_info).join('; ');
  throw new ClearmlError('events_not_added', reasons, { added, ...refusals });
}
