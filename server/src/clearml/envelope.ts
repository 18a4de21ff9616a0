import type { Envelope } from '@arno/protocol/clearml';
import { newId } from '../platform/ids.ts';
import type { ClearmlError } from './errors.ts';

/** How a call named its endpoint; versions are absent when the path could not be read. */
export interface CallName {
  name: string;
  requested?: string;
  actual?: string;
}

export function success(call: CallName, data: object): Envelope {
  return envelope(
    call,
    newId(),
    { result_code: 200, result_subcode: 0, result_msg: 'OK', error_data: {} },
    data,
  );
}

/** @param id searchable in the server's log when the error was unexpected */
export function failure(call: CallName, error: ClearmlError, id = newId()): Envelope {
  const result = {
    result_code: error.status,
    result_subcode: error.subcode,
    result_msg: error.message,
    error_data: error.data,
  };
  return envelope(call, id, result, {});
}

function envelope(
  call: CallName,
  id: string,
  result: Omit<Envelope['meta'], 'id' | 'trx' | 'endpoint' | 'error_stack'>,
  data: object,
): Envelope {
  const { name, requested = '', actual = '' } = call;
  const endpoint = { name, requested_version: requested, actual_version: actual };
  return { meta: { id, trx: id, endpoint, ...result, error_stack: '' }, data };
}
