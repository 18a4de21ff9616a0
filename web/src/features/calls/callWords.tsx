import type { Call } from '@arno/protocol';
import { useLocale } from '../../i18n/index.ts';
import { Elapsed, RelativeTime } from '../../ui/Time.tsx';
import { formatTook, tookOf } from './timeline.ts';

/**
 * What was called, in the most readable words the row has; a call that failed early may only have what it asked for, and
 * undefined when not even that could be read.
 */
export function targetOf(call: Call): string | undefined {
  const { alias, clone_name: clone, endpoint, public_id: publicId } = call;
  return alias ?? clone ?? endpoint ?? publicId?.slice(0, 12);
}

/** How long a call took; the clock runs for a queued one whose task has not ended. */
export function CallTook({ call }: { call: Call }) {
  const locale = useLocale();
  const took = tookOf(call);
  return took === undefined ? <Elapsed since={call.created_at} /> : <span>{formatTook(took, locale)}</span>;
}

/** Second line of a call where the columns do not fit. */
export function CallUnder({ call }: { call: Call }) {
  return (
    <>
      <RelativeTime value={call.created_at} /> · <CallTook call={call} />
    </>
  );
}

/** curl of a call to a published task; without an alias a placeholder stands for it. */
export function enqueueExample(origin: string, alias = 'my-task'): string {
  return `curl -X POST ${origin}/gateway/v1/tasks/${alias}/calls \\
  -H "Authorization: Bearer $ARNO_TOKEN" \\
  -H "Content-Type: application/json" \\
  -d '{"params": {}}'`;
}

/** curl of a call to a published model. */
export function ondemandExample(origin: string, alias = 'my-model'): string {
  return `curl -X POST ${origin}/gateway/v1/models/${alias}/calls \\
  -H "Authorization: Bearer $ARNO_TOKEN" \\
  -H "Content-Type: application/json" \\
  -d @input.json`;
}
